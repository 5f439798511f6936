"""What goes over the channel: everything that is written is read, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprise_adapters.redis.message import LONGEST, Kind, Message, encode, parse
from enterprise_service.ports.hints import LARGEST_REVISION
from tests.support.carriers import STRANGE

MESSAGES = st.builds(
    Message,
    sender=st.uuids().map(lambda made: made.hex),
    kind=st.sampled_from(Kind),
    number=st.integers(1, LARGEST_REVISION),
)


@given(MESSAGES)
def test_what_is_written_is_read(message: Message) -> None:
    assert parse(encode(message)) == message
    assert len(encode(message)) <= LONGEST


def test_a_hint_looks_as_it_is_documented() -> None:
    message = Message(sender="a", kind=Kind.REVISION, number=7)
    assert encode(message) == b'{"from": "a", "revision": 7}'


@pytest.mark.parametrize("data", STRANGE, ids=lambda data: repr(data[:40]))
def test_what_others_send_is_no_hint(data: bytes) -> None:
    message = parse(data)
    assert message is None or message.kind is Kind.BEAT


@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    assert parse(data) is None or len(data) <= LONGEST


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(["from", "revision", "beat", "more"]), JSON))
def test_only_a_sender_with_one_positive_whole_number_is_a_message(value: dict[str, object]) -> None:
    message = parse(json.dumps(value).encode())
    if message is not None:
        assert value["from"] == message.sender
        assert type(value[message.kind]) is int
        assert 0 < message.number <= LARGEST_REVISION
        assert not {"revision", "beat"} <= value.keys()


@pytest.mark.parametrize("data", [None, 7, "text", bytearray(b'{"from": "x", "revision": 7}'), [b"x"]])
def test_what_is_no_bytes_is_no_message(data: object) -> None:
    assert parse(data) is None


def test_keys_that_a_later_version_adds_are_passed_over() -> None:
    later = b'{"from": "x", "revision": 7, "log": "abc"}'
    assert parse(later) == Message(sender="x", kind=Kind.REVISION, number=7)
