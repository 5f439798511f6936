"""Who asks, and what he may ask and see."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import UnauthenticatedError
from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import Instant
from enterprise_service.http.edge.standing import Standing
from enterprise_service.ports.clock import Clock

WANTED: Final = "a valid credential is needed, as `Authorization: Bearer ...`"
"""What whoever has none is told, whatever is wrong with the one that he sent."""


class Caller(ABC):
    """A caller, as it is judged at a snapshot. Any thread may ask.

    Raises ``UnauthenticatedError`` from any method when his credential isn't valid at the snapshot any more.
    """

    @property
    @abstractmethod
    def actor(self) -> str:
        """Who makes the changes that he makes (``administer/rights.py``).

        Raises ``UnauthenticatedError`` for who has shown no credential: he makes none, and reads nothing.
        """

    @property
    @abstractmethod
    def credential(self) -> str:
        """What he was recognised by, without anything that is secret. Raises as ``actor`` does."""

    @abstractmethod
    def speaks_for(self, subject: str) -> bool:
        """Whether he is ``subject``, about whom he may ask anywhere."""

    @abstractmethod
    def may_ask(self, snapshot: Snapshot, domain: str) -> bool:
        """Whether he may ask for decisions in ``domain``, which need not exist."""

    @abstractmethod
    def may_explain(self, snapshot: Snapshot, domain: str) -> bool:
        """Whether he is told more of a reason than its code."""

    @abstractmethod
    def queried(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The highest domains in which ``may_explain`` holds; it does in all below them, and nowhere else."""

    @abstractmethod
    def sees(self, snapshot: Snapshot, domain: str) -> bool:
        """Whether ``domain`` may be named to him."""


class PlatformAdministrator(Caller):
    """One who may do everything, whatever the policy says: the holder of the bootstrap key, or the program's owner."""

    def __init__(self, actor: str, credential: str) -> None:
        self._actor = actor
        self._credential = credential

    @property
    def actor(self) -> str:
        """See ``Caller``."""
        return self._actor

    @property
    def credential(self) -> str:
        """See ``Caller``."""
        return self._credential

    def speaks_for(self, subject: str) -> bool:  # noqa: ARG002 (no)
        """Nobody who can be asked about."""
        return False

    def may_ask(self, snapshot: Snapshot, domain: str) -> bool:  # noqa: ARG002 (any)
        """Anywhere."""
        return True

    def may_explain(self, snapshot: Snapshot, domain: str) -> bool:  # noqa: ARG002 (any)
        """Everything."""
        return True

    def sees(self, snapshot: Snapshot, domain: str) -> bool:  # noqa: ARG002 (any)
        """All of them."""
        return True

    def queried(self, snapshot: Snapshot) -> tuple[str, ...]:  # noqa: ARG002 (everywhere)
        """The whole tree."""
        return (PLATFORM,)


class Anonymous(Caller):
    """Whoever reaches a service that wants no credential for decisions."""

    @property
    def actor(self) -> str:
        """Nobody."""
        raise UnauthenticatedError(WANTED)

    @property
    def credential(self) -> str:
        """None."""
        raise UnauthenticatedError(WANTED)

    def speaks_for(self, subject: str) -> bool:  # noqa: ARG002 (no)
        """Nobody who can be asked about."""
        return False

    def may_ask(self, snapshot: Snapshot, domain: str) -> bool:  # noqa: ARG002 (any)
        """Anywhere."""
        return True

    def may_explain(self, snapshot: Snapshot, domain: str) -> bool:  # noqa: ARG002 (none)
        """The code alone."""
        return False

    def sees(self, snapshot: Snapshot, domain: str) -> bool:  # noqa: ARG002 (none)
        """None of them."""
        return False

    def queried(self, snapshot: Snapshot) -> tuple[str, ...]:  # noqa: ARG002 (none)
        """None."""
        return ()


class SubjectCaller(Caller):
    """One who may do what the policy gives him."""

    def __init__(self, actor: str, credential: str, clock: Clock) -> None:
        self._actor = actor
        self._credential = credential
        self._clock = clock
        self._last: Standing | None = None

    @property
    def actor(self) -> str:
        """See ``Caller``."""
        return self._actor

    @property
    def credential(self) -> str:
        """See ``Caller``."""
        return self._credential

    def speaks_for(self, subject: str) -> bool:
        """Himself."""
        return subject == self._actor

    def may_ask(self, snapshot: Snapshot, domain: str) -> bool:
        """Where he may read decisions."""
        return self._standing(snapshot).may_ask(domain)

    def may_explain(self, snapshot: Snapshot, domain: str) -> bool:
        """Where he may read queries."""
        return self._standing(snapshot).may_explain(domain)

    def sees(self, snapshot: Snapshot, domain: str) -> bool:
        """Those in which he has any right to manage."""
        return self._standing(snapshot).sees(domain)

    def queried(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Where he may read queries."""
        return self._standing(snapshot).queried()

    def _standing(self, snapshot: Snapshot) -> Standing:
        """What he may do at ``snapshot``, as it was when he was recognised, or first asked there."""
        last = self._last
        return last if last is not None and last.snapshot is snapshot else self._judge(snapshot, self._clock.now())

    def _judge(self, snapshot: Snapshot, now: Instant) -> Standing:
        self._last = standing = Standing(snapshot, self._actor, now)
        return standing


class KeyHolder(SubjectCaller):
    """The holder of an API key, who has shown that he has it: valid while the record is there and is still the same."""

    def __init__(self, key: ApiKey, clock: Clock) -> None:
        """``key`` is the record that the key was proved against; ``key_id`` is its id."""
        super().__init__(key.subject, key.subject, clock)
        self.key_id: Final = key.id
        self._hash = key.hash

    def is_valid(self, snapshot: Snapshot, now: Instant) -> bool:
        """Whether the key is valid at ``snapshot`` and at ``now``; what its holder may do then holds from now on."""
        last = self._last
        if last is not None and last.snapshot is snapshot and last.since <= now < last.until:
            return True
        try:
            self._judge(snapshot, now)
        except UnauthenticatedError:
            return False
        return True

    def _judge(self, snapshot: Snapshot, now: Instant) -> Standing:
        key = snapshot.state.api_key(self.key_id)
        if key is None or key.hash != self._hash:
            raise UnauthenticatedError(WANTED)
        return super()._judge(snapshot, now)
