"""Logs with a writer besides the one that is tested, and with trouble on the way to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from enterprise_adapters.memory import ManualClock, MemoryChangeLog, MemoryCheckpoints
from enterprise_policy.decide.model import Model, read_model
from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.change import encode_change
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_service.administer.commit import Commit, Committed, Request
from enterprise_service.administer.scene import Author
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.follow.reading import read_on
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, Head, LogEntry
from enterprise_service.ports.checkpoints import Checkpoints
from tests.support.oracle import MODEL
from tests.support.policies import KEYRING, change_of

T = TypeVar("T")

AUTHOR: Final = Author(actor="system:local", credential="local", request_id="request")
MODEL_READ: Final[Model] = read_model(MODEL)


class TroubledLog(ChangeLog):
    """Passes everything to another log, and lets a test step in.

    ``before`` and ``after`` are called with the name of each operation, around it; ``shown`` is how many entries can be
    seen; ``tamper`` changes what is read.
    """

    def __init__(self, inner: ChangeLog | None = None) -> None:
        """No trouble yet."""
        self.inner = inner or MemoryChangeLog()
        self.before: Callable[[str], object] = _nothing
        self.after: Callable[[str], object] = _nothing
        self.shown: int | None = None
        self.tamper: Callable[[LogEntry], LogEntry] = _same
        self.calls: list[str] = []

    def head(self) -> Head:
        """See the port."""
        head = self._around("head", self.inner.head)
        if self.shown is None or self.shown >= head.revision:
            return head
        entries = self.inner.read(0, self.shown)
        return Head(log_id=head.log_id, revision=self.shown, mac=entries[-1].mac if entries else b"")

    def append(self, entry: LogEntry) -> None:
        """See the port."""
        self._around("append", lambda: self.inner.append(entry))

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """See the port."""
        entries = self._around("read", lambda: self.inner.read(after, limit))
        return [self.tamper(e) for e in entries if self.shown is None or e.revision <= self.shown]

    def find(self, wanted: ChangeFilter, limit: int) -> Sequence[LogEntry]:
        """See the port."""
        return self._around("find", lambda: self.inner.find(wanted, limit))

    def sweep(self) -> int:
        """See the port."""
        return self._around("sweep", self.inner.sweep)

    def close(self) -> None:
        """See the port."""
        self.inner.close()

    def _around(self, name: str, work: Callable[[], T]) -> T:
        self.calls.append(name)
        self.before(name)
        result = work()
        self.after(name)
        return result


def _nothing(_name: str) -> None:
    """No trouble."""


def _same(entry: LogEntry) -> LogEntry:
    return entry


def away(*names: str) -> Callable[[str], None]:
    """As ``before`` or ``after``: the store is away for these operations, or for all when none is named."""

    return raising(StoreUnavailableError("the store is away"), *names)


def raising(error: Exception, *names: str) -> Callable[[str], None]:
    """As ``before`` or ``after``: these operations, or all when none is named, fail with ``error``."""

    def refuse(name: str) -> None:
        if not names or name in names:
            raise error

    return refuse


def append(log: ChangeLog, *edits: Edit, **more: Any) -> PolicyState:  # noqa: ANN401 - fields of the change
    """Append a change of ``edits``, as another process would; the state after it. Nothing judges them."""
    before = read_on(log, empty_state(log.head().log_id), KEYRING)
    body = encode_change(change_of(before, *edits, **more))
    log.append(LogEntry(revision=before.revision + 1, body=body, mac=KEYRING.link(before.position, body)))
    return read_on(log, before, KEYRING)


@dataclass(slots=True, kw_only=True)
class Process:
    """One process of the service: a follower and a commit on a store that others may use too."""

    log: TroubledLog = field(default_factory=TroubledLog)
    checkpoints: Checkpoints = field(default_factory=MemoryCheckpoints)
    clock: ManualClock = field(default_factory=ManualClock)
    keyring: Keyring = KEYRING
    model: Model = MODEL_READ
    follower: Follower = field(init=False)
    commit: Commit = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is read and no thread started yet."""
        self.follower = Follower(
            Store(log=self.log, checkpoints=self.checkpoints), self.keyring, self.clock, self.model
        )
        self.commit = Commit(self.follower, self.log, self.keyring, self.clock)

    def make(self, *edits: Edit, **more: Any) -> Committed:  # noqa: ANN401 - fields of the request
        """Commit ``edits``; ``more`` goes into the request."""
        return self.commit(AUTHOR, Request(propose=lambda _scene: edits, **more))

    def beside(self) -> Process:
        """Another process on the same store, with no trouble on its way there."""
        return Process(log=TroubledLog(self.log.inner), checkpoints=self.checkpoints, clock=self.clock)


def flipped(entry: LogEntry, place: int) -> LogEntry:
    """``entry`` with one bit of its body's byte at ``place`` turned."""
    body = bytearray(entry.body)
    body[place] ^= 1
    return replace(entry, body=bytes(body))


class Entries(ChangeLog):
    """A log that shows the entries that it is given, sound or not; nothing can be appended."""

    def __init__(self, log_id: str, entries: Sequence[LogEntry]) -> None:
        """``promised`` may be set to another head than that of the last entry."""
        newest = entries[-1] if entries else LogEntry(revision=0, body=b"", mac=b"")
        self.promised = Head(log_id=log_id, revision=newest.revision, mac=newest.mac)
        self._entries = tuple(entries)

    def head(self) -> Head:
        """See the port."""
        return self.promised

    def append(self, entry: LogEntry) -> None:
        """See the port."""
        raise StoreUnavailableError("this log is only shown")

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """See the port."""
        return [entry for entry in self._entries if entry.revision > after][:limit]

    def find(self, wanted: ChangeFilter, limit: int) -> Sequence[LogEntry]:
        """See the port."""
        raise StoreUnavailableError("this log is only read")

    def sweep(self) -> int:
        """See the port."""
        raise StoreUnavailableError("this log is only read")

    def close(self) -> None:
        """Nothing is held."""
