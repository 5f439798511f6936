"""Roles: made, extended, patched and given up."""

from __future__ import annotations

import pytest

from enterprise_policy.errors import InUseError
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.record import Kind, Record
from enterprise_policy.values.windows import Window
from enterprise_service.administer.wish import RoleName
from tests.support.policies import allow, api_key, assignment, deny, provider, role
from tests.unit.administer.calls import R, edits_of, given, refused, wish
from tests.unit.administer.scenes import NOW

KIND = Kind.ROLE
ENDED = Window(None, NOW)
RECORDS = (role("R@o1", deny("/a"), description="old"), role("H@c1", inherits=("R@o1",)), role("T@o2"))
STATE = given(*RECORDS)


def test_a_role_is_made_as_it_is_wished() -> None:
    made = wish(
        "create", KIND, "S", "c1", description="new", inherits=[R, RoleName("c1", "H")], permissions=[deny("/b")]
    )
    expected = role("S@c1", deny("/b"), inherits=("R@o1", "H@c1"), description="new")
    assert edits_of(STATE, "ann", made) == (create(expected),)
    assert edits_of(STATE, "ann", wish("create", KIND, "S", "c1")) == (create(role("S@c1")),)
    bare = wish("create", KIND, "S", "c1", description=None, extends=None, inherits=None, permissions=None)
    assert edits_of(STATE, "ann", bare) == (create(role("S@c1")),)


def test_an_id_made_above_is_another_role_or_with_extends_a_part_of_that_one() -> None:
    assert edits_of(STATE, "ann", wish("create", KIND, "R", "c1")) == (create(role("R@c1")),)
    extension = wish("create", KIND, "R", "c1", extends="o1", permissions=[deny("/b")])
    assert edits_of(STATE, "ann", extension) == (create(role("R@c1", deny("/b"), extends="o1")),)


@pytest.mark.parametrize(
    ("actor", "name", "domain", "fields", "expected"),
    [
        ("ann", "R", "o1", {}, ("already_exists", ("/id",))),
        ("ann", "S", "o2", {}, ("not_found", ())),
        ("ann", "S", "platform", {}, ("not_found", ())),
        ("cleo", "S", "c1", {}, ("forbidden", ())),
        ("cleo", "S", "c1", {"inherits": [RoleName(None, "X")]}, ("forbidden", ())),
        ("ann", "S", "o1", {"inherits": [R, RoleName(None, "X")]}, ("unknown_reference", ("/inherits/1",))),
        ("ann", "S", "o1", {"inherits": [RoleName("o2", "T")]}, ("unknown_reference", ("/inherits/0",))),
        ("ann", "S", "o1", {"inherits": [RoleName("o9", "T")]}, ("unknown_reference", ("/inherits/0",))),
        ("ann", "T", "o1", {"extends": "o2"}, ("unknown_reference", ("/extends",))),
        ("ann", "T", "o1", {"extends": "o9"}, ("unknown_reference", ("/extends",))),
        ("ann", "auditor", "o1", {}, ("reserved", ("/id",))),
        ("root", "auditor", "o1", {}, ("reserved", ("/id",))),
        ("ann", "auditor", "o1", {"extends": "platform"}, ("reserved", ("/id",))),
        ("ann", "S", "o1", {"permissions": [allow("/management/x")]}, ("reserved", ("/permissions/0/resource",))),
        ("ann", None, "o1", {}, ("invalid_request", ("/id",))),
        ("ann", "S", None, {}, ("invalid_request", ("/domain",))),
    ],
)
def test_a_role_that_can_not_be_made_is_refused(
    actor: str, name: str, domain: str, fields: dict[str, object], expected: tuple[str, tuple[str, ...]]
) -> None:
    assert refused(STATE, actor, wish("create", KIND, name, domain, **fields)) == expected


def test_a_domain_that_may_not_be_seen_is_refused_like_one_that_is_not_there() -> None:
    told = set()
    for domain in ("o2", "o9"):
        with pytest.raises(Exception, match="there is no role") as refusal:
            edits_of(STATE, "ann", wish("create", KIND, "S", "o1", inherits=[RoleName(domain, "T")]))
        told.add(str(refusal.value).replace(domain, "?"))
    assert len(told) == 1


def test_a_patch_is_merged() -> None:
    before = RECORDS[0]
    for fields, expected in [
        ({"description": "new"}, role("R@o1", deny("/a"), description="new")),
        ({"description": None}, role("R@o1", deny("/a"))),
        ({"permissions": [deny("/b")]}, role("R@o1", deny("/b"), description="old")),
        ({"permissions": None}, role("R@o1", description="old")),
        ({"extends": None, "permissions": []}, role("R@o1", description="old")),
    ]:
        assert edits_of(STATE, "ann", wish("update", KIND, "R", "o1", **fields)) == (update(before, expected),)
    heir = wish("update", KIND, "H", "c1", inherits=None)
    assert edits_of(STATE, "ann", heir) == (update(RECORDS[1], role("H@c1")),)


@pytest.mark.parametrize("fields", [{}, {"description": "old"}, {"permissions": [deny("/a")]}, {"inherits": []}])
def test_a_patch_without_effect_makes_no_edit(fields: dict[str, object]) -> None:
    assert edits_of(STATE, "ann", wish("update", KIND, "R", "o1", **fields)) == ()


def test_what_is_extended_can_not_change() -> None:
    assert refused(STATE, "ann", wish("update", KIND, "H", "c1", extends="o1")) == ("invalid_request", ("/extends",))


@pytest.mark.parametrize("op", ["update", "delete"])
def test_built_in_roles_stay_as_they_are(op: str) -> None:
    assert refused(STATE, "root", wish(op, KIND, "auditor", "platform")) == ("reserved", ("/id",))


@pytest.mark.parametrize("op", ["update", "delete"])
def test_who_may_not_read_roles_is_not_told_whether_one_is_there(op: str) -> None:
    assert refused(STATE, "ada", wish(op, KIND, "X", "o1"))[0] == "not_found"
    assert refused(STATE, "ada", wish(op, KIND, "R", "o1"))[0] == "forbidden"
    assert {refused(STATE, "dave", wish(op, KIND, name, "o1"))[0] for name in ("X", "R")} == {"forbidden"}
    assert {refused(STATE, "oli", wish(op, KIND, name, "o1"))[0] for name in ("X", "R")} == {"not_found"}


def test_a_role_in_use_stays_and_its_users_are_named() -> None:
    users = (assignment("ben", "R@o1", "c2"), assignment("cat", "R@o1", "o1", window=ENDED))
    with pytest.raises(InUseError, match=r"`R` is in use: role `H` in `c1`, assignment `ben\.R\.o1` of `ben` in `c2`$"):
        edits_of(given(*RECORDS, *users), "ann", wish("delete", KIND, "R", "o1"))


def test_a_role_takes_what_has_ended_with_it() -> None:
    holders: tuple[Record, ...] = (
        assignment("ben", "T@o1", "c2", window=ENDED),
        assignment("cat", "T@o1", "o1", window=ENDED, managed_by="bundle"),
        assignment("cat", "R@o1", "o1", window=ENDED),
        provider("dr.lee", "c1", "R@o1", "T@o1", window=ENDED),
        provider("dr.no", "c1", "R@o1", window=ENDED),
    )
    state = given(*RECORDS, role("T@o1"), api_key("k1", "c1", expires_at=NOW), *holders)
    gone = (holders[3], holders[0], holders[1], role("T@o1"))
    assert edits_of(state, "ann", wish("delete", KIND, "T", "o1")) == tuple(map(delete, gone))


def test_an_extension_goes_alone() -> None:
    extension = role("R@c1", extends="o1")
    state = given(*RECORDS, extension, assignment("ben", "R@o1", "c1", window=ENDED))
    assert edits_of(state, "ann", wish("delete", KIND, "R", "c1")) == (delete(extension),)
