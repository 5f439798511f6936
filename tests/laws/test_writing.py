"""What is written is what is read, whatever the texts hold: nothing is joined into a line and parsed again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.state.chain import Position
from enterprise_policy.state.change import Change, decode_change, encode_change
from enterprise_policy.state.checkpoint import decode_state, encode_state
from enterprise_policy.state.fold import place
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind, Record, Versioned
from tests.support.records import CHANGES, RECORDS

DOMAINS = (Kind.ORGANIZATION, Kind.CLINIC)


def key(record: Record) -> tuple[str, str, str]:
    """Organizations and clinics share one name space."""
    return ("domain" if record.KIND in DOMAINS else record.KIND, record.home, record.id)


@given(CHANGES)
def test_writing_is_reading_of_changes(change: Change) -> None:
    body = encode_change(change)
    assert decode_change(body) == change
    assert encode_change(decode_change(body)) == body
    assert b"\n" not in body


@given(st.lists(RECORDS, max_size=6, unique_by=key))
def test_writing_is_reading_of_checkpoints(records: list[Record]) -> None:
    state = PolicyState(position=Position("a log", 7, b"chain"), at=5)
    for number, record in enumerate(records):
        state = place(state, Versioned(record, number, number * 10, number * 20))
    content = encode_state(state)
    assert decode_state(content) == state
    assert encode_state(decode_state(content)) == content
