"""The promises of ``ChangeLog`` that one process can see, on every adapter."""

from __future__ import annotations

import json
from threading import Event

import pytest

from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, Head, LogEntry, RevisionTakenError
from tests.support.entries import append_next, assignment_edit, entry, is_untouched, writer
from tests.support.stores import NewStores, TriedStore
from tests.support.threads import at_once

THREADS = 8


@pytest.fixture
def log(store: TriedStore) -> ChangeLog:
    return store.log


def filled(log: ChangeLog, count: int) -> list[LogEntry]:
    entries = [entry(revision) for revision in range(1, count + 1)]
    for one in entries:
        log.append(one)
    return entries


def test_revisions_are_gapless_whoever_writes(log: ChangeLog) -> None:
    """ChangeLog 1, 7: eight threads append through one instance; every revision is there, each once."""
    acknowledged = at_once(THREADS, lambda n: [append_next(log, f"writer-{n}") for _ in range(10)])
    entries = log.read(0, 1_000)
    assert [one.revision for one in entries] == list(range(1, 8 * 10 + 1))
    assert {one.revision: writer(one) for one in entries} == {
        revision: f"writer-{n}" for n, revisions in enumerate(acknowledged) for revision in revisions
    }


def test_one_of_many_who_append_the_same_revision_wins(log: ChangeLog) -> None:
    """ChangeLog 2: for each revision exactly one of eight threads isn't told that it is taken."""

    def append_each(number: int) -> list[int]:
        return [revision for revision in range(1, 21) if wins(log, revision, f"writer-{number}")]

    won = at_once(THREADS, append_each)
    assert sorted(revision for revisions in won for revision in revisions) == list(range(1, 21))
    for number, revisions in enumerate(won):
        assert all(writer(log.read(revision - 1, 1)[0]) == f"writer-{number}" for revision in revisions)


def wins(log: ChangeLog, revision: int, actor: str) -> bool:
    while log.head().revision < revision - 1:  # whoever is ahead waits, so that all meet at each revision
        pass
    try:
        log.append(entry(revision, actor=actor))
    except RevisionTakenError:
        return False
    return True


def test_reads_see_a_prefix_while_others_write(log: ChangeLog) -> None:
    """ChangeLog 4: readers see whole entries without a gap, and what they have seen stays."""
    is_over = Event()

    def write_or_read(number: int) -> None:
        if number == 0:
            for _ in range(100):
                append_next(log, "writer")
            is_over.set()
        else:
            follow(log, is_over)

    at_once(4, write_or_read)


def follow(log: ChangeLog, is_over: Event) -> None:
    seen: tuple[LogEntry, ...] = ()
    while not is_over.is_set():
        entries = tuple(log.read(0, 1_000))
        assert [one.revision for one in entries] == list(range(1, len(entries) + 1))
        assert all(map(is_untouched, entries))
        assert entries[: len(seen)] == seen
        seen = entries


def test_entries_come_back_as_they_were_written(log: ChangeLog) -> None:
    """ChangeLog 4: byte for byte, blanks, order and escapes of the body included."""
    bodies = [b'{ "b":1,"a" :"\\u00e9\xc3\xa9\\u0000", "edits":[] }', b"{}", b'{"x":"' + b"y" * 3_000_000 + b'"}']
    entries = [LogEntry(revision=n, body=body, mac=bytes(range(32))) for n, body in enumerate(bodies, start=1)]
    for one in entries:
        log.append(one)
    assert list(log.read(0, 10)) == entries


def test_a_log_keeps_its_identity_and_no_two_share_one(new_store: NewStores) -> None:
    """ChangeLog 5: the same ``log_id`` before and after appends; another log has another."""
    log, other = new_store().log, new_store().log
    log_id = log.head().log_id
    filled(log, 3)
    assert log.head().log_id == log_id != ""
    assert other.head().log_id != log_id


def test_an_empty_log_has_revision_zero(log: ChangeLog) -> None:
    head = log.head()
    assert head == Head(log_id=head.log_id, revision=0, mac=b"")


def test_the_head_is_never_older_than_an_acknowledged_append(log: ChangeLog) -> None:
    """ChangeLog 8, 9: what one thread has appended every other sees at once, with its mac."""

    def append_and_look(number: int) -> None:
        for _ in range(10):
            revision = append_next(log, f"writer-{number}")
            assert log.head().revision >= revision
            assert is_untouched(log.read(revision - 1, 1)[0])

    at_once(THREADS, append_and_look)
    newest = log.read(0, 1_000)[-1]
    assert (log.head().revision, log.head().mac) == (newest.revision, newest.mac)


@pytest.mark.parametrize("revision", [-1, 0, 1, 3, 5, 2**63 - 1, 2**63, 2**70])
def test_a_revision_that_exists_or_leaves_a_gap_is_taken(log: ChangeLog, revision: int) -> None:
    """ChangeLog 10: and nothing is written, nothing replaced."""
    entries = filled(log, 3)
    with pytest.raises(RevisionTakenError):
        log.append(entry(revision, actor="mallory"))
    assert list(log.read(0, 10)) == entries
    assert not log.find(ChangeFilter(actor="mallory"), 10)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"\xff{}", '{"actor":"é"}'.encode("utf-16"), b"{}{}"])
def test_a_body_that_is_no_json_object_is_a_fault_of_the_program(log: ChangeLog, body: bytes) -> None:
    """ChangeLog 11: nothing of an entry that was refused is there."""
    entries = filled(log, 1)
    with pytest.raises(ValueError, match=r"JSON|decode|Expecting|Extra"):
        log.append(LogEntry(revision=2, body=body, mac=b"m" * 32))
    assert list(log.read(0, 10)) == entries
    log.append(entry(2))


@pytest.mark.parametrize("name", ["a\0", "\0", "\ud800", "a\udfff"])
@pytest.mark.parametrize("field", ["actor", "domain", "subject"])
def test_a_name_that_no_filter_could_find_is_a_fault_of_the_program(log: ChangeLog, field: str, name: str) -> None:
    """ChangeLog 11, 13: such names are refused long before; here nothing of the entry is written."""
    names = {"actor": "alice", "domain": "clinic", "subject": "eve"} | {field: name}
    change = {"actor": names["actor"], "edits": [assignment_edit(names["subject"], names["domain"])]}
    with pytest.raises(ValueError, match="NUL or a lone surrogate"):
        log.append(LogEntry(revision=1, body=json.dumps(change).encode(), mac=b"m" * 32))
    assert log.head().revision == 0


def test_read_gives_what_comes_after_ascending(log: ChangeLog) -> None:
    """ChangeLog 12: at most as many as wanted, never skipping one, empty at the end."""
    entries = filled(log, 7)
    assert list(log.read(0, 3)) == entries[:3]
    assert list(log.read(3, 3)) == entries[3:6]
    assert list(log.read(6, 3)) == entries[6:]
    assert list(log.read(-5, 1)) == entries[:1]
    for after, limit in [(7, 3), (8, 3), (2**70, 3), (0, 0), (0, -1)]:
        assert not log.read(after, limit)


def test_a_log_is_closed_twice_without_harm(new_store: NewStores) -> None:
    """ChangeLog 15: also before its first use, and while others use it."""
    new_store().log.close()
    log = new_store().log
    log.append(entry(1))
    log.close()
    log.close()


def test_an_entry_with_no_field_to_find_it_by_is_kept(log: ChangeLog) -> None:
    one = LogEntry(revision=1, body=json.dumps({"actor": 5, "edits": [{"domain": None}]}).encode(), mac=b"m" * 32)
    log.append(one)
    assert list(log.find(ChangeFilter(), 10)) == [one]
    assert not log.find(ChangeFilter(actor="5"), 10)
