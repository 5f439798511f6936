"""Bodies that are no question: each is refused with its reason, by every way in."""

from __future__ import annotations

import json
from typing import Final

import pytest

from tests.support.raw_http import Reply
from tests.support.sample_policy import ALLOWED, AUTHORIZED
from tests.support.ways import Way

TEXT: Final = json.dumps(ALLOWED)


def ask(way: Way, body: bytes, target: str = "/authorize") -> Reply:
    return way.send("POST", target, [("Content-Type", "application/json"), *AUTHORIZED.items()], body)


def with_field(name: str, value: str) -> bytes:
    """The question with the field ``name`` written as ``value``."""
    return f"{TEXT[:-1]}, {json.dumps(name)}: {value}}}".encode()


def instead(name: str, value: str) -> bytes:
    """The question in which ``name`` is ``value``, as it is written."""
    return TEXT.replace(json.dumps(ALLOWED[name]), value).encode()


NO_JSON: Final = {
    "empty": b"",
    "blank": b"  \n",
    "cut": TEXT[:-1].encode(),
    "more after it": TEXT.encode() + b"x",
    "two values": TEXT.encode() * 2,
    "NUL after it": TEXT.encode() + b"\0",
    "byte order mark": b"\xef\xbb\xbf" + TEXT.encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-32": TEXT.encode("utf-32-le"),
    "latin-1": TEXT.replace("lee", "l\u00e9e").encode("latin-1"),
    "overlong UTF-8": TEXT.encode().replace(b"lee", b"\xc0\xaf"),
    "a surrogate in UTF-8": TEXT.encode().replace(b"lee", b"\xed\xa0\x80"),
    "bad escape": instead("sub", '"\\x41"'),
    "half an escape": instead("sub", '"\\u12"'),
    "control character": instead("sub", '"a\tb"'),
    "single quotes": TEXT.replace('"', "'").encode(),
    "comment": TEXT.encode() + b" // yes",
    "trailing comma": TEXT[:-1].encode() + b",}",
    "key without quotes": TEXT.replace('"sub"', "sub").encode(),
    "a form": b"sub=dr.lee&dom=c1",
    "leading zero": with_field("at_least", "01"),
    "gzip": b"\x1f\x8b\x08\x00" + TEXT.encode(),
}

BAD_REQUESTS: Final = {
    "null": (b"null", ""),
    "a list": (f"[{TEXT}]".encode(), ""),
    "text": (b'"question"', ""),
    "a number": (b"7", ""),
    "nothing": (b"{}", "/sub"),
    "no subject": (TEXT.replace('"sub": "dr.lee", ', "").encode(), "/sub"),
    "duplicate key": (with_field("sub", '"admin"'), "/sub"),
    "duplicate key, escaped": (TEXT[:-1].encode() + b', "su\\u0062": "admin"}', "/sub"),
    "duplicate key, same value": (with_field("act", '"read"'), "/act"),
    "duplicate inside": (with_field("extra", '{"a": 1, "a": 2}'), "/extra/a"),
    "NaN": (with_field("at_least", "NaN"), None),
    "Infinity": (with_field("at_least", "-Infinity"), None),
    "too large a fraction": (with_field("at_least", "1e400"), None),
    "5000 digits": (with_field("at_least", "9" * 5000), None),
    "5000 digits of a fraction": (with_field("at_least", "0." + "9" * 5000), "/at_least"),
    "fraction": (with_field("at_least", "1.0"), "/at_least"),
    "exponent": (with_field("at_least", "1e0"), "/at_least"),
    "negative": (with_field("at_least", "-1"), "/at_least"),
    "above 2^53-1": (with_field("at_least", "9007199254740992"), "/at_least"),
    "true as a number": (with_field("at_least", "true"), "/at_least"),
    "null as a number": (with_field("at_least", "null"), "/at_least"),
    "text as a number": (with_field("at_least", '"1"'), "/at_least"),
    "1 as a flag": (with_field("explain", "1"), "/explain"),
    "text as a flag": (with_field("explain", '"true"'), "/explain"),
    "null as a flag": (with_field("explain", "null"), "/explain"),
    "unknown field": (with_field("extra", "1"), "/extra"),
    "__proto__": (with_field("__proto__", "{}"), "/__proto__"),
    "a field with / and ~": (with_field("a/b~c", "1"), "/a~1b~0c"),
    "$gt": (instead("sub", '{"$gt": ""}'), "/sub"),
    "null subject": (instead("sub", "null"), "/sub"),
    "number as subject": (instead("sub", "7"), "/sub"),
    "list as subject": (instead("sub", '["dr.lee"]'), "/sub"),
    "empty subject": (instead("sub", '""'), "/sub"),
    "long subject": (instead("sub", f'"{"a" * 257}"'), "/sub"),
    "lone surrogate": (instead("sub", '"\\ud800"'), "/sub"),
    "lone surrogate in a key": (with_field("x", "1").replace(b'"x"', b'"\\ud800"'), "/\ud800"),
    "NUL in text": (instead("sub", '"a\\u0000"'), "/sub"),
    "newline in text": (instead("sub", '"dr.lee\\n"'), "/sub"),
    "C1 control": (instead("sub", '"a\\u0085"'), "/sub"),
    "reserved subject": (instead("sub", '"key:k1"'), "/sub"),
    "bootstrap": (instead("sub", '"bootstrap"'), "/sub"),
    "bad domain": (instead("dom", '"c 1"'), "/dom"),
    "wild domain": (instead("dom", '"*"'), "/dom"),
    "long domain": (instead("dom", f'"{"a" * 129}"'), "/dom"),
    "path with an empty segment": (instead("obj", '"/patients//chart"'), "/obj"),
    "path with dots": (instead("obj", '"/patients/../chart"'), "/obj"),
    "path that ends with /": (instead("obj", '"/patients/"'), "/obj"),
    "/ alone": (instead("obj", '"/"'), "/obj"),
    "long path": (instead("obj", f'"/{"a" * 1024}"'), "/obj"),
    "empty action": (instead("act", '""'), "/act"),
    "long action": (instead("act", f'"{"a" * 129}"'), "/act"),
    "33 levels": (with_field("extra", "[" * 32 + "]" * 32), None),
    "100000 levels": (with_field("extra", "[" * 100_000 + "]" * 100_000), None),
    "100000 levels of objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, None),
    "100000 keys": (b"{" + b",".join(b'"k%d": 1' % n for n in range(80_000)) + b"}", "/k0"),
    "checks": (with_field("checks", "[]"), "/checks"),
}

FINE: Final = {
    "blanks": json.dumps(ALLOWED, indent=8).encode() + b"\r\n\t ",
    "no blanks": json.dumps(ALLOWED, separators=(",", ":")).encode(),
    "another order": json.dumps(dict(reversed(ALLOWED.items()))).encode(),
    "escapes": instead("sub", '"\\u0064r\\u002elee"'),
    "escaped key": TEXT.replace('"sub"', '"\\u0073ub"').encode(),
    "at_least 0": with_field("at_least", "0"),
    "at_least -0": with_field("at_least", "-0"),
    "explain false": with_field("explain", "false"),
}

ODD_NAMES: Final = {
    "a subject called like a key": {**ALLOWED, "sub": "sub"},
    "an action called like a key": {**ALLOWED, "act": "act"},
    "quotes": {**ALLOWED, "sub": 'a"b'},
    "comma, quote, newline-like": {**ALLOWED, "sub": "eve, admin, clinic2"},
    "astral": {**ALLOWED, "sub": "\U0001f600" * 256},
    "zero width": {**ALLOWED, "sub": "dr\u200b.lee"},
    "decomposed": {**ALLOWED, "sub": "e\u0301"},
    "upper case": {**ALLOWED, "sub": "DR.LEE"},
    "a star": {**ALLOWED, "act": "*"},
    "encoded": {**ALLOWED, "obj": "/patients/42%2fchart"},
    "a pattern": {**ALLOWED, "obj": "/patients/:id/*"},
}


@pytest.mark.parametrize("case", NO_JSON)
def test_what_is_no_json_is_refused(way: Way, case: str) -> None:
    reply = ask(way, NO_JSON[case])
    assert (reply.status, reply.code) == (400, "invalid_json")


@pytest.mark.parametrize("case", BAD_REQUESTS)
def test_what_is_no_question_is_refused_with_its_place(way: Way, case: str) -> None:
    body, pointer = BAD_REQUESTS[case]
    reply = ask(way, body)
    assert (reply.status, reply.code) == (400, "invalid_request")
    if pointer is not None:
        assert reply.fields["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("case", NO_JSON)
def test_a_batch_that_is_no_json_is_refused(way: Way, case: str) -> None:
    reply = ask(way, NO_JSON[case], "/authorize/batch")
    assert (reply.status, reply.code) == (400, "invalid_json")


@pytest.mark.parametrize("case", [case for case in BAD_REQUESTS if case not in {"checks", "nothing", "no subject"}])
def test_a_batch_with_bad_defaults_is_refused(way: Way, case: str) -> None:
    body, _ = BAD_REQUESTS[case]
    with_checks = body.replace(b"{", b'{"checks": [{}], ', 1) if body.startswith(b"{") else body
    reply = ask(way, with_checks, "/authorize/batch")
    assert (reply.status, reply.code) == (400, "invalid_request")


def test_a_second_list_of_checks_is_refused(way: Way) -> None:
    checks = f'"checks": [{TEXT}]'
    reply = ask(way, f"{{{checks}, {checks}}}".encode(), "/authorize/batch")
    assert reply.fields["errors"][0]["pointer"] == "/checks"


def test_a_key_that_comes_twice_in_a_check_is_refused_with_its_place(way: Way) -> None:
    twice = TEXT[:-1] + ', "sub": "admin"}'
    reply = ask(way, f'{{"checks": [{TEXT}, {twice}]}}'.encode(), "/authorize/batch")
    assert reply.fields["errors"][0]["pointer"] == "/checks/1/sub"


@pytest.mark.parametrize("case", FINE)
def test_json_may_be_written_in_many_ways(way: Way, case: str) -> None:
    assert ask(way, FINE[case]).fields["allowed"] is True


@pytest.mark.parametrize("case", ODD_NAMES)
def test_odd_names_are_names_like_others_and_hold_nothing(way: Way, case: str) -> None:
    reply = way.ask(ODD_NAMES[case])
    assert (reply.status, reply.fields["allowed"]) == (200, False)


def test_32_levels_are_read(way: Way) -> None:
    reply = ask(way, with_field("extra", "[" * 31 + "]" * 31))
    assert reply.fields["errors"] == [{"pointer": "/extra", "detail": "is no field of this request"}]


def test_all_faults_are_named_together_and_not_too_many(way: Way) -> None:
    assert [f["pointer"] for f in ask(way, b"{}").fields["errors"]] == ["/sub", "/dom", "/obj", "/act"]
    many = ask(way, b"{" + b",".join(b'"k%d": 1' % n for n in range(500)) + b"}")
    assert len(many.fields["errors"]) == 20


def test_a_long_key_is_not_given_back_whole(way: Way) -> None:
    assert len(ask(way, with_field("k" * 100_000, "1")).body) < 3_000
