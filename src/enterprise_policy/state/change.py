"""An atomic, audited list of edits; it makes one revision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from enterprise_policy.errors import CallerError
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.record import Fields
from enterprise_policy.values.windows import Instant, format_instant, parse_instant

FORMAT: Final = 1
"""The format that this version writes; it refuses to read a newer one.

It stays 1 with API keys and ``bundle``: a program that knows neither passes over the field ``bundle``, which means
nothing to decisions, and refuses a change with an edit of a kind that it doesn't know rather than misread it.
"""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """``key`` is the caller's ``Idempotency-Key``, ``digest`` the hash of the request that it came with."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changed what, when and why.

    ``id`` is unique, so that a writer finds its own change again; ``actor`` the subject who made it,
    ``credential`` what it was made with, ``at`` the wall clock of the writer, ``bundle`` the name of the bundle that it
    wrote, if it loaded policy files.
    """

    log_id: str
    revision: int
    id: str
    at: Instant
    actor: str
    credential: str
    request_id: str
    reason: str | None = None
    idempotency: Idempotency | None = None
    bundle: str | None = None
    edits: tuple[Edit, ...]

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        kept = self.idempotency
        return {
            "format": FORMAT,
            "log_id": self.log_id,
            "revision": self.revision,
            "id": self.id,
            "at": format_instant(self.at),
            "actor": self.actor,
            "credential": self.credential,
            "request_id": self.request_id,
            "reason": self.reason,
            "idempotency": None if kept is None else {"key": kept.key, "digest": kept.digest},
            "edits": [edit.to_fields() for edit in self.edits],
            **({} if self.bundle is None else {"bundle": self.bundle}),
        }

    def shown(self, edits: Sequence[Edit] | None = None) -> Fields:
        """Itself as a JSON object, as people and programs are shown it; of its edits only ``edits``, if given."""
        return {
            "revision": self.revision,
            "at": format_instant(self.at),
            "actor": self.actor,
            "credential": self.credential,
            "request_id": self.request_id,
            "reason": self.reason,
            "edits": [edit.shown() for edit in (self.edits if edits is None else edits)],
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Change:
        """The change that ``to_fields`` gave. Raises ``ValueError`` for a newer format."""
        if fields["format"] > FORMAT:
            reason = f"format {fields['format']} is newer than this program's {FORMAT}"
            raise ValueError(reason)
        kept = fields["idempotency"]
        return cls(
            log_id=fields["log_id"],
            revision=fields["revision"],
            id=fields["id"],
            at=parse_instant(fields["at"]),
            actor=fields["actor"],
            credential=fields["credential"],
            request_id=fields["request_id"],
            reason=fields["reason"],
            idempotency=None if kept is None else Idempotency(**kept),
            bundle=fields.get("bundle"),
            edits=tuple(Edit.from_fields(edit) for edit in fields["edits"]),
        )


def canonical(fields: object) -> bytes:
    """``fields`` as JSON in one way only: keys ordered, no blanks, UTF-8."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def encode_change(change: Change) -> bytes:
    """The bytes that the log keeps and the chain is made over."""
    return canonical(change.to_fields())


def decode_change(body: bytes) -> Change:
    """The change that ``encode_change`` gave. Raises ``ValueError`` when ``body`` isn't such bytes, or is newer."""
    with understood():
        return Change.from_fields(json.loads(body))


@contextmanager
def understood() -> Iterator[None]:
    """Reading back what was written: whatever shows that it wasn't leaves as ``ValueError``."""
    try:
        yield
    except KeyError as error:
        reason = f"it lacks {error}"
        raise ValueError(reason) from error
    except (TypeError, AttributeError, CallerError) as error:
        raise ValueError(str(error)) from error
