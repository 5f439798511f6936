"""The page about the management API is made from what the service serves, and is up to date."""

from __future__ import annotations

from ops import reference
from tests.support.documents import document


def test_the_page_is_what_the_script_makes_now() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page(), "run `.venv/bin/python ops/reference.py`"


def test_a_page_that_lacks_a_call_is_noticed() -> None:
    contract = reference.Contract(reference.served())
    del contract.operations[-1]
    assert reference.page_of(contract) != reference.PAGE.read_text("utf-8")


def test_every_call_is_told_once() -> None:
    headings = [line for line in document("docs/reference/management-api.md").prose if line.startswith("### ")]
    calls = [f"### {each.method} {each.path}" for each in reference.Contract(reference.served()).operations]
    assert len(calls) >= 40
    assert sorted(set(headings) & set(calls)) == sorted(calls)
    assert len(set(headings)) == len(headings)
