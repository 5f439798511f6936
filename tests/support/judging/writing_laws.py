"""The laws of writing: what was acknowledged is there, once, and nothing else is; the log is whole.

Each law tells, in words, what breaks it. A write is found again in the log by its request id, and a repeated one by its
``Idempotency-Key``: clients of a run send no write that would change nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final
from urllib.parse import unquote

from enterprise_policy.state.chain import Position
from enterprise_policy.state.change import Change
from enterprise_policy.state.edits import Edit
from tests.support.judging.evidence import Evidence
from tests.support.judging.history import Operation
from tests.support.judging.plain_policy import PlainPolicy

PROGRAM: Final = "system:"
"""The program itself writes as such an actor: what comes with it, when it is started."""


def nothing_is_lost(evidence: Evidence) -> Iterator[str]:
    """L1. Every write that was acknowledged at a revision is in the log at that revision, as it was sent."""
    for operation in evidence.acknowledged:
        revision = None if operation.answer is None else operation.answer.revision
        change = evidence.changes.get(revision or 0)
        if change is None:
            yield f"{operation} was acknowledged at revision {revision}, which the log doesn't have"
        elif not _is_of(change, operation):
            yield f"{operation} was acknowledged at revision {revision}, where another change is"
        else:
            yield from _differences(operation, change)


def nothing_is_invented(evidence: Evidence) -> Iterator[str]:
    """L2, first part. Every change was sent by a client, as it is there, and wasn't refused."""
    for change in _made(evidence):
        operation = evidence.requests.get(change.request_id)
        if operation is None:
            if not change.actor.startswith(PROGRAM):
                yield f"revision {change.revision} by `{change.actor}` was sent by nobody"
        elif operation.is_refused:
            yield f"{operation} was refused and is there at revision {change.revision}"
        elif not operation.is_acknowledged:
            yield from _differences(operation, change)


def nothing_is_doubled(evidence: Evidence) -> Iterator[str]:
    """L2, second part. A write is there at most once, however often it was sent, and all answers to it agree."""
    changes = _made(evidence)
    sent = Counter(change.request_id for change in changes if not change.actor.startswith(PROGRAM))
    yield from (f"request `{request}` is there {count} times" for request, count in sent.items() if count > 1)
    kept = Counter(change.idempotency.key for change in changes if change.idempotency is not None)
    yield from (f"the key `{key}` is there {count} times" for key, count in kept.items() if count > 1)
    told: defaultdict[str, set[int]] = defaultdict(set)
    for operation in evidence.acknowledged:
        if operation.key is not None and operation.answer is not None:
            told[operation.key].add(operation.answer.revision or 0)
    yield from (f"the key `{key}` was answered with {sorted(each)}" for key, each in told.items() if len(each) > 1)


def what_is_sent_again_is_answered_again(evidence: Evidence) -> Iterator[str]:
    """L2, third part. A write that is there isn't refused when it is sent again with its key."""
    makers = {change.idempotency.key: change for change in _made(evidence) if change.idempotency is not None}
    for operation in evidence.writes:
        change = makers.get(operation.key or "")
        if operation.is_refused and change is not None:
            first = evidence.requests.get(change.request_id)
            if first is not None and first.ended <= operation.begun:
                yield f"{operation} was refused, and is there at revision {change.revision} by {first}"


def the_log_is_whole(evidence: Evidence) -> Iterator[str]:
    """L3. Revisions are 1 to the head, each entry is tied to the one before, and each edit meets its record."""
    position, policy = Position(evidence.log_id, 0, b""), PlainPolicy()
    for place, entry in enumerate(evidence.entries, start=1):
        if entry.revision != place:
            yield f"at place {place} of the log is revision {entry.revision}"
        if not evidence.keyring.links(position, entry.body, entry.mac):
            yield f"revision {entry.revision} isn't tied to the one before"
        position = Position(evidence.log_id, entry.revision, entry.mac)
        change = evidence.changes.get(entry.revision)
        if change is None:
            yield f"revision {entry.revision} can't be read"
            continue
        if (change.log_id, change.revision) != (evidence.log_id, entry.revision):
            yield f"revision {entry.revision} says that it is {change.revision} of `{change.log_id}`"
        yield from (f"revision {entry.revision}: {wrong}" for wrong in policy.apply(change))


def unknown(evidence: Evidence) -> tuple[int, int]:
    """Of how many writes the caller never learned whether they were done: those that are there, and those that aren't.

    One that was sent again and acknowledged then is known.
    """
    answered = {operation.key for operation in evidence.writes if operation.is_acknowledged and operation.key}
    there = {change.request_id for change in _made(evidence)}
    open_ones = [o.request_id in there for o in evidence.writes if o.is_unknown and o.key not in answered]
    return sum(open_ones), len(open_ones) - sum(open_ones)


def _made(evidence: Evidence) -> list[Change]:
    """The changes since the run began, by the places that they are at."""
    later = (entry for entry in evidence.entries[evidence.since :])
    return [evidence.changes[entry.revision] for entry in later if entry.revision in evidence.changes]


def _is_of(change: Change, operation: Operation) -> bool:
    """Whether ``change`` is what ``operation`` made, or the same write when it was sent before."""
    replayed = operation.answer is not None and operation.answer.replayed
    if not replayed:
        return change.request_id == operation.request_id
    return change.idempotency is not None and change.idempotency.key == operation.key


def _differences(operation: Operation, change: Change) -> Iterator[str]:
    """In what ``change`` isn't what was sent."""
    kept = None if change.idempotency is None else (change.idempotency.key, change.idempotency.digest)
    if kept != (None if operation.key is None else (operation.key, _digest(operation))):
        yield f"{operation} was sent with another key or body than revision {change.revision} has"
    there = {name for edit in change.edits for name in (edit.record.domain, edit.record.id)}
    missing = [name for name in _named(operation) if name not in there]
    if missing:
        yield f"{operation} is there at revision {change.revision} without an edit of {missing}"
    texts = {(name, text) for name, text in operation.fields.items() if isinstance(text, str) and name != "reason"}
    if texts and not any(_has(edit, texts) for edit in change.edits):
        yield f"{operation} is there at revision {change.revision} with other fields"


def _has(edit: Edit, texts: Iterable[tuple[str, str]]) -> bool:
    """Whether ``edit`` leaves a record that says all ``texts``, as far as it has such fields as texts."""
    fields = {} if edit.after is None else edit.after.to_fields()
    return all(fields.get(name, text) == text or not isinstance(fields[name], str) for name, text in texts)


def _digest(operation: Operation) -> str:
    """The hash that the contract of ``Idempotency-Key`` has of a request: over those of its parts."""
    path, _, query = operation.target.partition("?")
    parts = (operation.method, unquote(path), query, operation.body)
    return sha256(b"".join(sha256(part.encode()).digest() for part in parts)).hexdigest()


def _named(operation: Operation) -> Iterable[str]:
    """The ids of records and domains that ``operation`` has to have edited something of."""
    path = operation.target.partition("?")[0].split("/")[3:]
    if path == ["changes"]:
        return [edit["id"] for edit in operation.fields["edits"]]
    own = operation.fields.get("id") or operation.fields.get("provider_id")
    return [unquote(name) for name in path[1::2]] + ([own] if own else [])
