"""The history: each change as far as its edits are in sight, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from enterprise_policy.errors import NotFoundError
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_service.administer import history
from enterprise_service.administer.history import HistoryFilter
from enterprise_service.administer.scene import Scene
from tests.support.policies import api_key, assignment, clinic, organization, role
from tests.unit.administer.scenes import scene
from tests.unit.administer.written import Written

EVERYTHING: Final = HistoryFilter()
BEN, EVE = assignment("ben", "R@o1", "c1"), assignment("eve", "R@o1", "c1")
ZED = assignment("zed", "T@o2", "c3")


class Told(Written):
    """What actors find in the history of what was written."""

    def __init__(self) -> None:
        super().__init__(role("R@o1"), role("T@o2"))

    def make(self, *edits: Edit, **more: object) -> int:
        """Append a change; its revision."""
        return self.write(*edits, **more).revision

    def call(self, actor: str) -> Scene:
        return scene(self.state, actor)

    def seen(self, actor: str, wanted: HistoryFilter = EVERYTHING) -> dict[int, tuple[Edit, ...]]:
        """Each change that the actor finds, with the edits that he sees."""
        page = self.history.page(self.call(actor), wanted, None, 500)
        assert page.next is None
        revisions = [each.change.revision for each in page.changes]
        assert revisions == sorted(revisions, reverse=True)
        return {each.change.revision: each.edits for each in page.changes}


def test_a_change_is_shown_as_far_as_its_edits_are_in_sight() -> None:
    written = Told()
    both = written.make(create(BEN), create(ZED))
    assert written.seen("root")[both] == (create(BEN), create(ZED))
    assert written.seen("ann")[both] == written.seen("ada")[both] == written.seen("cleo")[both] == (create(BEN),)
    assert written.seen("oli")[both] == (create(ZED),)
    for actor in ("dave", "zoe"):
        assert written.seen(actor) == {}
    assert written.history.one(written.call("ann"), both).edits == (create(BEN),)


def test_what_has_nothing_in_sight_is_not_there() -> None:
    written = Told()
    foreign = written.make(create(ZED))
    assert foreign not in written.seen("ann")
    for actor, revision in [("ann", foreign), ("zoe", foreign), ("root", 0), ("root", -1), ("root", foreign + 1)]:
        with pytest.raises(NotFoundError, match="there is no such thing here"):
            written.history.one(written.call(actor), revision)
    assert written.history.one(written.call("oli"), foreign).change.revision == foreign


def test_an_edit_of_a_domain_is_seen_from_above_and_from_inside() -> None:
    written = Told()
    renamed = written.make(update(clinic("c1"), clinic("c1", name="New")))
    foreign = written.make(update(organization("o2"), organization("o2", name="New")))
    assert renamed in written.seen("cleo")
    assert renamed in written.seen("ann")
    assert renamed not in written.seen("oli")
    assert foreign in written.seen("oli")
    assert foreign not in written.seen("ann")


def test_a_key_s_edit_lies_in_the_key_s_domain() -> None:
    written = Told()
    made = written.make(create(api_key("k1", "c1")))
    assert [actor for actor in ("root", "ann", "cleo", "oli", "zoe") if made in written.seen(actor)] == [
        "root",
        "ann",
        "cleo",
    ]


def test_changes_in_domains_that_are_gone_are_seen_from_where_they_were() -> None:
    written = Told()
    made = written.make(create(clinic("c8", "g1")), create(clinic("c9", "c8")), create(role("S@c9")))
    assigned = written.make(create(assignment("ben", "S@c9", "c9")))
    gone = written.make(
        *map(delete, (assignment("ben", "S@c9", "c9"), role("S@c9"), clinic("c9", "c8"), clinic("c8", "g1")))
    )
    group = written.make(delete(clinic("c2", "g1")), delete(clinic("g1")))
    for revision, number in [(made, 3), (assigned, 1), (gone, 4), (group, 2)]:
        assert len(written.seen("ann")[revision]) == len(written.seen("root")[revision]) == number
        assert revision not in written.seen("oli")
        assert revision not in written.seen("cleo")
    for domain, expected in [("c9", {made, assigned, gone}), ("g1", {1, made, assigned, gone, group})]:
        wanted = HistoryFilter(domain=domain)
        assert set(written.seen("ann", wanted)) == set(written.seen("root", wanted)) == expected
        assert written.seen("oli", wanted) == {}


def test_a_domain_that_came_back_is_where_it_is_now() -> None:
    written = Told()
    written.make(create(clinic("c9", "c1")))
    gone = written.make(delete(clinic("c9", "c1")))
    assert gone in written.seen("cleo")
    back = written.make(create(clinic("c9", "c2")))
    assigned = written.make(create(assignment("ben", "R@o1", "c9")))
    assert {gone, back, assigned} & set(written.seen("cleo")) == {gone}
    written.make(delete(assignment("ben", "R@o1", "c9")))
    written.make(delete(clinic("c9", "c2")))
    assert {gone, back, assigned} & set(written.seen("cleo")) == {gone}
    assert {gone, back, assigned} <= set(written.seen("ann"))


def test_changes_are_found_by_what_is_asked() -> None:
    written = Told()
    first = written.make(create(BEN), actor="ann")
    second = written.make(create(EVE), actor="cleo")
    third = written.make(delete(BEN), actor="cleo")
    renamed = written.make(update(clinic("c2", "g1"), clinic("c2", "g1", name="New")), actor="ann")
    rows: Sequence[tuple[HistoryFilter, set[int]]] = [
        (HistoryFilter(actor="cleo"), {second, third}),
        (HistoryFilter(subject="ben"), {first, third}),
        (HistoryFilter(subject="ben", actor="ann"), {first}),
        (HistoryFilter(since=second), {third, renamed}),
        (HistoryFilter(domain="g1", since=1), {renamed}),
        (HistoryFilter(domain="o1", since=1), {first, second, third, renamed}),
        (HistoryFilter(domain="platform", since=1), {first, second, third, renamed}),
        (HistoryFilter(domain="o2", since=1), set()),
        (HistoryFilter(domain="o9"), set()),
        (HistoryFilter(subject="nobody"), set()),
    ]
    for wanted, expected in rows:
        assert set(written.seen("ann", wanted)) == set(written.seen("root", wanted)) == expected
    assert set(written.seen("cleo", HistoryFilter(domain="o1", since=1))) == {first, second, third}
    assert written.seen("oli", HistoryFilter(domain="o1")) == {}


def test_a_filter_does_not_let_feel_what_is_out_of_sight() -> None:
    written = Told()
    both = written.make(create(BEN), create(ZED))
    assert both in written.seen("oli", HistoryFilter(subject="zed"))
    assert both not in written.seen("oli", HistoryFilter(subject="ben"))
    assert both not in written.seen("ann", HistoryFilter(domain="c3"))
    assert both not in written.seen("oli", HistoryFilter(domain="c3", subject="ben"))


def test_pages_are_filled_whatever_lies_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "READ_AT_ONCE", 5)
    written = Told()
    mine, before = [], clinic("c1")
    for number in range(24):
        after = clinic("c1", name=str(number))
        foreign = (create(ZED),) if number % 2 else (delete(ZED),)
        mine.append(written.make(update(before, after), *(() if number == 0 else foreign)))
        before = after
    wanted, revisions, cut = HistoryFilter(subject="zed"), [], None
    assert written.history.page(written.call("ann"), wanted, None, 7).changes == ()
    while True:
        page = written.history.page(written.call("oli"), HistoryFilter(since=1), cut, 7)
        revisions += [each.change.revision for each in page.changes]
        cut = page.next
        if cut is None:
            break
        assert len(page.changes) == 7
    assert revisions == mine[:0:-1]


def test_a_history_ends_with_the_state_that_it_is_asked_at() -> None:
    written = Told()
    early = written.call("root")
    late = written.make(create(BEN))
    assert [each.change.revision for each in written.history.page(early, EVERYTHING, None, 9).changes] == [1]
    with pytest.raises(NotFoundError):
        written.history.one(early, late)


def test_a_change_is_read_whole_by_its_revision() -> None:
    written = Told()
    made = written.make(create(BEN))
    assert written.history.raw(made).edits == (create(BEN),)
    for revision in (0, -1, made + 1, 2**70):
        with pytest.raises(NotFoundError):
            written.history.raw(revision)
