"""A change undone by another."""

from __future__ import annotations

import pytest

from enterprise_policy.errors import CallerError, ConflictError
from enterprise_policy.state.change import Change
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.record import Kind, Record
from enterprise_policy.values.windows import Window
from enterprise_service.administer.commit import judge
from enterprise_service.administer.revert import reverting, skipped_by
from tests.support.policies import allow, api_key, assignment, clinic, deny, organization, provider, role
from tests.unit.administer.calls import edits_of, wish
from tests.unit.administer.scenes import scene
from tests.unit.administer.written import Written

R, T = role("R@o1", deny("/a")), role("T@o2")
BEN, ZED = assignment("ben", "R@o1", "c1"), assignment("zed", "T@o2", "c3")
NARROWED = role("R@o1", deny("/b"))


class Undone(Written):
    """What comes of reverts of what was written."""

    def __init__(self, *records: Record) -> None:
        super().__init__(R, T, *records)

    def revert(self, change: Change, actor: str) -> tuple[Edit, ...]:
        """The edits that ``actor``'s revert of ``change`` would make."""
        return judge(scene(self.state, actor, reverts=change.revision), reverting(change, self.history))

    def code(self, change: Change, actor: str) -> str:
        """The code that it is refused with."""
        try:
            self.revert(change, actor)
        except CallerError as error:
            return error.code
        return ""


def test_a_change_is_undone_edit_by_edit_last_first() -> None:
    written = Undone(BEN)
    change = written.write(
        update(R, NARROWED),
        create(role("S@c1", inherits=("R@o1",))),
        create(assignment("al", "S@c1", "c1")),
        delete(BEN),
    )
    assert written.revert(change, "ann") == (
        create(BEN),
        delete(assignment("al", "S@c1", "c1")),
        delete(role("S@c1", inherits=("R@o1",))),
        update(NARROWED, R),
    )


def test_a_record_that_was_edited_twice_is_led_back_all_the_way() -> None:
    written = Undone()
    change = written.write(update(R, NARROWED), update(NARROWED, role("R@o1")), delete(role("R@o1")))
    assert written.revert(change, "ann") == (
        create(role("R@o1")),
        update(role("R@o1"), NARROWED),
        update(NARROWED, R),
    )


def test_a_revert_can_be_reverted() -> None:
    written = Undone()
    change = written.write(update(R, NARROWED))
    undone = written.write(*written.revert(change, "ann"))
    assert written.revert(undone, "ann") == (update(R, NARROWED),)


@pytest.mark.parametrize(
    ("made", "since"),
    [
        (update(R, NARROWED), update(NARROWED, role("R@o1"))),
        (update(R, NARROWED), delete(NARROWED)),
        (create(BEN), delete(BEN)),
        (delete(clinic("c1")), create(clinic("c1"))),
    ],
    ids=["changed", "gone", "gone-that-was-made", "there-again"],
)
def test_what_has_moved_since_is_a_conflict_that_names_it(made: Edit, since: Edit) -> None:
    written = Undone()
    written.write(*((delete(assignment("cleo", "clinic-admin@platform", "c1")),) if made.after is None else ()))
    change = written.write(made)
    written.write(since)
    record = made.record
    with pytest.raises(ConflictError, match=f"has changed since: {record.KIND} `{record.id}` in `{record.domain}`$"):
        written.revert(change, "root")


def test_a_thing_that_is_as_it_was_left_can_be_undone_whatever_happened_between() -> None:
    written = Undone()
    change = written.write(create(BEN))
    written.write(delete(BEN))
    written.write(create(BEN))
    assert written.revert(change, "cleo") == (delete(BEN),)


# --- sight and authority ----------------------------------------------------------------------------------------


def test_what_is_out_of_sight_is_not_there_and_what_is_partly_in_sight_is_refused() -> None:
    written = Undone()
    both, mine = written.write(create(ZED), create(BEN)), written.write(update(R, NARROWED))
    assert {actor: written.code(both, actor) for actor in ("zoe", "dave", "ann", "oli", "ada", "root")} == {
        "zoe": "not_found",
        "dave": "not_found",
        "ann": "forbidden",
        "oli": "forbidden",
        "ada": "forbidden",
        "root": "",
    }
    assert [written.code(mine, actor) for actor in ("oli", "cleo", "ada", "ann")] == [
        "not_found",
        "not_found",
        "forbidden",
        "",
    ]


def test_who_may_not_undo_is_not_told_what_has_moved() -> None:
    written = Undone()
    change = written.write(update(R, NARROWED))
    written.write(delete(NARROWED))
    assert written.code(change, "ada") == "forbidden"
    assert written.code(change, "ann") == "conflict"


def test_changes_of_a_domain_that_is_gone_are_in_sight_where_it_was() -> None:
    written = Undone()
    change = written.write(create(assignment("ben", "R@o1", "c2")))
    written.write(delete(assignment("ben", "R@o1", "c2")))
    written.write(delete(clinic("c2", "g1")))
    assert [written.code(change, actor) for actor in ("ann", "oli", "cleo")] == ["conflict", "not_found", "not_found"]


def test_a_revert_gives_nobody_what_he_may_not_have() -> None:
    written = Undone()
    admin = assignment("ann", "platform-admin@platform", "platform")
    written.write(create(admin))
    change = written.write(delete(admin))
    assert written.code(change, "ann") == "not_found"
    allowed = role("R@o1", allow("/a"))
    written.write(update(R, allowed))
    narrowed = written.write(update(allowed, R))
    assert written.code(narrowed, "ann") == "not_in_catalogue"


# --- cascades, keys and providers ----------------------------------------------------------------------------------


def test_a_cascade_comes_back_whole_but_for_keys() -> None:
    inside = (
        clinic("c9", "g1"),
        role("S@g1", inherits=("R@o1",)),
        role("S@c9", extends="g1"),
        assignment("ben", "S@g1", "c9", window=Window(5, None)),
        provider("dr.lee", "c2", "R@o1"),
        api_key("k1", "g1", created_by="ann"),
        api_key("k2", "c9", created_by="key:k1"),
    )
    written = Undone(*inside)
    before = written.state
    change = written.write(*edits_of(before, "ann", wish("delete", Kind.CLINIC, "g1", cascade=True)))
    assert skipped_by(change) == [
        {"kind": "api_key", "domain": "c9", "id": "k2"},
        {"kind": "api_key", "domain": "g1", "id": "k1"},
    ]
    assert written.code(change, "cleo") == "not_found"
    assert written.code(change, "ada") == "forbidden"
    written.write(*written.revert(change, "ann"))
    for kind in (Kind.CLINIC, Kind.ROLE, Kind.ASSIGNMENT, Kind.PROVIDER_ASSIGNMENT):
        now, then = written.state.table(kind), before.table(kind)
        assert {v.record for v in now} == {v.record for v in then}
    assert not list(written.state.api_keys)
    assert written.state.assignments_of("dr.lee", "c2") == before.assignments_of("dr.lee", "c2")


def test_an_id_comes_back_by_the_revert_of_the_very_change_that_gave_it_up() -> None:
    o9 = organization("o9")
    written = Undone(o9)
    first = written.write(delete(o9))
    assert written.revert(first, "root") == (create(o9),)
    written.write(create(o9))
    second = written.write(delete(o9))
    assert written.code(first, "root") == "already_exists"
    assert written.revert(second, "root") == (create(o9),)


def test_no_key_is_revived() -> None:
    key = api_key("k1", "o1", created_by="ann")
    written = Undone(key)
    ended = written.write(delete(key))
    with pytest.raises(ConflictError, match="only ended keys"):
        written.revert(ended, "ann")
    with_more = Undone(key)
    change = with_more.write(delete(key), update(R, NARROWED))
    assert with_more.revert(change, "ann") == (update(NARROWED, R),)


def test_a_key_that_was_made_goes_with_those_that_it_made() -> None:
    k1, k2 = api_key("k1", "o1", created_by="ann"), api_key("k2", "c1", created_by="key:k1")
    written = Undone()
    made = written.write(create(k1))
    renamed = api_key("k2", "c1", name="new", created_by="key:k1")
    written.write(create(k2))
    rename = written.write(update(k2, renamed))
    assert written.revert(made, "ann") == (delete(renamed), delete(k1))
    assert written.revert(rename, "ann") == (update(renamed, k2),)
    assert skipped_by(made) == []


def test_what_is_in_use_by_now_can_not_be_undone() -> None:
    written = Undone()
    made = written.write(create(role("S@o1")))
    written.write(create(assignment("ben", "S@o1", "c1")))
    assert written.code(made, "ann") == "in_use"


def test_what_came_from_git_is_changed_there() -> None:
    managed = role("S@o1", managed_by="bundle")
    written = Undone()
    assert written.code(written.write(create(managed)), "root") == "managed_by_bundle"
