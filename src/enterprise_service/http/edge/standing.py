"""What an actor may do, kept as long as it stays the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from enterprise_policy.decide.snapshot import FOREVER, Snapshot
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.rights import TO_DECIDE, TO_QUERY, people_behind, rights_of

DOMAINS_REMEMBERED: Final = 1024
"""For so many domains an actor's right to ask is kept; at more all are forgotten, and those in use come back."""


class Standing:
    """What ``actor`` may do at ``snapshot`` and at ``now``; the same from ``since`` on and before ``until``.

    A domain that doesn't exist is judged as ``platform``: whoever may ask everywhere may ask there too.
    """

    __slots__ = ("_actor", "_asks", "_now", "_rights", "since", "snapshot", "until")

    def __init__(self, snapshot: Snapshot, actor: str, now: Instant) -> None:
        """Raises ``UnauthenticatedError`` when ``actor`` is a key that is gone or has expired."""
        self.snapshot = snapshot
        self._actor = actor
        self._now = now
        moments = tuple(_moments(snapshot.state, actor))
        self.since = max((moment for moment in moments if moment <= now), default=-FOREVER)
        self.until = min((moment for moment in moments if moment > now), default=FOREVER)
        self._forget()

    def _forget(self) -> None:
        self._rights = rights_of(self.snapshot.state, self._actor, self._now)
        self._asks: dict[str, bool] = {}

    def may_ask(self, domain: str) -> bool:
        """Whether decisions in ``domain`` may be read."""
        known = self._asks.get(domain)
        return self._judge(domain) if known is None else known

    def _judge(self, domain: str) -> bool:
        known = self._known(domain)
        if len(self._asks) >= DOMAINS_REMEMBERED:
            self._forget()
        may = self._asks[known] = self._rights.may(known, TO_DECIDE)
        return may

    def may_explain(self, domain: str) -> bool:
        """Whether queries in ``domain`` may be read."""
        return self._rights.may(self._known(domain), TO_QUERY)

    def queried(self) -> tuple[str, ...]:
        """The highest domains in which queries may be read."""
        return tuple(self._rights.tops(TO_QUERY))

    def sees(self, domain: str) -> bool:
        """Whether any right is held in ``domain``."""
        return self._rights.sees(self._known(domain))

    def _known(self, domain: str) -> str:
        """``domain`` if it exists: nothing is kept of any other."""
        return domain if domain in self.snapshot.state.tree else PLATFORM


def _moments(state: PolicyState, actor: str) -> Iterator[Instant]:
    """When the key expires, those that it was made by, and when what the person behind them holds begins and ends."""
    yield from (key.expires_at for key in state.line_of(actor) if key.expires_at is not None)
    for person in people_behind(state, actor):
        for domain in state.places.get(person) or ():
            for assignment in state.assignments_of(person, domain):
                window = assignment.window
                yield from (moment for moment in (window.starts_at, window.ends_at) if moment is not None)
