"""Assignments: who is given which role, and deprived of it."""

from __future__ import annotations

import pytest

from enterprise_policy.state.assignment import Source
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.record import Kind
from enterprise_policy.values.windows import Window
from enterprise_service.administer.wish import RoleName
from tests.support.policies import assignment, provider, role
from tests.unit.administer.calls import R, edits_of, given, refused, wish

KIND = Kind.ASSIGNMENT
BEN = assignment("ben", "R@o1", "c1", window=Window(10, 2_000), reason="leave")
LEE = provider("dr.lee", "c1", "R@o1")
STATE = given(role("R@o1"), role("R@platform"), role("R@c2", extends="o1"), role("X@c2"), role("T@o2"), BEN, LEE)


def test_a_subject_is_given_the_nearest_role_of_that_name() -> None:
    for name, held in [(R, "R@o1"), (RoleName("platform", "R"), "R@platform"), (RoleName("o1", "R"), "R@o1")]:
        for domain in ("o1", "c1", "c2"):
            made = wish("create", KIND, "a1", domain, subject='al, "x"', role=name, ends_at=9, reason="why")
            expected = assignment(
                'al, "x"', held, domain, id="a1", window=Window(None, 9), reason="why", created_by="ann"
            )
            assert edits_of(STATE, "ann", made) == (create(expected),)
            assert expected.source is Source.DIRECT


@pytest.mark.parametrize(
    ("actor", "domain", "name", "expected"),
    [
        ("cleo", "c1", R, ("", ())),
        ("cleo", "c1", RoleName(None, "X"), ("unknown_reference", ("/role",))),
        ("cleo", "c1", RoleName("c2", "X"), ("unknown_reference", ("/role",))),
        ("cleo", "c1", RoleName("o9", "X"), ("unknown_reference", ("/role",))),
        ("cleo", "c1", RoleName("o2", "T"), ("unknown_reference", ("/role",))),
        ("ann", "c2", RoleName("c2", "R"), ("unknown_reference", ("/role",))),
        ("cleo", "c2", R, ("not_found", ())),
        ("cleo", "o1", R, ("not_found", ())),
        ("ada", "o1", R, ("forbidden", ())),
        ("ada", "o1", RoleName(None, "X"), ("forbidden", ())),
        ("ann", "o9", R, ("not_found", ())),
    ],
)
def test_a_role_is_given_where_the_caller_may(
    actor: str, domain: str, name: RoleName, expected: tuple[str, tuple[str, ...]]
) -> None:
    assert refused(STATE, actor, wish("create", KIND, "a1", domain, subject="al", role=name)) == expected


@pytest.mark.parametrize("missing", ["subject", "role"])
def test_what_is_missing_is_named(missing: str) -> None:
    fields = {name: value for name, value in {"subject": "al", "role": R}.items() if name != missing}
    assert refused(STATE, "ann", wish("create", KIND, "a1", "o1", **fields)) == ("invalid_request", (f"/{missing}",))


def test_a_time_in_which_it_is_held_already_is_refused() -> None:
    again = {"subject": "ben", "role": R}
    assert refused(STATE, "cleo", wish("create", KIND, "a1", "c1", **again)) == ("already_exists", ("/role",))
    assert refused(STATE, "cleo", wish("create", KIND, "a1", "c1", **again, starts_at=2_000)) == ("", ())
    assert refused(STATE, "cleo", wish("create", KIND, BEN.id, "c1", **again))[1] == ("/id",)


def test_a_patch_is_merged() -> None:
    for fields, window, reason in [
        ({"ends_at": 1_000}, Window(10, 1_000), "leave"),
        ({"starts_at": None}, Window(None, 2_000), "leave"),
        ({"ends_at": None, "reason": None}, Window(10, None), None),
        ({"reason": "more"}, Window(10, 2_000), "more"),
    ]:
        made = assignment("ben", "R@o1", "c1", window=window, reason=reason)
        assert edits_of(STATE, "cleo", wish("update", KIND, BEN.id, "c1", **fields)) == (update(BEN, made),)


@pytest.mark.parametrize("fields", [{}, {"starts_at": 10, "ends_at": 2_000}, {"reason": "leave"}])
def test_a_patch_without_effect_makes_no_edit(fields: dict[str, object]) -> None:
    assert edits_of(STATE, "cleo", wish("update", KIND, BEN.id, "c1", **fields)) == ()


def test_a_window_that_holds_no_moment_is_refused() -> None:
    for fields in ({"ends_at": 10}, {"starts_at": 2_000}):
        assert refused(STATE, "cleo", wish("update", KIND, BEN.id, "c1", **fields)) == (
            "invalid_request",
            ("/ends_at",),
        )
    made = wish("create", KIND, "a1", "c1", subject="al", role=R, starts_at=1, ends_at=1)
    assert refused(STATE, "cleo", made) == ("invalid_request", ("/ends_at",))


def test_an_assignment_is_taken_away() -> None:
    assert edits_of(STATE, "cleo", wish("delete", KIND, BEN.id, "c1")) == (delete(BEN),)


def test_what_follows_from_a_provider_s_record_changes_only_through_it() -> None:
    (derived,) = STATE.assignments_of("dr.lee", "c1")
    for op in ("update", "delete"):
        assert refused(STATE, "cleo", wish(op, KIND, derived.id, "c1", ends_at=5))[0] == "conflict"
        assert refused(STATE, "ada", wish(op, KIND, derived.id, "c1", ends_at=5))[0] == "forbidden"


def test_what_came_from_git_can_be_taken_away_and_shortened_but_not_stretched() -> None:
    managed = assignment("ben", "R@o1", "c1", window=Window(10, 2_000), managed_by="bundle")
    state = given(role("R@o1"), managed)
    for fields, code in [({"ends_at": 1_500}, ""), ({"ends_at": None}, "managed_by_bundle"), ({}, "")]:
        assert refused(state, "cleo", wish("update", KIND, managed.id, "c1", **fields))[0] == code
    assert edits_of(state, "cleo", wish("delete", KIND, managed.id, "c1")) == (delete(managed),)


@pytest.mark.parametrize("op", ["update", "delete"])
def test_who_may_not_read_assignments_is_not_told_whether_one_is_there(op: str) -> None:
    assert refused(STATE, "ada", wish(op, KIND, "a9", "c1"))[0] == "not_found"
    assert {refused(STATE, "dave", wish(op, KIND, name, "c1"))[0] for name in ("a9", BEN.id)} == {"forbidden"}
    assert {refused(STATE, "oli", wish(op, KIND, name, "c1"))[0] for name in ("a9", BEN.id)} == {"not_found"}
