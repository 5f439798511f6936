"""The whole state as bytes."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.catalogue import Catalogue
from enterprise_policy.state.change import Idempotency, canonical
from enterprise_policy.state.checkpoint import decode_state, encode_state
from enterprise_policy.state.edits import create, delete
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.model_pin import ModelPin
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.values.windows import Window
from tests.support.policies import LOG_ID, api_key, applied, assignment, clinic, provider, role, tree_state


def full() -> PolicyState:
    state = tree_state(
        ModelPin(digest="abc"),
        Catalogue(resources=()),
        role("R@platform"),
        assignment("ann", "R@platform", "c1", window=Window(5, None)),
        provider("dr.lee", "c1", "R@platform", verification=Verification.PENDING),
        api_key("k2", "c1", Scope.MANAGE, Scope.DECIDE, expires_at=7),
        api_key("k1", "c1", created_by="key:k2"),
    )
    state = applied(state, delete(clinic("c3", "o2", organization_id="o2")), idempotency=Idempotency("k1", "digest"))
    return applied(state, create(role("S@o2")), at=500, idempotency=Idempotency("k2", "digest"))


def lines(content: bytes) -> list[Any]:
    return [json.loads(line) for line in zlib.decompress(content).split(b"\n")]


@pytest.mark.parametrize("state", [empty_state(LOG_ID), full()], ids=["empty", "full"])
def test_a_state_comes_back_whole(state: PolicyState) -> None:
    assert decode_state(encode_state(state)) == state


def test_a_state_goes_on_from_a_checkpoint_as_it_would_have() -> None:
    for state in (full(), decode_state(encode_state(full()))):
        assert applied(state, create(clinic("c9"))).organization("o1") is not None
    assert applied(full(), create(clinic("c9"))) == applied(decode_state(encode_state(full())), create(clinic("c9")))


def test_equal_states_give_equal_bytes_however_they_came_about() -> None:
    one = tree_state(role("R@platform"), role("S@o1"), assignment("ann", "R@platform", "c1"))
    other = tree_state(role("S@o1"), role("R@platform"), assignment("ann", "R@platform", "c1"))
    again = applied(applied(one, create(role("T@o1"))), delete(role("T@o1")))
    assert encode_state(one) != encode_state(again)
    assert lines(encode_state(one))[1:] == lines(encode_state(other))[1:] == lines(encode_state(again))[1:]


def test_what_follows_from_providers_is_not_written() -> None:
    kinds = [line[0] for line in lines(encode_state(full()))[1:]]
    assert kinds == [
        "model",
        "catalogue",
        *["organization"] * 2,
        *["clinic"] * 3,
        "role",
        "role",
        "provider_assignment",
        "assignment",
        "api_key",
        "api_key",
    ]


def test_the_indexes_of_keys_are_made_again_whatever_comes_first() -> None:
    state = decode_state(encode_state(full()))
    assert {domain: set(keys) for domain, keys in state.keys_in.items()} == {"c1": {"k1", "k2"}}
    assert {actor: set(keys) for actor, keys in state.keys_by.items()} == {"root": {"k2"}, "key:k2": {"k1"}}


def test_an_id_can_be_given_back_after_a_checkpoint() -> None:
    made = clinic("c3", "o2", organization_id="o2")
    state = decode_state(encode_state(full()))
    assert admit(state, create(made), 0, reverts=2).clinic("c3") == made


def test_a_newer_format_is_refused() -> None:
    header, *rest = lines(encode_state(full()))
    newer = zlib.compress(b"\n".join(map(canonical, [{**header, "format": 2}, *rest])))
    with pytest.raises(ValueError, match="checkpoint format 2 is newer than this program's 1"):
        decode_state(newer)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zlib",
        zlib.compress(b""),
        zlib.compress(b"{}"),
        zlib.compress(b'{"format":1}'),
        zlib.compress(b"1"),
        encode_state(full())[:-1],
    ],
)
def test_what_is_no_checkpoint_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_state(content)
