"""Whose an imported record is: what was done by this import, and what people did since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias
from uuid import uuid4

from enterprise_policy.state.change import Change
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.administer.scene import Author
from enterprise_service.bundles.traces import Touch, Traced, Traces
from enterprise_service.imports.entry import RefusedError

ACTOR: Final = "system:local"

Remake: TypeAlias = Callable[[Traced], Traced]
"""The record that a line makes over another."""


class Verdict(Enum):
    """``TAKE`` what the line says, or ``KEEP`` what people made of it since."""

    TAKE = "take"
    KEEP = "keep"


def author_of(source: str) -> Author:
    """Who imports from ``source``: changes are known again by the id of their request."""
    return Author(actor=ACTOR, credential="local", request_id=f"{_prefix(source)}{uuid4().hex}")


def _prefix(source: str) -> str:
    return f"import-{source}/"


@dataclass(frozen=True, slots=True)
class Authorship:
    """Judges by ``traces`` for ``source``; without them everything is taken."""

    source: str
    traces: Traces | None

    def judge(self, state: PolicyState, stored: Traced | None, wanted: Traced, remake: Remake) -> Verdict:
        """What to do where a line wants ``wanted`` and ``stored`` differs.

        A line that is as it was at the last import changes nothing that people changed since. Raises ``RefusedError``
        where both have changed, or what is or was there never came from here.
        """
        if self.traces is None or (stored is None and _is_new(state, wanted)):
            return Verdict.TAKE
        touches = self.traces.touches(stored or wanted, state.revision)
        newest = next(touches, None)
        if newest is None or self._is_own(newest.change):
            return Verdict.TAKE
        own = next((touch for touch in touches if self._is_own(touch.change)), None)
        if own is not None and _unchanged(own, remake):
            return Verdict.KEEP
        raise RefusedError(("", _reason(newest, own)))

    def _is_own(self, change: Change) -> bool:
        return change.actor == ACTOR and change.request_id.startswith(_prefix(self.source))


def _is_new(state: PolicyState, wanted: Traced) -> bool:
    """Whether nothing of that name can have been there; of a domain that was the invariants know."""
    return isinstance(wanted, Organization | Clinic) or wanted.home not in state.tree


def _unchanged(own: Touch, remake: Remake) -> bool:
    after = own.edit.after
    return isinstance(after, Traced) and remake(after) == after


def _reason(newest: Touch, own: Touch | None) -> str:
    by = f"revision {newest.change.revision} by `{newest.change.actor}`"
    if own is not None:
        return f"it was changed since the last import ({by}), and so was the line"
    if newest.edit.after is None:
        return f"it was there and was ended: {by}"
    return f"it is there already and differs: {by}"
