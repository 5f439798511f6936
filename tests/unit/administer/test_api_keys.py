"""API keys: made in the caller's own domains, renamed, and ended with all that they made."""

from __future__ import annotations

import pytest

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.record import Kind
from enterprise_service.administer.scene import Expected
from tests.support.policies import api_key, assignment
from tests.unit.administer.calls import BODY, edits_of, given, refused, wish

KIND = Kind.API_KEY
HASH = "0" * 64
K1, K2, K3 = (
    api_key("k1", "o1", Scope.MANAGE, created_by="ann"),
    api_key("k2", "c1", created_by="key:k1"),
    api_key("k3", "c2", created_by="key:k2"),
)
K4 = api_key("k4", "c1", created_by="key:k1")
K5 = api_key("k5", "o1", Scope.DECIDE, created_by="ann")
STATE = given(K1, K2, K3, K4, K5)


def key(domain: str | None, *scopes: Scope, **more: object) -> dict[str, object]:
    return {"name": "new", "scopes": scopes or (Scope.DECIDE,), "hash": HASH, **more}


def make(actor: str, domain: str, *scopes: Scope, **more: object) -> tuple[str, tuple[str, ...]]:
    return refused(STATE, actor, wish("create", KIND, "k9", domain, **key(domain, *scopes, **more)))


def test_a_key_is_made_as_it_is_wished() -> None:
    made = wish("create", KIND, "k9", "c1", **key("c1", Scope.QUERY, Scope.DECIDE, expires_at=9_000))
    expected = api_key(
        "k9", "c1", Scope.DECIDE, Scope.QUERY, name="new", hash=HASH, expires_at=9_000, created_by="key:k1"
    )
    assert edits_of(given(api_key("k1", "o1", *Scope, created_by="ann")), "key:k1", made) == (create(expected),)


@pytest.mark.parametrize(
    ("actor", "domain", "expected"),
    [
        ("ann", "o1", ("", ())),
        ("ann", "c2", ("", ())),
        ("root", "platform", ("", ())),
        ("ann", "o2", ("unknown_reference", ("/domain",))),
        ("ann", "o9", ("unknown_reference", ("/domain",))),
        ("ann", "platform", ("escalation", ("/domain",))),
        ("cleo", "o1", ("escalation", ("/domain",))),
        ("cleo", "g1", ("unknown_reference", ("/domain",))),
        ("ada", "o1", ("forbidden", ())),
        ("ada", "platform", ("forbidden", ())),
        ("key:k5", "platform", ("forbidden", ())),
        ("key:k5", "o1", ("forbidden", ())),
        ("key:k1", "platform", ("escalation", ("/domain",))),
    ],
)
def test_a_key_s_domain_lies_in_its_maker_s_subtree(
    actor: str, domain: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    assert make(actor, domain, Scope.MANAGE if actor == "key:k1" else Scope.DECIDE) == expected


def test_a_key_has_no_scope_that_gives_more_than_its_maker_holds() -> None:
    assert make("cleo", "c1", *Scope) == ("", ())
    state = given(assignment("kim", "clinic-admin@platform", "o1"))
    managing = wish("create", KIND, "k9", "o1", **key("o1", Scope.DECIDE, Scope.MANAGE))
    assert refused(state, "kim", managing) == ("escalation", ("/scopes/1",))


@pytest.mark.parametrize("missing", ["name", "scopes", "hash"])
def test_what_is_missing_is_named(missing: str) -> None:
    fields = {name: value for name, value in key("o1").items() if name != missing}
    assert refused(STATE, "ann", wish("create", KIND, "k9", "o1", **fields)) == ("invalid_request", (f"/{missing}",))
    assert refused(STATE, "ann", wish("create", KIND, "k9", **key(None))) == ("invalid_request", ("/domain",))


def test_a_key_is_renamed() -> None:
    renamed = api_key("k2", "c1", name="new", created_by="key:k1")
    assert edits_of(STATE, "cleo", wish("update", KIND, "k2", name="new")) == (update(K2, renamed),)
    assert edits_of(STATE, "cleo", wish("update", KIND, "k2", name="k2")) == ()
    assert refused(STATE, "cleo", wish("update", KIND, "k2", name=None)) == ("invalid_request", ("/name",))


def test_a_key_goes_after_all_that_it_made() -> None:
    assert edits_of(STATE, "ann", wish("delete", KIND, "k1")) == tuple(map(delete, (K3, K4, K2, K1)))
    assert edits_of(STATE, "ann", wish("delete", KIND, "k2")) == tuple(map(delete, (K3, K2)))
    assert edits_of(STATE, "cleo", wish("delete", KIND, "k4")) == (delete(K4),)


def test_a_whole_line_of_keys_goes_at_once() -> None:
    line = [api_key("k0", created_by="ann"), *(api_key(f"k{n}", created_by=f"key:k{n - 1}") for n in range(1, 8))]
    assert edits_of(given(*line), "root", wish("delete", KIND, "k0")) == tuple(map(delete, reversed(line)))


@pytest.mark.parametrize("op", ["update", "delete"])
def test_a_key_that_is_not_seen_is_not_there(op: str) -> None:
    assert refused(STATE, "ann", wish(op, KIND, "k9", name="x")) == ("not_found", ())
    assert refused(STATE, "oli", wish(op, KIND, "k1", name="x")) == ("not_found", ())
    assert refused(STATE, "cleo", wish(op, KIND, "k1", name="x")) == ("not_found", ())
    assert refused(STATE, "ada", wish(op, KIND, "k1", name="x")) == ("forbidden", ())
    stale = Expected(frozenset({9}))
    assert refused(STATE, "ann", wish(op, KIND, "k1", name="x"), expected=stale)[0] == "revision_mismatch"


def test_in_a_change_a_key_is_never_made_but_renamed_and_ended() -> None:
    made = wish("create", KIND, "k9", "o1", origin=BODY, **key("o1"))
    assert refused(STATE, "ann", made) == ("invalid_request", ("/edits/0/kind",))
    for domain, expected in [("o1", ("", ())), (None, ("", ())), ("c1", ("unknown_reference", ("/edits/0/domain",)))]:
        for op in ("update", "delete"):
            assert refused(STATE, "ann", wish(op, KIND, "k1", domain, origin=BODY, name="x")) == expected
    assert refused(STATE, "ann", wish("delete", KIND, "k9", origin=BODY)) == ("unknown_reference", ("/edits/0/id",))
