"""The chain of macs: the first entry that is not as it was written is found, whatever was done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from enterprise_adapters.memory import MemoryChangeLog
from enterprise_policy.errors import ChainBrokenError
from enterprise_policy.state.chain import Keyring, Position, Purpose
from enterprise_policy.state.edits import create
from enterprise_policy.state.policy_state import empty_state
from enterprise_service.follow.reading import read_on
from enterprise_service.ports.change_log import ChangeLog, Head, LogEntry
from tests.support.logs import Entries, append
from tests.support.policies import KEYRING, organization

ENTRIES = 5


@cache
def written() -> tuple[str, tuple[LogEntry, ...]]:
    """The identity of a log of five entries, and the entries."""
    log = MemoryChangeLog()
    for number in range(ENTRIES):
        append(log, create(organization(f"o{number + 1}")))
    return log.head().log_id, tuple(log.read(0, ENTRIES))


def first_bad(log_id: str, entries: list[LogEntry], keyring: Keyring = KEYRING) -> int | None:
    """The revision that a reader of ``entries`` stops at, or ``None``."""
    log: ChangeLog = Entries(log_id, entries)
    try:
        read_on(log, empty_state(log_id), keyring)
    except ChainBrokenError as error:
        return error.revision
    return None


def test_what_was_written_verifies() -> None:
    log_id, entries = written()
    assert first_bad(log_id, list(entries)) is None


@pytest.mark.parametrize("revision", range(1, ENTRIES + 1))
def test_every_flipped_byte_is_found_at_its_revision(revision: int) -> None:
    log_id, entries = written()
    for part in ("body", "mac"):
        original: bytes = getattr(entries[revision - 1], part)
        for place in range(len(original)):
            damaged = bytearray(original)
            damaged[place] ^= 1 << (place % 8)
            tampered = list(entries)
            tampered[revision - 1] = replace(tampered[revision - 1], **{part: bytes(damaged)})
            assert first_bad(log_id, tampered) == revision, (part, place)


def renumbered(entries: list[LogEntry]) -> list[LogEntry]:
    return [replace(entry, revision=number) for number, entry in enumerate(entries, start=1)]


@pytest.mark.parametrize(
    ("tamper", "revision"),
    [
        (lambda e: [*e[:2], *e[3:]], 3),
        (lambda e: renumbered([*e[:2], *e[3:]]), 3),
        (lambda e: e[1:], 1),
        (lambda e: renumbered(e[1:]), 1),
        (lambda e: renumbered([e[0], e[2], e[1], *e[3:]]), 2),
        (lambda e: renumbered([*e[:3], e[0], *e[3:]]), 4),
        (lambda e: renumbered([*e[:3], e[2], *e[3:]]), 4),
        (lambda e: [e[0], replace(e[1], body=e[2].body), *e[2:]], 2),
        (lambda e: [e[0], replace(e[1], mac=e[2].mac), *e[2:]], 2),
        (lambda e: [*e[:4], replace(e[4], mac=b"")], 5),
        (lambda e: [replace(e[0], mac=e[0].mac + b"\0"), *e[1:]], 1),
        (lambda e: [e[0], replace(e[1], body=e[1].body + b" "), *e[2:]], 2),
    ],
    ids=[
        "deleted",
        "closed up",
        "first deleted",
        "first closed up",
        "swapped",
        "copied",
        "repeated",
        "other body",
        "other mac",
        "no mac",
        "longer mac",
        "longer body",
    ],
)
def test_the_first_bad_revision_is_named(tamper: Callable[[list[LogEntry]], list[LogEntry]], revision: int) -> None:
    log_id, entries = written()
    assert first_bad(log_id, tamper(list(entries))) == revision


def test_another_logs_entries_are_refused_from_the_first() -> None:
    log_id, entries = written()
    assert first_bad(f"{log_id}0", list(entries)) == 1


def test_an_entry_under_another_secret_is_refused() -> None:
    log_id, entries = written()
    assert first_bad(log_id, list(entries), Keyring([b"another secret"])) == 1


def test_an_entry_that_says_another_revision_or_log_is_refused_even_when_it_verifies() -> None:
    log_id, entries = written()
    body = entries[1].body.replace(b'"revision":2', b'"revision":3')
    position = Position(log_id, 1, entries[0].mac)
    forged = replace(entries[1], body=body, mac=KEYRING.link(position, body))
    assert first_bad(log_id, [entries[0], forged]) == 2


# --- keys ---------------------------------------------------------------------------------------------


def test_the_first_secret_signs_and_all_verify() -> None:
    old, new = Keyring([b"old"]), Keyring([b"new"])
    both = Keyring([b"new", b"old"])
    assert both.sign(Purpose.LOG, b"x") == new.sign(Purpose.LOG, b"x") != old.sign(Purpose.LOG, b"x")
    assert both.verify(Purpose.LOG, old.sign(Purpose.LOG, b"x"), b"x")
    assert both.verify(Purpose.LOG, new.sign(Purpose.LOG, b"x"), b"x")
    assert not new.verify(Purpose.LOG, old.sign(Purpose.LOG, b"x"), b"x")


def test_a_log_goes_on_after_a_rotation() -> None:
    log_id, entries = written()
    state = read_on(Entries(log_id, list(entries)), empty_state(log_id), KEYRING)
    rotated = Keyring([b"new", b"a secret of the tests"])
    body = entries[4].body.replace(b'"revision":5', b'"revision":6').replace(b"o5", b"o6")
    newer = LogEntry(revision=6, body=body, mac=rotated.link(state.position, body))
    assert first_bad(log_id, [*entries, newer], rotated) is None
    assert first_bad(log_id, [*entries, newer]) == 6


@pytest.mark.parametrize("secrets", [[], [b""], [b"good", b""]])
def test_no_secret_is_empty(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="needs at least one secret"):
        Keyring(secrets)


def test_a_mac_is_for_one_purpose_and_for_the_parts_as_they_were_parted() -> None:
    mac = KEYRING.sign(Purpose.LOG, b"ab", b"c")
    assert len(mac) == 32
    assert KEYRING.verify(Purpose.LOG, mac, b"ab", b"c")
    assert not KEYRING.verify(Purpose.CHECKPOINT, mac, b"ab", b"c")
    assert not KEYRING.verify(Purpose.LOG, mac, b"a", b"bc")
    assert not KEYRING.verify(Purpose.LOG, mac, b"abc")
    assert not KEYRING.verify(Purpose.LOG, mac, b"ab", b"c", b"")


def test_no_two_purposes_have_the_same_key() -> None:
    macs = {KEYRING.sign(purpose, b"x") for purpose in Purpose}
    assert len(macs) == len({purpose.value for purpose in Purpose}) == len(Purpose.__members__) == 5


@pytest.mark.parametrize(
    ("purpose", "mac"),
    [
        (Purpose.LOG, "de0041565230e3b9434159d658ac8834bb366e6fb71b5b59a414c979f2f1ff21"),
        (Purpose.CHECKPOINT, "c7ea936c2847df81dc0423063a4cd40f9cbd8b2e5125859aae1aba1f20b6e667"),
        (Purpose.API_KEY, "04d600a87b80665488c0ce5c934f254e31c235ee5600d7067f91102b5a850e39"),
        (Purpose.CURSOR, "92d27a0a21fb6384951c8c390987927d082ec9abab4e5ff56f18ecc9fc5c9006"),
    ],
)
def test_a_mac_is_what_it_was_when_stores_were_written(purpose: Purpose, mac: str) -> None:
    assert KEYRING.sign(purpose, b"ab", b"c").hex() == mac


def test_a_keyring_never_shows_its_secrets() -> None:
    assert "secret" not in repr(Keyring([b"secret"]))
    assert "secret" not in str(vars(Keyring([b"secret"])))


def test_a_head_that_goes_back_or_differs_is_refused() -> None:
    log_id, entries = written()
    state = read_on(Entries(log_id, list(entries)), empty_state(log_id), KEYRING)
    for shown, revision in ((list(entries[:3]), 4), ([*entries[:4], replace(entries[4], mac=b"x" * 32)], 5)):
        with pytest.raises(ChainBrokenError) as broken:
            read_on(Entries(log_id, shown), state, KEYRING)
        assert broken.value.revision == revision


def test_a_log_that_was_rewritten_below_its_head_is_refused() -> None:
    log_id, entries = written()
    state = read_on(Entries(log_id, list(entries[:3])), empty_state(log_id), KEYRING)
    rewritten = [*entries[:2], replace(entries[2], mac=b"x" * 32), *entries[3:]]
    with pytest.raises(ChainBrokenError) as broken:
        read_on(Entries(log_id, rewritten), state, KEYRING)
    assert broken.value.revision == 3


def test_an_end_that_the_head_promises_must_be_there() -> None:
    log_id, entries = written()
    log = Entries(log_id, list(entries[:3]))
    log.promised = Head(log_id=log_id, revision=5, mac=entries[4].mac)
    with pytest.raises(ChainBrokenError, match="revision 4 is missing from the log") as broken:
        read_on(log, empty_state(log_id), KEYRING)
    assert broken.value.revision == 4
