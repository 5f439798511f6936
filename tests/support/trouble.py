"""A time in which something is wrong, and what is promised of it."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.cluster import Cluster
from tests.support.judging.evidence import Demand, Limits, Spell
from tests.support.judging.history import Kind, Operation
from tests.support.stage import BOUND_SECONDS, MAX_STALENESS_SECONDS


class Trouble:
    """On the clock of a cluster; whoever is in it may be behind for some time after it, but never too far."""

    def __init__(self, cluster: Cluster, *, max_staleness: float = MAX_STALENESS_SECONDS, pod: str = "") -> None:
        """It begins now, for ``pod`` or for all."""
        self._cluster = cluster
        self._max_staleness = max_staleness
        self._pod = pod or None
        self.begun = cluster.clock.elapsed()
        self.ended = self.begun

    def end(self) -> None:
        """It ends now."""
        self.ended = self._cluster.clock.elapsed()

    def limits(self, after: float = 5.0, deadline: float = 4.0) -> Limits:
        """What holds of a run with this trouble; ``after`` is how long it takes to be current again."""
        spell = Spell(begun=self.begun, ended=self.ended + after, seconds=self._max_staleness, pod=self._pod)
        return Limits(bound=BOUND_SECONDS, spells=(spell,), max_staleness=self._max_staleness, deadline=deadline)

    def demand(self, name: str) -> Demand:
        """That all is decided meanwhile."""
        return Demand(name=name, begun=self.begun, ended=self.ended)

    def writes(self) -> Sequence[Operation]:
        """Those that were sent and answered meanwhile."""
        operations = self._cluster.history.read()
        return [o for o in operations if o.kind is Kind.WRITE and self.begun <= o.begun and o.ended <= self.ended]
