"""Who is recognised by what he sends, and for how long."""

from __future__ import annotations

import logging
import resource
import secrets
from collections.abc import Sequence
from dataclasses import replace

import pytest

from enterprise_policy.errors import UnauthenticatedError
from enterprise_policy.state.chain import Keyring, Purpose
from enterprise_policy.state.edits import create, delete
from enterprise_service.http.edge import credentials as module
from enterprise_service.http.edge import second_look
from enterprise_service.http.edge.api_keys import ApiKeys
from enterprise_service.http.edge.caller import Anonymous, Caller, PlatformAdministrator
from enterprise_service.http.edge.credentials import HeaderCredentials
from enterprise_service.http.edge.decisions import MustWaitError
from enterprise_service.http.edge.second_look import SecondLook
from enterprise_service.observability import LineFormatter
from enterprise_service.secret import MASK
from tests.support.gates import Gated
from tests.support.keys import Issued, issued, key_text
from tests.support.logs import Process, away
from tests.support.policies import organization
from tests.support.sample_policy import ALLOWED, KEY
from tests.support.threads import at_once

SECOND = 1_000_000


@pytest.fixture
def asked() -> Gated:
    return Gated()


def made(asked: Gated, key: Issued) -> Issued:
    """``key``, whose record this process has."""
    asked.process.make(create(key.record))
    return key


def reads(process: Process) -> int:
    """How often the store was asked for its head."""
    return process.log.calls.count("head")


def identified(asked: Gated, header: bytes | None) -> Caller | None:
    return asked.service.credentials.identify(header)


# --- the bootstrap key ------------------------------------------------------------------------------------


def test_without_a_bootstrap_key_nobody_has_it() -> None:
    asked = Gated(bootstrap_key=None)
    assert [identified(asked, given) for given in (None, b"", b"Bearer ", b"Bearer None")] == [None] * 4


def test_a_key_that_was_found_valid_stays_the_only_valid_one() -> None:
    credentials = Gated().service.credentials
    assert isinstance(credentials.identify(f"Bearer {KEY}".encode()), PlatformAdministrator)
    assert credentials.identify(f"Bearer {KEY}x".encode()) is None
    assert credentials.identify(f"Bearer  {KEY}".encode()) is not None


def test_keys_that_are_no_ascii_are_compared_too() -> None:
    asked = Gated(bootstrap_key="schl\u00fcssel" * 5)
    assert identified(asked, ("Bearer " + "schl\u00fcssel" * 5).encode()) is not None
    assert identified(asked, b"Bearer \xff\xfe") is None


def test_the_bootstrap_key_acts_as_bootstrap(asked: Gated) -> None:
    caller = identified(asked, f"Bearer {KEY}".encode())
    assert caller is not None
    assert (caller.actor, caller.credential) == ("bootstrap", "bootstrap")


def test_the_anonymous_act_as_nobody() -> None:
    caller = identified(Gated(anonymous=True), None)
    assert isinstance(caller, Anonymous)
    with pytest.raises(UnauthenticatedError):
        _ = caller.actor
    with pytest.raises(UnauthenticatedError):
        _ = caller.credential


# --- API keys: which are valid ----------------------------------------------------------------------------


def test_a_key_acts_as_itself(asked: Gated) -> None:
    key = made(asked, issued())
    caller = identified(asked, f"Bearer {key.text}".encode())
    assert caller is not None
    assert caller.actor == caller.credential == f"key:{key.record.id}"


def wrong(key: str) -> dict[str, str]:
    start, key_id, secret = key.split("_")
    return {
        "another secret": f"{start}_{key_id}_{secret[:-1]}{'0' if secret[-1] != '0' else '1'}",
        "another id": f"{start}_{secrets.token_hex(10)}_{secret}",
        "upper case": f"{start}_{key_id}_{secret.upper()}",
        "longer": f"{key}0",
        "shorter": key[:-1],
        "no secret": f"{start}_{key_id}_",
        "the id alone": key_id,
        "another prefix": f"ask_{key_id}_{secret}",
        "two": f"{key} {key}",
        "a line end inside": f"{start}_{key_id}\n_{secret}",
    }


@pytest.mark.parametrize("case", wrong(key_text()))
def test_what_only_looks_like_the_key_is_worth_nothing(asked: Gated, case: str) -> None:
    key = made(asked, issued())
    assert asked.ask(key=key.text).status == 200
    reply = asked.ask(key=wrong(key.text)[case])
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert {**reply.fields, "request_id": ""} == {**asked.ask(key="nothing").fields, "request_id": ""}


def test_the_hash_that_is_stored_is_no_key(asked: Gated) -> None:
    key = made(asked, issued())
    assert asked.ask(key=f"esk_{key.record.id}_{key.record.hash}").status == 401
    assert asked.ask(key=key.record.hash).status == 401


def test_a_key_signed_by_an_older_secret_is_valid_until_that_is_dropped() -> None:
    old = Keyring([b"the old one"])
    key = issued(keyring=old)
    for lines, status in (([b"the new one", b"the old one"], 200), ([b"the new one"], 401)):
        asked = Gated(process=Process(keyring=Keyring(lines)))
        made(asked, key)
        assert asked.ask(key=key.text).status == status


def test_a_key_is_worth_nothing_from_its_deletion_on(asked: Gated) -> None:
    key = made(asked, issued())
    other = made(asked, issued())
    assert asked.ask(key=key.text, may_wait=False).status == 200
    asked.process.make(delete(key.record))
    assert asked.ask(key=key.text).status == 401
    assert asked.ask(key=other.text, may_wait=False).status == 200


def test_a_key_whose_record_is_another_now_has_to_be_proved_again(asked: Gated) -> None:
    key = made(asked, issued())
    assert asked.ask(key=key.text).status == 200
    another = replace(key.record, hash=issued().record.hash)
    asked.process.make(delete(key.record), create(another))
    assert asked.ask(key=key.text).status == 401
    asked.process.make(delete(another), create(key.record))
    assert asked.ask(key=key.text).status == 200


def test_a_key_is_worth_nothing_from_the_moment_on_at_which_it_expires(asked: Gated) -> None:
    clock = asked.process.clock
    key = made(asked, issued(expires_at=clock.now() + 10 * SECOND))
    clock.set(clock.now() + 10 * SECOND - 1)
    assert asked.ask(key=key.text).status == 200
    clock.set(clock.now() + 1)
    assert asked.ask(key=key.text).status == 401
    clock.set(clock.now() - 1)
    assert asked.ask(key=key.text, may_wait=False).status == 200


class CountingKeyring(Keyring):
    """Counts what it is asked to verify."""

    verified = 0

    def verify(self, purpose: Purpose, mac: bytes, *parts: bytes) -> bool:
        self.verified += purpose is Purpose.API_KEY
        return super().verify(purpose, mac, *parts)


def test_an_id_that_nobody_has_takes_the_same_work_as_one_that_somebody_has() -> None:
    keyring = CountingKeyring([b"a secret"])
    asked = Gated(process=Process(keyring=keyring))
    key = made(asked, issued(keyring=keyring))
    work: list[tuple[int, int]] = []
    for given in (key_text(key.record.id), key_text()):
        asked.process.clock.advance(1)
        before = keyring.verified, reads(asked.process)
        assert asked.ask(key=given).status == 401
        work.append((keyring.verified - before[0], reads(asked.process) - before[1]))
    assert work[0] == work[1] == (2, 1)


def test_a_key_is_verified_once_and_looked_at_each_time() -> None:
    keyring = CountingKeyring([b"a secret"])
    asked = Gated(process=Process(keyring=keyring))
    key = made(asked, issued(keyring=keyring))
    assert [asked.ask(key=key.text, may_wait=False).status for _ in range(5)] == [200] * 5
    assert keyring.verified == 1
    asked.process.make(create(organization("later")))
    assert asked.ask(key=key.text, may_wait=False).status == 200
    assert keyring.verified == 1


# --- keys that were made elsewhere ------------------------------------------------------------------------


def test_a_key_that_another_process_has_just_made_is_looked_for(asked: Gated) -> None:
    key = issued()
    asked.process.beside().make(create(key.record))
    with pytest.raises(MustWaitError):
        asked.ask(key=key.text, may_wait=False)
    assert asked.ask(key=key.text).status == 200
    assert asked.ask(key=key.text, may_wait=False).status == 200


def test_what_nobody_knows_is_looked_for_at_most_once_a_second(asked: Gated) -> None:
    before = reads(asked.process)
    assert [asked.ask(key=key_text()).status for _ in range(10)] == [401] * 10
    assert reads(asked.process) == before + 1
    asked.process.clock.advance(1)
    assert [asked.ask(key=key_text()).status for _ in range(10)] == [401] * 10
    assert reads(asked.process) == before + 2


def test_nobody_is_refused_for_a_stranger_who_came_before_him(asked: Gated) -> None:
    """The log was read in vain a moment ago: he waits until it may be read again, or has been read by itself."""
    clock = asked.process.clock
    for seconds in (0.001, 0.5, 0.999):
        asked.ask(key=key_text())
        clock.advance(seconds)
        key = issued()
        asked.process.beside().make(create(key.record))
        clock.advance(0.0001)
        with pytest.raises(MustWaitError):
            asked.ask(key=key.text, may_wait=False)
        began = clock.elapsed()
        assert asked.ask(key=key.text).status == 200
        assert clock.elapsed() - began < 1.1


def test_who_waits_goes_on_as_soon_as_the_log_has_been_read_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    clock, advance = process.clock, process.clock.advance
    monkeypatch.setattr(clock, "advance", lambda seconds: (advance(seconds), process.follower.catch_up()))
    asked = Gated(process=process)
    asked.ask(key=key_text())
    advance(0.001)
    key = issued()
    process.beside().make(create(key.record))
    advance(0.001)
    began = clock.elapsed()
    assert asked.ask(key=key.text).status == 200
    assert clock.elapsed() - began < 0.1


def test_strangers_keep_others_waiting_for_so_long_and_no_longer(asked: Gated) -> None:
    clock = asked.process.clock
    waited = 0.0
    for _ in range(1_000):
        clock.advance(0.01)
        began = clock.elapsed()
        assert asked.ask(key=key_text()).status == 401
        waited += clock.elapsed() - began
    assert 2.0 < waited < 2.0 + 0.2 * clock.elapsed()
    refused_at_once = [asked.ask(key=key_text(), may_wait=False).status for _ in range(3)]
    assert refused_at_once == [401] * 3


def test_looking_for_keys_that_are_there_keeps_no_other_from_being_looked_for(asked: Gated) -> None:
    for _ in range(5):
        key = issued()
        asked.process.beside().make(create(key.record))
        assert asked.ask(key=key.text).status == 200


def test_many_who_come_at_once_read_the_log_once(asked: Gated) -> None:
    before = reads(asked.process)
    assert at_once(8, lambda _number: asked.ask(key=key_text()).status) == [401] * 8
    assert reads(asked.process) == before + 1


def test_nobody_is_refused_while_the_log_is_being_read(asked: Gated) -> None:
    during: list[object] = []

    def ask(_name: str) -> None:
        asked.process.log.before = lambda _name: None
        try:
            during.append(asked.ask(key=key_text(), may_wait=False).status)
        except MustWaitError:
            during.append(MustWaitError)

    asked.process.log.before = ask
    assert asked.ask(key=key_text()).status == 401
    assert during == [MustWaitError]


def test_who_waits_too_long_for_another_that_reads_is_told_to_come_back(
    asked: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_look, "READ_SECONDS", 0.01)
    during: list[tuple[int, str]] = []

    def ask(_name: str) -> None:
        asked.process.log.before = lambda _name: None
        reply = asked.ask(key=key_text())
        during.append((reply.status, reply.code))

    asked.process.log.before = ask
    assert asked.ask(key=key_text()).status == 401
    assert during == [(503, "store_unavailable")]


def test_with_the_store_away_nobody_is_said_to_be_a_stranger(asked: Gated) -> None:
    key = made(asked, issued())
    asked.process.log.before = away()
    for _ in range(3):
        reply = asked.ask(key=key_text())
        assert (reply.status, reply.code) == (503, "store_unavailable")
    assert asked.ask(key=key_text(), may_wait=False).status == 503
    assert asked.ask(key=key.text, may_wait=False).status == 200
    asked.process.log.before = lambda _name: None
    asked.process.clock.advance(1)
    assert asked.ask(key=key_text()).status == 401


def test_a_store_that_is_away_is_not_asked_again_within_the_second(asked: Gated) -> None:
    asked.process.log.before = away()
    before = reads(asked.process)
    assert [asked.ask(key=key_text()).status for _ in range(5)] == [503] * 5
    assert reads(asked.process) == before + 1


def test_before_the_first_snapshot_a_key_is_looked_for_too() -> None:
    asked = Gated(empty=True)
    key = issued("platform")
    asked.process.beside().make(create(key.record))
    assert asked.ask(key=key.text).fields["allowed"] is False


# --- use --------------------------------------------------------------------------------------------------


def last_used(asked: Gated, key: Issued) -> int | None:
    return asked.key_use.last_used([key.record.id]).get(key.record.id)


def test_each_request_with_a_key_is_a_use_of_it(asked: Gated) -> None:
    key = made(asked, issued())
    assert last_used(asked, key) is None
    for _ in range(3):
        asked.process.clock.advance(1)
        asked.ask({**ALLOWED, "dom": "elsewhere"}, key=key.text)
        assert last_used(asked, key) == asked.process.clock.now()


def test_what_is_refused_is_no_use(asked: Gated) -> None:
    key = made(asked, issued(expires_at=asked.process.clock.now() + SECOND))
    asked.ask(key=key_text(key.record.id))
    assert last_used(asked, key) is None
    asked.ask(key=key.text)
    used = last_used(asked, key)
    asked.process.clock.advance(1)
    asked.ask(key=key.text)
    assert last_used(asked, key) == used


# --- tokens -----------------------------------------------------------------------------------------------

TOKENS = {"t-lee": "dr.lee", "t-bad": "a\nb", "t-long": "x" * 257, "t-empty": ""}
ABOUT_ANOTHER = {**ALLOWED, "sub": "another"}
RESERVED = {"t-boot": "bootstrap", "t-key": "key:abc", "t-role": "role:o1/dentist", "t-system": "system:local"}


def test_a_token_is_its_subjects() -> None:
    asked = Gated(tokens=TOKENS)
    caller = identified(asked, b"Bearer t-lee")
    assert caller is not None
    assert (caller.actor, caller.credential) == ("dr.lee", "token")
    assert asked.ask(ABOUT_ANOTHER, key="t-lee").status == 403


@pytest.mark.parametrize("token", [*RESERVED, "t-bad", "t-long", "t-empty", "t-nobody", "t-l\u00e9e"])
def test_a_token_of_nobody_who_can_be_is_worth_nothing(token: str) -> None:
    assert identified(Gated(tokens={**TOKENS, **RESERVED}), f"Bearer {token}".encode()) is None


def test_where_no_tokens_are_verified_none_is_worth_anything(asked: Gated) -> None:
    api_keys = ApiKeys(
        asked.process.follower,
        asked.process.keyring,
        asked.process.clock,
        asked.key_use,
        SecondLook(asked.process.follower, asked.process.clock, asked.process.clock.advance),
    )
    credentials = HeaderCredentials(api_keys, KEY, anonymous=False)
    assert credentials.identify(b"Bearer t-lee", may_wait=False) is None
    assert credentials.identify(f"Bearer {KEY}".encode()) is not None


def test_tokens_are_verified_by_a_thread_each_time() -> None:
    valid = dict(TOKENS)
    asked = Gated(tokens=valid)
    for _ in range(2):
        with pytest.raises(MustWaitError):
            asked.ask(key="t-lee", may_wait=False)
    assert asked.ask(ABOUT_ANOTHER, key="t-lee").status == 403
    del valid["t-lee"]
    assert asked.ask(key="t-lee").status == 401


# --- memory -----------------------------------------------------------------------------------------------


def ways_to_write(key: str) -> Sequence[bytes]:
    """Headers that all show ``key``."""
    return [f"{'Bearer' if small % 2 else 'bEARER'} {' ' * small}{key}".encode() for small in range(100)]


def test_headers_beyond_those_that_are_remembered_are_good_all_the_same(
    asked: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "VALID_HEADERS", 3)
    keys = [made(asked, issued()) for _ in range(5)]
    credentials = asked.service.credentials
    for _ in range(3):
        for key in keys:
            assert all(credentials.identify(header) is not None for header in ways_to_write(key.text))


def test_one_who_writes_his_key_in_many_ways_grows_nothing(asked: Gated) -> None:
    key = made(asked, issued())
    credentials = asked.service.credentials

    def send(count: int) -> None:
        for number in range(count):
            assert credentials.identify(b"Bearer " + b" " * (4096 + number) + key.text.encode()) is not None

    send(500)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    send(5_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5_000


# --- the log ----------------------------------------------------------------------------------------------

KEY_SHOWN = key_text()
TOKEN_SHOWN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJkci5sZWUifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "said",
    [
        KEY_SHOWN,
        f"Bearer {KEY_SHOWN}",
        f"Bearer{KEY_SHOWN}",
        f"a line\\n{KEY_SHOWN}",
        repr(f"a line\n{KEY_SHOWN}"),
        f"key%3D{KEY_SHOWN}&x=1",
        f"{{'key': '{KEY_SHOWN}'}}",
        KEY_SHOWN[:40],
        KEY_SHOWN.upper(),
        TOKEN_SHOWN,
        f"Bearer {TOKEN_SHOWN}",
        f"token={TOKEN_SHOWN};",
    ],
)
def test_no_line_of_the_log_tells_a_key_or_token_that_nobody_told_it_of(said: str) -> None:
    line = LineFormatter().format(logging.LogRecord("x", logging.INFO, __file__, 1, "it was: %s", (said,), None))
    assert MASK in line
    for secret in (KEY_SHOWN[5:25], KEY_SHOWN[-64:], KEY_SHOWN[-64:].upper(), *TOKEN_SHOWN.split(".")[1:]):
        assert secret not in line
