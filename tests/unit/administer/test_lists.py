"""Lists: what may be read, in order, each item once however the list is walked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from enterprise_policy.errors import CallerError
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.administer.lists import AssignmentFilter, Lists, Page, Slice
from enterprise_service.administer.memo import Memo
from enterprise_service.administer.scene import Scene
from tests.support.policies import api_key, applied, assignment, clinic, organization, provider, role
from tests.unit.administer.calls import given
from tests.unit.administer.scenes import scene

LISTS = Lists()
ALL = Slice(None, 500)
STATE = given(
    assignment("gus", "auditor@platform", "c1"),
    assignment("gus", "auditor@platform", "c3"),
    role("R@o1"),
    role("Q@o1"),
    role("R@c1", extends="o1"),
    role("T@c2"),
    role("R@o2"),
    provider("dr.lee", "c1", "R@o1"),
    provider("dr.lee", "c2", "R@o1", "T@c2"),
    provider("dr.lee", "c3", "R@o2"),
    provider("dr.no", "c1", "R@o1"),
    assignment("ben", "R@o1", "c1", id="b2"),
    assignment("ben", "Q@o1", "c1", id="b1"),
    assignment("ben", "R@o1", "c2", id="b1"),
    assignment("ben", "R@o2", "o2", id="b1"),
    api_key("k2", "c1"),
    api_key("k1", "o1"),
    api_key("k3", "o2"),
    api_key("k0", "platform"),
)
Listing = Callable[[Scene, Slice], Page[Any]]


def listings(lists: Lists) -> dict[str, Listing]:
    return {
        "organizations": lists.organizations,
        "clinics": lambda s, cut: lists.clinics(s, None, cut),
        "clinics of o1": lambda s, cut: lists.clinics(s, "o1", cut),
        "providers of c1": lambda s, cut: lists.providers(s, "c1", cut),
        "clinics of dr.lee": lambda s, cut: lists.clinics_of_provider(s, "dr.lee", cut),
        "roles of o1": lambda s, cut: lists.roles(s, "o1", cut),
        "roles visible in c2": lambda s, cut: lists.roles(s, "c2", cut, visible=True),
        "assignments of c1": lambda s, cut: lists.assignments(s, AssignmentFilter("c1"), cut),
        "assignments of ben": lambda s, cut: lists.assignments_below(s, "ben", cut),
        "keys": lists.api_keys,
    }


LISTINGS = listings(LISTS)


def named(page: Page[Any]) -> list[str]:
    return [f"{item.record.id}@{item.record.domain}" for item in page.items]


def ids(page: Page[Any]) -> list[str]:
    return [item.record.id for item in page.items]


def walked(state: PolicyState, actor: str, listing: Listing, limit: int) -> list[str]:
    """The list, page by page."""
    cut, found = Slice(None, limit), []
    while True:
        page = listing(scene(state, actor), cut)
        assert 0 < len(page.items) <= limit
        found += named(page)
        if page.next is None:
            return found
        cut = Slice(page.next, limit)


@pytest.mark.parametrize(
    ("actor", "organizations", "clinics", "keys"),
    [
        ("root", ["o1", "o2"], ["c1", "c2", "c3", "g1"], ["k0", "k1", "k2", "k3"]),
        ("ann", ["o1"], ["c1", "c2", "g1"], ["k1", "k2"]),
        ("ada", ["o1"], ["c1", "c2", "g1"], ["k1", "k2"]),
        ("oli", ["o2"], ["c3"], ["k3"]),
        ("cleo", [], ["c1"], ["k2"]),
        ("gus", [], ["c1", "c3"], ["k2"]),
        ("dave", [], [], []),
        ("zoe", [], [], []),
    ],
)
def test_a_list_shows_what_may_be_read(
    actor: str, organizations: list[str], clinics: list[str], keys: list[str]
) -> None:
    call = scene(STATE, actor)
    assert ids(LISTS.organizations(call, ALL)) == organizations
    assert ids(LISTS.clinics(call, None, ALL)) == clinics
    assert ids(LISTS.api_keys(call, ALL)) == keys


@pytest.mark.parametrize(
    ("actor", "organization", "clinics"),
    [
        ("root", "o1", ["c1", "c2", "g1"]),
        ("ann", "o1", ["c1", "c2", "g1"]),
        ("cleo", "o1", ["c1"]),
        ("gus", "o2", ["c3"]),
        ("ann", "o2", []),
        ("ann", "o9", []),
        ("root", "g1", []),
        ("root", "platform", []),
    ],
)
def test_clinics_of_an_organization_are_those_that_may_be_read(
    actor: str, organization: str, clinics: list[str]
) -> None:
    assert ids(LISTS.clinics(scene(STATE, actor), organization, ALL)) == clinics


def test_a_provider_s_clinics_and_a_subject_s_assignments_are_those_in_the_caller_s_subtree() -> None:
    for actor, clinics, held in [
        ("root", ["c1", "c2", "c3"], ["b1@c1", "b1@c2", "b1@o2", "b2@c1"]),
        ("ann", ["c1", "c2"], ["b1@c1", "b1@c2", "b2@c1"]),
        ("cleo", ["c1"], ["b1@c1", "b2@c1"]),
        ("dave", [], []),
    ]:
        call = scene(STATE, actor)
        page = LISTS.clinics_of_provider(call, "dr.lee", ALL)
        assert [item.record.clinic_id for item in page.items] == clinics
        assert named(LISTS.assignments_below(call, "ben", ALL)) == held
    assert LISTS.clinics_of_provider(scene(STATE), "ben", ALL) == Page((), None)


def test_roles_are_those_made_there_and_with_visible_those_made_above() -> None:
    call = scene(STATE, "ann")
    assert named(LISTS.roles(call, "o1", ALL)) == ["Q@o1", "R@o1"]
    assert named(LISTS.roles(call, "g1", ALL)) == []
    visible = named(LISTS.roles(call, "c1", ALL, visible=True))
    assert [name for name in visible if not name.endswith("@platform")] == ["Q@o1", "R@c1", "R@o1"]
    assert visible[3] == "auditor@platform"


def test_assignments_are_found_by_subject_and_by_role() -> None:
    call = scene(STATE, "ann")
    for subject, role_id, expected in [
        (None, None, 6),
        ("ben", None, ["b1", "b2"]),
        ("ben", "Q", ["b1"]),
        (None, "Q", ["b1"]),
        ("ben", "X", []),
        ("zoe", None, []),
        (None, "clinic-admin", ["cleo.clinic-admin.platform"]),
    ]:
        found = ids(LISTS.assignments(call, AssignmentFilter("c1", subject, role_id), ALL))
        assert expected in (found, len(found))


@pytest.mark.parametrize(
    "listing",
    [
        lambda s: LISTS.providers(s, "c1", ALL),
        lambda s: LISTS.roles(s, "c1", ALL),
        lambda s: LISTS.assignments(s, AssignmentFilter("c1"), ALL),
    ],
    ids=["providers", "roles", "assignments"],
)
def test_a_list_of_a_domain_is_refused_where_it_may_not_be_read(listing: Callable[[Scene], object]) -> None:
    listing(scene(STATE, "cleo"))
    for actor, code in [("dave", "forbidden"), ("oli", "not_found"), ("zoe", "not_found")]:
        with pytest.raises(CallerError) as refusal:
            listing(scene(STATE, actor))
        assert refusal.value.code == code


def test_providers_are_listed_at_clinics_only() -> None:
    with pytest.raises(CallerError) as refusal:
        LISTS.providers(scene(STATE, "ann"), "o1", ALL)
    assert refusal.value.code == "not_found"


@pytest.mark.parametrize("name", LISTINGS)
def test_a_list_walked_in_pages_of_any_size_is_the_whole_list(name: str) -> None:
    listing = LISTINGS[name]
    whole = walked(STATE, "root", listing, 500)
    assert len(whole) == len(set(whole)) > 1
    for limit in range(1, len(whole) + 1):
        assert walked(STATE, "root", listing, limit) == whole


def test_what_is_written_meanwhile_neither_hides_nor_repeats_what_stays() -> None:
    state = given(*(clinic(f"x{n}") for n in range(10, 30, 2)))
    first = LISTS.clinics(scene(state, "ann"), "o1", Slice(None, 6))
    assert ids(first) == ["c1", "c2", "g1", "x10", "x12", "x14"]
    edits = (delete(clinic("x14")), create(clinic("x11")), create(clinic("x15")), delete(clinic("x18")))
    moved = update(clinic("x20"), clinic("x20", "g1"))
    later = applied(state, *edits, moved)
    rest = LISTS.clinics(scene(later, "ann"), "o1", Slice(first.next, 500))
    assert ids(rest) == ["x15", "x16", "x20", "x22", "x24", "x26", "x28"]
    assert rest.next is None


def test_lists_follow_every_change() -> None:
    state = STATE
    for edit in [
        create(organization("o0")),
        create(clinic("c0")),
        create(role("A@o1")),
        create(api_key("k00", "c1")),
        create(assignment("ben", "A@o1", "c1", id="a0")),
        create(provider("aa", "c1", "R@o1")),
    ]:
        before = {name: walked(state, "root", listing, 500) for name, listing in LISTINGS.items()}
        state = applied(state, edit)
        now = {name: walked(state, "root", listing, 500) for name, listing in LISTINGS.items()}
        assert before != now
        assert {name: walked(state, "root", listing, 500) for name, listing in listings(Lists()).items()} == now


# --- what is remembered -------------------------------------------------------------------------------------


def test_an_answer_is_made_once_for_the_very_same_parts() -> None:
    memo: Memo[object] = Memo(2)
    one, equal = [1], [1]
    first = memo.get("q", (one,), object)
    assert memo.get("q", (one,), object) is first
    assert memo.get("q", (equal,), object) is not first
    assert memo.get("q", (one, one), object) is not first


def test_only_the_questions_asked_last_are_remembered() -> None:
    memo: Memo[object] = Memo(2)
    answers = [memo.get(question, (), object) for question in "abc"]
    assert memo.get("c", (), object) is answers[2]
    assert memo.get("b", (), object) is answers[1]
    assert memo.get("a", (), object) is not answers[0]
