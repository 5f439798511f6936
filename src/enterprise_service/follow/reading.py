"""One step along the log: what comes after a state, verified and folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from enterprise_policy.errors import ChainBrokenError
from enterprise_policy.state.chain import Keyring, Position
from enterprise_policy.state.change import Change, decode_change
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.ports.change_log import ChangeLog, Head, LogEntry

PAGE: Final = 500
"""How many entries are read at once."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A later state, and the changes that led there from an earlier one."""

    state: PolicyState
    changes: tuple[Change, ...]


def read_on(log: ChangeLog, state: PolicyState, keyring: Keyring) -> PolicyState:
    """The state at the head of ``log``, read on from ``state``. Checks and raises as ``steps`` does."""
    for progress in steps(log, state, keyring):
        state = progress.state
    return state


def steps(log: ChangeLog, state: PolicyState, keyring: Keyring) -> Iterator[Progress]:
    """The way from ``state`` to the head of ``log``, a page of changes at a time.

    The head is compared with the state's own place each time; when there is more to read, the state's own entry is
    read again too, so a log that was cut, swapped or rewritten shows. Raises ``ChainBrokenError`` with the first bad
    revision, ``StoreUnavailableError`` when the log can't be read.
    """
    head = log.head()
    _check_head(state, head)
    if head.revision > state.revision:
        progress = step(state, _from_own(log, state, keyring), keyring)
        yield progress
        state = progress.state
    while state.revision < head.revision:
        progress = step(state, _some(log.read(state.revision, PAGE), state), keyring)
        yield progress
        state = progress.state


def step(state: PolicyState, entries: Sequence[LogEntry], keyring: Keyring) -> Progress:
    """One page further: ``entries`` must come right after ``state``. Raises as ``verified_change`` does."""
    changes: list[Change] = []
    for entry in entries:
        change = verified_change(state, entry, keyring)
        state = apply_change(state, change, entry.mac)
        changes.append(change)
    return Progress(state, tuple(changes))


def _check_head(state: PolicyState, head: Head) -> None:
    own = state.position
    if head.log_id != own.log_id:
        detail = f"the store holds log `{head.log_id}`, not `{own.log_id}`"
        raise ChainBrokenError(detail, revision=1)
    if head.revision < own.revision:
        detail = f"the log ends at revision {head.revision}, before revision {own.revision}, which was read"
        raise ChainBrokenError(detail, revision=head.revision + 1)
    if head.revision == own.revision and head.mac != own.chain:
        raise _bad(own.revision)


def _from_own(log: ChangeLog, state: PolicyState, keyring: Keyring) -> Sequence[LogEntry]:
    """A page after ``state``, read together with the entry that it stands at, which must be what it was."""
    own = state.position
    entries = [*log.read(max(own.revision - 2, 0), PAGE + min(own.revision, 2))]
    while entries and entries[-1].revision < own.revision:  # a page that ended early
        entries += _some(log.read(entries[-1].revision, PAGE), state)
    if own.revision and not _has_own(entries, state, keyring):
        raise _bad(own.revision)
    later = [entry for entry in entries if entry.revision > own.revision]
    return later or _some(log.read(own.revision, PAGE), state)


def _has_own(entries: Sequence[LogEntry], state: PolicyState, keyring: Keyring) -> bool:
    """Whether the entry of ``state``'s own revision is there, the body included."""
    own, before = state.position, b""
    for entry in entries:
        if entry.revision == own.revision:
            position = Position(own.log_id, own.revision - 1, before)
            return entry.mac == own.chain and keyring.links(position, entry.body, entry.mac)
        before = entry.mac
    return False


def _some(entries: Sequence[LogEntry], state: PolicyState) -> Sequence[LogEntry]:
    if not entries:
        detail = f"revision {state.revision + 1} is missing from the log"
        raise ChainBrokenError(detail, revision=state.revision + 1)
    return entries


def verified_change(state: PolicyState, entry: LogEntry, keyring: Keyring) -> Change:
    """The change of ``entry``, which must come right after ``state``.

    Raises ``ChainBrokenError`` when it is another revision, doesn't verify, or can't be understood.
    """
    if entry.revision != state.revision + 1:
        detail = f"revision {state.revision + 1} is missing from the log"
        raise ChainBrokenError(detail, revision=state.revision + 1)
    if not keyring.links(state.position, entry.body, entry.mac):
        raise _bad(entry.revision)
    try:
        return decode_change(entry.body)
    except ValueError as error:
        detail = f"revision {entry.revision} can't be understood: {error}"
        raise ChainBrokenError(detail, revision=entry.revision) from error


def _bad(revision: int) -> ChainBrokenError:
    other = "; it was changed, or signed with another `SERVICE_SECRET`" if revision == 1 else ""
    return ChainBrokenError(f"revision {revision} of the log doesn't verify{other}", revision=revision)
