"""Organizations: made, patched and given up by those above them."""

from __future__ import annotations

import pytest

from enterprise_policy.errors import InUseError
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.record import Kind, Status
from enterprise_service.administer.scene import Expected
from tests.support.policies import applied, organization
from tests.unit.administer.calls import edits_of, given, refused, wish

KIND = Kind.ORGANIZATION
STATE = given(organization("o3", attributes=(("a", "1"), ("b", "2"))))
O3 = organization("o3", attributes=(("a", "1"), ("b", "2")))


def test_an_organization_is_made_as_it_is_wished() -> None:
    made = wish("create", KIND, "o9", name="Nine", status=Status.SUSPENDED, attributes={"z": "1", "a": "2"})
    expected = organization("o9", name="Nine", status=Status.SUSPENDED, attributes=(("a", "2"), ("z", "1")))
    assert edits_of(STATE, "root", made) == (create(expected),)


def test_only_the_platform_makes_organizations() -> None:
    assert refused(STATE, "ann", wish("create", KIND, "o9", name="Nine")) == ("forbidden", ())


@pytest.mark.parametrize("taken", ["o1", "c1", "platform"])
def test_an_id_that_exists_is_not_made_again(taken: str) -> None:
    assert refused(STATE, "root", wish("create", KIND, taken, name="x")) == ("already_exists", ("/id",))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "New"}, {"name": "New"}),
        ({"status": Status.SUSPENDED}, {"status": Status.SUSPENDED}),
        ({"attributes": {"a": None, "b": "3", "c": "4"}}, {"attributes": (("b", "3"), ("c", "4"))}),
        ({"attributes": None}, {"attributes": ()}),
    ],
)
def test_a_patch_is_merged(fields: dict[str, object], expected: dict[str, object]) -> None:
    after = organization("o3", **{"attributes": O3.attributes, **expected})
    assert edits_of(STATE, "root", wish("update", KIND, "o3", **fields)) == (update(O3, after),)


def test_a_status_that_is_taken_away_is_active() -> None:
    suspended = organization("o4", status=Status.SUSPENDED)
    state = given(suspended)
    assert edits_of(state, "root", wish("update", KIND, "o4", status=None)) == (update(suspended, organization("o4")),)


@pytest.mark.parametrize(
    "fields", [{}, {"name": "o3"}, {"status": Status.ACTIVE}, {"status": None}, {"attributes": {"a": "1", "z": None}}]
)
def test_a_patch_without_effect_makes_no_edit(fields: dict[str, object]) -> None:
    assert edits_of(STATE, "root", wish("update", KIND, "o3", **fields)) == ()


def test_a_name_can_not_be_taken_away() -> None:
    assert refused(STATE, "root", wish("update", KIND, "o1", name=None)) == ("invalid_request", ("/name",))
    assert refused(STATE, "root", wish("create", KIND, "o9")) == ("invalid_request", ("/name",))


def test_its_own_administrator_changes_the_name_and_nothing_that_is_decided_above() -> None:
    assert refused(STATE, "ann", wish("update", KIND, "o1", name="New")) == ("", ())
    assert refused(STATE, "ann", wish("update", KIND, "o1", status=Status.ACTIVE))[0] == "forbidden"
    assert refused(STATE, "ann", wish("delete", KIND, "o1"))[0] == "forbidden"
    assert refused(STATE, "ada", wish("update", KIND, "o1", name="New"))[0] == "forbidden"


@pytest.mark.parametrize("op", ["update", "delete"])
@pytest.mark.parametrize("domain", ["o1", "o9", "c1", "platform"])
def test_what_is_not_seen_is_not_there(op: str, domain: str) -> None:
    assert refused(STATE, "oli", wish(op, KIND, domain)) == ("not_found", ())


def test_what_is_no_organization_is_not_there() -> None:
    assert refused(STATE, "root", wish("update", KIND, "c1", name="x")) == ("not_found", ())


def test_another_revision_than_expected_is_refused_after_authority() -> None:
    state = applied(given(), update(organization("o1"), organization("o1", name="One")))
    renamed = wish("update", KIND, "o1", name="Two")
    for expected, code in [({1}, "revision_mismatch"), ({2}, ""), ({1, 2}, ""), (None, "")]:
        terms = Expected(None if expected is None else frozenset(expected))
        assert refused(state, "ann", renamed, expected=terms)[0] == code
    assert refused(state, "ada", renamed, expected=Expected(frozenset({1})))[0] == "forbidden"
    assert (
        refused(state, "root", wish("delete", KIND, "o1"), expected=Expected(frozenset({1})))[0] == "revision_mismatch"
    )


def test_an_organization_that_is_in_use_stays() -> None:
    assert edits_of(STATE, "root", wish("delete", KIND, "o3")) == (delete(O3),)
    with pytest.raises(InUseError, match="`o1` is in use: domain `c1`, domain `g1`, assignment `a"):
        edits_of(STATE, "root", wish("delete", KIND, "o1"))
