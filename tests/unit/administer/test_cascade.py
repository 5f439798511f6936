"""What goes with a domain."""

from __future__ import annotations

import pytest

from enterprise_policy.state.edits import delete
from enterprise_policy.state.record import Kind, Record
from enterprise_policy.values.windows import Window
from tests.support.policies import api_key, assignment, clinic, organization, provider, role
from tests.unit.administer.calls import after, edits_of, given, refused, wish
from tests.unit.administer.scenes import NOW

ENDED, OPEN = Window(None, NOW), Window(None, NOW + 1)
C9 = clinic("c9", "g1")


def gone(*records: Record) -> list[Record]:
    """What is deleted with clinic `c9`, which has ``records``, in order."""
    edits = edits_of(given(role("R@o1"), C9, *records), "ann", wish("delete", Kind.CLINIC, "c9"))
    assert all(edit.after is None for edit in edits)
    return [edit.record for edit in edits]


def kept(*records: Record) -> str:
    return refused(given(role("R@o1"), C9, *records), "ann", wish("delete", Kind.CLINIC, "c9"))[0]


def test_what_has_ended_goes_with_its_domain() -> None:
    ended: tuple[Record, ...] = (
        assignment("ben", "R@o1", "c9", window=ENDED, managed_by="bundle"),
        provider("dr.lee", "c9", "R@o1", window=ENDED),
        api_key("k2", "c9", expires_at=NOW, created_by="key:k1"),
        api_key("k1", "c9", expires_at=NOW, created_by="ann"),
    )
    assert gone(*ended) == [*ended, C9]
    assert gone() == [C9]


@pytest.mark.parametrize(
    "user",
    [
        assignment("eve", "R@o1", "c9"),
        assignment("eve", "R@o1", "c9", window=Window(NOW + 1, None)),
        provider("dr.lee", "c9", "R@o1", window=OPEN),
        api_key("k1", "c9"),
        api_key("k1", "c9", expires_at=NOW + 1),
        role("S@c9"),
        clinic("c10", "c9"),
    ],
)
def test_what_has_not_ended_keeps_its_domain(user: Record) -> None:
    assert kept(assignment("ben", "R@o1", "c9", window=ENDED), user) == "in_use"


def test_a_cascade_takes_all_that_is_in_the_domain_and_below() -> None:
    inside = (
        clinic("c9", "g1"),
        role("S@g1", inherits=("R@o1",)),
        role("R@g1"),
        role("R@c9", extends="g1", inherits=("S@g1",)),
        role("T@c9", inherits=("R@g1", "S@g1")),
        assignment("ben", "T@c9", "c9"),
        assignment("cat", "R@o1", "g1", window=ENDED),
        provider("dr.lee", "c2", "S@g1", "R@o1"),
        api_key("k1", "g1", created_by="ann"),
        api_key("k2", "c9", created_by="key:k1"),
        api_key("k3", "c1", created_by="key:k2"),
    )
    outside = (role("R@o1"), assignment("dan", "R@o1", "c1"), api_key("k4", "c1", created_by="ann"))
    state = given(outside[0], *inside, *outside[1:])
    edits = edits_of(state, "ann", wish("delete", Kind.CLINIC, "g1", cascade=True))
    expected = {delete(record) for record in (*inside, clinic("g1"), clinic("c2", "g1"))}
    assert len(edits) == len(expected)
    assert set(edits) == expected
    left = after(state, "ann", wish("delete", Kind.CLINIC, "g1", cascade=True))
    assert set(left.retired) == {"g1", "c2", "c9"}
    assert all(next(left.table(record.KIND).items(record.home), None) is not None for record in outside)


def test_an_organization_goes_with_all_that_is_in_it() -> None:
    state = given(role("R@o1"), assignment("ben", "R@o1", "c2"))
    left = after(state, "root", wish("delete", Kind.ORGANIZATION, "o1", cascade=True))
    assert {each.record.id for each in left.organizations} == {"o2"}
    assert {each.record.domain for each in left.assignments} == {"platform", "o2"}
    assert {each.record.domain for each in left.roles} == {"platform"}


def test_a_cascade_is_asked_for_like_a_deletion() -> None:
    assert refused(given(), "cleo", wish("delete", Kind.CLINIC, "c1", cascade=True))[0] == "forbidden"
    assert refused(given(), "oli", wish("delete", Kind.CLINIC, "c1", cascade=True))[0] == "not_found"
    assert refused(given(), "ann", wish("delete", Kind.ORGANIZATION, "o1", cascade=True))[0] == "forbidden"


def test_a_cascade_stops_at_what_is_changed_in_git() -> None:
    for managed, code in [
        (role("S@c9", managed_by="bundle"), "managed_by_bundle"),
        (clinic("c10", "c9", managed_by="bundle"), "managed_by_bundle"),
        (assignment("ben", "R@o1", "c9", managed_by="bundle"), ""),
    ]:
        state = given(role("R@o1"), C9, managed)
        assert refused(state, "ann", wish("delete", Kind.CLINIC, "g1", cascade=True))[0] == code


def test_an_empty_organization_goes_alone() -> None:
    o9 = organization("o9")
    assert edits_of(given(o9), "root", wish("delete", Kind.ORGANIZATION, "o9", cascade=True)) == (delete(o9),)
