"""What an edit of an API key must not do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from enterprise_policy.errors import (
    AlreadyExistsError,
    ConflictError,
    Fault,
    InUseError,
    InvalidRequestError,
    TooDeepError,
    UnknownReferenceError,
)
from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.invariants import admit
from tests.support.policies import api_key, clinic, refusal, tree_state

K1 = api_key("k1", "c1", Scope.MANAGE)
K2 = api_key("k2", "c1", created_by="key:k1")


def test_a_key_is_made_in_a_domain_that_exists() -> None:
    refused = refusal(tree_state(), create(api_key("k1", "nowhere")))
    assert isinstance(refused, UnknownReferenceError)
    assert refused.faults == (Fault("/domain", "there is no domain `nowhere`"),)


@pytest.mark.parametrize("domain", ["platform", "o1", "c1"])
def test_a_key_may_be_made_in_every_kind_of_domain(domain: str) -> None:
    made = api_key("k1", domain)
    assert admit(tree_state(), create(made), 0).api_key("k1") == made


def test_keys_of_all_domains_share_one_name_space() -> None:
    refused = refusal(tree_state(K1), create(api_key("k1", "c2")))
    assert isinstance(refused, AlreadyExistsError)
    assert refused.faults == (Fault("/id", "api_key `k1` exists"),)


def test_a_key_changes_its_name() -> None:
    renamed = replace(K1, name="billing, nightly")
    assert admit(tree_state(K1), update(K1, renamed), 0).api_key("k1") == renamed


@pytest.mark.parametrize(
    "more",
    [
        {"domain": "c2"},
        {"domain": "nowhere"},
        {"scopes": (Scope.DECIDE, Scope.MANAGE)},
        {"hash": "0" * 64},
        {"expires_at": 5},
        {"created_by": "ann"},
    ],
    ids=str,
)
def test_nothing_else_of_a_key_changes(more: dict[str, Any]) -> None:
    refused = refusal(tree_state(K1), update(K1, replace(K1, name="new", **more)))
    assert isinstance(refused, InvalidRequestError)
    assert refused.faults == tuple(Fault(f"/{name}", "can't change") for name in more)


def test_an_edit_of_a_key_that_has_changed_is_a_conflict() -> None:
    refused = refusal(tree_state(K1), delete(replace(K1, name="old")))
    assert isinstance(refused, ConflictError)


def test_a_key_does_not_go_before_those_that_it_made() -> None:
    refused = refusal(tree_state(K1, K2), delete(K1))
    assert isinstance(refused, InUseError)
    assert str(refused) == "key `k1` has made others, which would outlive it: key `k2`"


def test_a_key_goes_after_those_that_it_made() -> None:
    state = admit(admit(tree_state(K1, K2), delete(K2), 0), delete(K1), 0)
    assert list(state.api_keys) == []


def test_a_key_that_made_others_changes_its_name() -> None:
    assert admit(tree_state(K1, K2), update(K1, replace(K1, name="new")), 0).api_key("k2") == K2


def test_at_most_ten_of_the_keys_in_the_way_are_named() -> None:
    made = (api_key(f"m{number}", "c1", created_by="key:k1") for number in range(20, 40))
    refused = refusal(tree_state(K1, *made), delete(K1))
    assert str(refused).count("key `m") == 10


def test_a_clinic_is_not_deleted_before_its_keys() -> None:
    refused = refusal(tree_state(K1), delete(clinic("c1")))
    assert isinstance(refused, InUseError)
    assert str(refused) == "domain `c1` is in use: key `k1`"
    assert "c1" not in admit(tree_state(K1), delete(K1), 0).keys_in


def test_a_line_of_keys_has_an_end() -> None:
    line = [api_key("n1"), *(api_key(f"n{n}", created_by=f"key:n{n - 1}") for n in range(2, 9))]
    refused = refusal(tree_state(*line), create(api_key("n9", created_by="key:n8")))
    assert isinstance(refused, TooDeepError)
    assert [fault.pointer for fault in refused.faults] == ["/created_by"]
    admit(tree_state(*line), create(api_key("m8", created_by="key:n7")), 0)
