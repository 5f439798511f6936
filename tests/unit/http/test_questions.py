"""Reading a question: the fast way gives what the strict reader gives, and never takes what that refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from enterprise_policy.errors import CallerError
from enterprise_service.http.edge import questions, strict_questions
from tests.support.sample_policy import ALLOWED

T = TypeVar("T")

TEXTS = st.one_of(
    st.sampled_from(["dr.lee", "c1", "/a/b", "read", "sub", "dom", "act", "obj", "explain", "checks", "at_least", ""]),
    st.text(max_size=8),
    st.sampled_from(["key:a", "/", "/a//b", "a\nb", "\ud800", '"', "\\", "x" * 2000]),
)
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-2, 2**54), st.floats(), st.just([]), st.just({}))
FIELDS = st.fixed_dictionaries(
    {name: st.one_of(st.just(value), st.just(value), VALUES) for name, value in ALLOWED.items()},
    optional={
        "at_least": st.one_of(st.integers(0, 2**54), VALUES),
        "explain": st.one_of(st.booleans(), VALUES),
        "extra": VALUES,
    },
)
SOME_FIELDS = st.dictionaries(st.sampled_from(["sub", "dom", "obj", "act", "explain", "x"]), TEXTS | VALUES, max_size=5)
PLAIN = st.sampled_from(
    [ALLOWED, {"sub": "a"}, {"dom": "c2", "act": "write"}, {"obj": "x"}, {**ALLOWED, "explain": True}]
)
BATCHES = st.builds(
    lambda defaults, checks, more: {**defaults, "checks": checks, **more},
    SOME_FIELDS | PLAIN,
    st.lists(PLAIN | SOME_FIELDS, max_size=4),
    st.sampled_from([{}, {"at_least": 3}, {"at_least": 0}, {"at_least": "x"}]),
)


@st.composite
def written(draw: st.DrawFn, fields: st.SearchStrategy[dict[str, Any]]) -> bytes:
    """Fields as JSON, written in one of many ways, sometimes with a key twice or a piece changed."""
    value = draw(fields)
    text = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    if draw(st.booleans()) and value:
        name = draw(st.sampled_from(sorted(value)))
        text = f"{text[:-1]}, {json.dumps(name)}: {json.dumps(draw(VALUES))}}}"
    data = text.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(data)))
        data = data[:place] + draw(st.binary(max_size=3)) + data[place + draw(st.integers(0, 3)) :]
    return data


def outcome(read: Callable[[bytes], T], body: bytes) -> T | tuple[str, str, object]:
    """What is read, or the refusal."""
    try:
        return read(body)
    except CallerError as error:
        return error.code, error.detail, error.faults


@given(written(FIELDS) | st.binary(max_size=60))
@example(b'{"sub": "a", "dom": "c", "obj": "o", "act": "x", "sub": "b"}')
@example(b'{"sub": "a", "dom": "c", "obj": "o", "act": "x", "explain": false, "explain": true}')
@example(b'{"sub": "a", "dom": "c", "obj": "o", "act": "x", "at_least": 0, "at_least": 5}')
@example(b'{"sub": "a", "dom": "c", "obj": "o", "act": "x", "at_least": 5, "at_least": 0}')
def test_a_question_is_read_alike(body: bytes) -> None:
    assert outcome(questions.read_ask, body) == outcome(strict_questions.read_ask, body)


@given(written(BATCHES) | st.binary(max_size=60))
@example(b'{"checks": [{"sub": "a", "dom": "c", "obj": "o", "act": "x", "sub": "b"}]}')
@example(b'{"checks": [], "checks": [{"sub": "a", "dom": "c", "obj": "o", "act": "x"}]}')
@example(b'{"sub": "", "checks": [{"sub": "a", "dom": "c", "obj": "o", "act": "x"}]}')
def test_a_batch_is_read_alike(body: bytes) -> None:
    assert outcome(questions.read_batch, body) == outcome(strict_questions.read_batch, body)


def test_usual_questions_are_read_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_body: bytes) -> None:
        raise AssertionError("read strictly")

    monkeypatch.setattr(strict_questions, "read_ask", refuse)
    monkeypatch.setattr(strict_questions, "read_batch", refuse)
    for fields in (ALLOWED, {**ALLOWED, "at_least": 7}, {**ALLOWED, "explain": True, "at_least": 7}):
        assert questions.read_ask(json.dumps(fields).encode()).subject == "dr.lee"
    batch = questions.read_batch(json.dumps({**ALLOWED, "checks": [{}, {"act": "write"}], "at_least": 7}).encode())
    assert [check.action for check in batch.checks] == ["read", "write"]
