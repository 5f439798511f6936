"""Of everything that is wrong with a request the first check in the contract's order is what is answered."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Final

import pytest

from tests.support.raw_http import Reply
from tests.support.sample_policy import AUTHORIZED, body
from tests.support.ways import Way

CODES: Final = {
    "path": (404, "not_found"),
    "method": (405, "method_not_allowed"),
    "chunked": (411, "length_required"),
    "twice": (400, "invalid_request"),
    "large": (413, "too_large"),
    "credential": (401, "unauthenticated"),
    "media type": (415, "unsupported_media_type"),
    "JSON": (400, "invalid_json"),
}
"""What can be wrong, in the order in which it is looked for, and its answer."""


def send(way: Way, target: str, wrong: Iterable[str]) -> Reply:
    """A question at ``target`` with everything in ``wrong`` wrong with it."""
    wrong = set(wrong)
    headers = [("Content-Type", "text/plain" if "media type" in wrong else "application/json")]
    credential = ("Authorization", "Bearer wrong" if "credential" in wrong else AUTHORIZED["Authorization"])
    headers += [credential] * (2 if "twice" in wrong else 1)
    content: bytes | None = b"{" if "JSON" in wrong else body()
    if "large" in wrong:
        headers, content = [*headers, ("Content-Length", str(2**20 + 1))], None
    if "chunked" in wrong:
        headers, content = [*headers, ("Transfer-Encoding", "chunked")], None
    return way.send("GET" if "method" in wrong else "POST", "/nowhere" if "path" in wrong else target, headers, content)


def possible(wrong: Iterable[str]) -> bool:
    """Whether it can be sent: gunicorn refuses by itself both lengths together."""
    return not {"chunked", "large"} <= set(wrong)


@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch"])
@pytest.mark.parametrize("wrong", CODES)
def test_each_fault_has_its_answer(way: Way, target: str, wrong: str) -> None:
    reply = send(way, target, [wrong])
    assert (reply.status, reply.code) == CODES[wrong]


@pytest.mark.parametrize("wrong", [pair for pair in combinations(CODES, 2) if possible(pair)], ids=" and ".join)
def test_of_two_faults_the_first_is_answered(way: Way, wrong: tuple[str, str]) -> None:
    reply = send(way, "/authorize", wrong)
    assert (reply.status, reply.code) == CODES[wrong[0]]


def test_of_all_faults_the_first_is_answered(way: Way) -> None:
    left = [wrong for wrong in CODES if wrong != "large"]
    while left:
        reply = send(way, "/authorize", left)
        assert (reply.status, reply.code) == CODES[left.pop(0)]


def test_fields_are_looked_at_before_the_revision(way: Way) -> None:
    assert way.ask({"at_least": 2**53 - 1}).code == "invalid_request"
