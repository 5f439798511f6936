"""The small parts of the edge."""

from __future__ import annotations

import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy import errors
from enterprise_policy.errors import CallerError, EnterpriseError, Fault, InvalidRequestError, UnavailableError
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.framing import BODY_LIMIT, Head, read_head
from enterprise_service.http.edge.json_body import parse
from enterprise_service.http.edge.known import BYTES_LIMIT, HEADS_LIMIT, KnownHeads
from enterprise_service.http.edge.problems import INTERNAL, PROBLEMS, refusal
from enterprise_service.http.edge.request_ids import RequestIds
from enterprise_service.http.paths import is_plain

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, CallerError | UnavailableError) and hasattr(kind, "code")
]

# --- problems -------------------------------------------------------------------------------------------


def test_every_error_of_a_caller_or_of_the_store_has_its_row_and_no_row_is_idle() -> None:
    assert {kind.code for kind in CLASSES} | {INTERNAL} == set(PROBLEMS)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.code)
def test_an_error_is_answered_by_its_row(kind: type[EnterpriseError]) -> None:
    answer = refusal(kind("what happened"), b"the-id")
    assert answer.status == PROBLEMS[kind.code].status
    assert b'"what happened' in answer.body
    assert (answer.status == 503) <= (b"retry-after: " in answer.headers)


def test_an_error_of_the_operator_is_not_told_to_callers() -> None:
    answer = refusal(errors.StoreRefusedError("the file `/var/secret` is of another program"), b"the-id")
    assert answer.status == 500
    assert b"secret" not in answer.body


def test_faults_are_cut_where_they_get_too_long_or_too_many() -> None:
    faults = tuple(Fault(f"/{'k' * 1000}", "is wrong") for _ in range(100))
    assert len(refusal(InvalidRequestError("x" * 10_000, faults=faults), b"the-id").body) < 10_000


def test_the_lines_of_an_answer_are_pairs_too() -> None:
    answer = Answer(200, b"a: 1\r\nb: x: y\r\n", b"")
    assert answer.pairs() == [("a", "1"), ("b", "x: y")]


# --- heads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [b"", b"-1", b"+1", b"1.0", b"1e3", b" 1", b"0x1", b"\xb2", b"9" * 5000])
def test_a_length_is_digits(length: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        read_head([(b"content-length", length)])


def test_the_limit_of_a_body_is_exact() -> None:
    assert read_head([(b"content-length", str(BODY_LIMIT).encode())]).length == BODY_LIMIT
    with pytest.raises(errors.TooLargeError):
        read_head([(b"content-length", str(BODY_LIMIT + 1).encode())])


def head(**more: object) -> Head:
    fields = {"authorization": b"x", "request_id": None, "length": 2, "is_json": True, "waits": False}
    return Head(**{**fields, "connection": None, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("more", [{"request_id": b"a"}, {"waits": True}, {"connection": b"close"}, {"length": 3}])
def test_only_a_head_that_comes_again_alike_is_known(more: dict[str, object]) -> None:
    known: KnownHeads[str] = KnownHeads()
    known.remember(b"head\r\n\r\n{}", "way", head(**more))
    assert known.find(b"head\r\n\r\n{}") is None


def test_a_known_head_gives_its_way_and_the_body() -> None:
    known: KnownHeads[str] = KnownHeads()
    known.remember(b"head\r\n\r\n{}", "way", head())
    assert known.find(b"head\r\n\r\n[]") == ("way", head(), b"[]")
    assert known.find(b"head\r\n\r\n[") is None
    assert known.find(b"head\r\n\r\n[] ") is None
    assert known.find(b"HEAD\r\n\r\n[]") is None


def test_known_heads_take_little_memory() -> None:
    known: KnownHeads[str] = KnownHeads()
    known.remember(b"x" * BYTES_LIMIT + b"\r\n\r\n{}", "way", head())
    assert known.find(b"x" * BYTES_LIMIT + b"\r\n\r\n{}") is None
    for number in range(HEADS_LIMIT + 1):
        known.remember(b"%d\r\n\r\n{}" % number, "way", head())
    assert known.find(b"0\r\n\r\n{}") is None
    assert known.find(b"%d\r\n\r\n{}" % HEADS_LIMIT) is not None


# --- the rest -------------------------------------------------------------------------------------------


@given(st.binary(max_size=140))
def test_a_request_id_is_printable_and_not_too_long(given_id: bytes) -> None:
    made = RequestIds().of(given_id)
    fine = 0 < len(given_id) <= 128 and all(0x20 <= byte < 0x7F for byte in given_id)
    assert (made == given_id) == fine
    assert made.decode("ascii").isprintable()


def test_two_processes_make_no_id_alike() -> None:
    assert RequestIds().of(None) != RequestIds().of(None)


@given(st.text(alphabet="/.a%\0 ", max_size=12))
def test_a_plain_path_has_no_segment_that_leads_elsewhere(path: str) -> None:
    segments = path.split("/")
    plain = path[:1] == "/" and "\0" not in path and not {"", ".", ".."} & set(segments[1:])
    assert is_plain(path) == plain


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(), st.lists, max_leaves=20))
def test_json_that_is_written_is_read(value: object) -> None:
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a": ', "}")])
def test_32_levels_are_read_and_33_are_not(opening: str, closing: str) -> None:
    assert parse(f"{opening * 32}1{closing * 32}".encode())
    with pytest.raises(InvalidRequestError):
        parse(f"{opening * 33}1{closing * 33}".encode())
