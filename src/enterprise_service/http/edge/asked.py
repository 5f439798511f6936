"""Questions as they are asked over HTTP, with what else the request demands."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct, field

REVISION_LIMIT: Final = 2**53 - 1
CHECKS_LIMIT: Final = 1000

Revision: TypeAlias = Annotated[int, Meta(ge=0, le=REVISION_LIMIT)]


class Ask(Struct, forbid_unknown_fields=True, gc=False):
    """A question; ``decide`` takes it as it is. It wants revision ``at_least`` or later, and maybe the reason."""

    subject: str = field(name="sub")
    domain: str = field(name="dom")
    resource: str = field(name="obj")
    action: str = field(name="act")
    at_least: Revision = 0
    explain: bool = False


class Batch(Struct):
    """Questions to decide at one revision, in order; their own ``at_least`` is 0."""

    checks: list[Ask]
    at_least: int = 0
