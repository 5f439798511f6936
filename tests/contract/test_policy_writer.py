"""The promises of ``PolicyWriter``, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from enterprise_policy.decide.casbin_form import CasbinRules
from enterprise_policy.errors import (
    AlreadyExistsError,
    CallerError,
    ConflictError,
    CycleError,
    ForbiddenError,
    InUseError,
    InvalidRequestError,
    ManagedByBundleError,
    ReservedError,
    StoreUnavailableError,
    UnavailableError,
    UnknownReferenceError,
)
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.record import Record, Status
from enterprise_policy.values.windows import Window
from enterprise_service.administer.history import History
from enterprise_service.ports.policy_writer import Rule, Written, each_rule
from tests.support.casbin_programs import ACTOR, filled, lines, policy_of, rule, rules
from tests.support.logs import Process, TroubledLog, away
from tests.support.policies import allow, assignment, clinic, organization, provider, role
from tests.support.stores import TriedStore

TREE = ["g2 o1 platform", "g2 c1 o1"]
HELD = ["p role:o1/dentist o1 /charts/:id read allow", "p role:o1/dentist c1 /charts/:id write deny"]
GIVEN = ["g lee role:o1/dentist c1"]
LINK = ["g role:o1/head role:o1/dentist o1"]


def process_on(store: TriedStore, *records: Record) -> Process:
    process = Process(log=TroubledLog(store.log), checkpoints=store.checkpoints, clock=store.clock)
    return filled(process, *BUILT_IN_ROLES, *records)


@pytest.fixture
def process(store: TriedStore) -> Process:
    return process_on(store)


def refused(process: Process, removed: list[str], added: list[str], actor: str = ACTOR) -> CallerError:
    """What the change is refused with; nothing of it is written."""
    policy = policy_of(process, actor)
    before = policy.rules()
    with pytest.raises(CallerError) as raised:
        policy.change(rules(*removed), rules(*added))
    assert policy.rules() == before
    return raised.value


def test_a_change_is_one_revision_in_the_name_of_its_actor(process: Process) -> None:
    """PolicyWriter 1, 7, 9, 10: with all that the rules name."""
    policy = policy_of(process)
    written = policy.change([], rules(*TREE, *HELD, *GIVEN, *LINK))
    assert written == Written(2, made=True)
    assert (policy.rules().log_id, policy.rules().revision) == (process.log.head().log_id, 2)
    assert sorted(lines(policy)) == sorted([*TREE, *HELD, *GIVEN, *LINK])
    assert History(process.log).raw(2).actor == ACTOR


def test_a_change_that_is_refused_in_its_last_rule_leaves_nothing(process: Process) -> None:
    """PolicyWriter 1: all or nothing."""
    error = refused(process, [], [*TREE, *HELD, *GIVEN, "g kim role:o2/dentist o1"])
    assert isinstance(error, UnknownReferenceError)
    assert lines(policy_of(process)) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("p alice o1 /a read allow", "role must be written `role:<domain>/<id>`"),
        ("p role:o1 o1 /a read allow", "role must be written"),
        ("p role:o/x/y o1 /a read allow", "role has an id that must be"),
        ("p role:/x o1 /a read allow", "role has a domain that must be"),
        ("p role:o1/x o/1 /a read allow", "domain must be 1 to 128"),
        ("p role:o1/x o1 /a/ read allow", "resource is a path"),
        ("p role:o1/x o1 /a*b read allow", "resource has a `*`"),
        ("p role:o1/x o1 /a read Allow", "effect must be `allow` or `deny`"),
        ("p role:o1/x o1 /a read", "has 4 values, not 5: role, domain, resource, action, effect"),
        ("p alice data1 read", "has 3 values, not 5"),
        ("g alice admin o1", "role must be written"),
        ("g alice role:o1/x", "has 2 values, not 3: member, role, domain"),
        ("g key:1 role:o1/x o1", "member is reserved"),
        ("g role:nobody role:o1/x o1", "member must be written `role:"),
        ("g2 platform o1", "child can't lie below another domain"),
        ("g2 o1", "has 1 values, not 2: child, parent"),
        ("p2 role:o1/x o1 /a read allow", "kind `p2` is none of `p`, `g` and `g2`"),
    ],
)
def test_what_our_names_cannot_hold_is_told(process: Process, line: str, told: str) -> None:
    """PolicyWriter 2: with the rule, and the field, whether it is to be added, removed or kept."""
    for removed, added, list_of in (([], [*TREE, line], "/added/2"), ([line], [], "/removed/0")):
        error = refused(process, removed, added)
        assert isinstance(error, InvalidRequestError)
        assert str(error).startswith(f"rule `{rule(line)}`: ")
        assert told in str(error)
        assert error.faults[0].pointer.startswith(list_of)
    with pytest.raises(InvalidRequestError, match="rule"):
        policy_of(process).rewrite(lambda _: rules(line))


def test_an_error_about_a_rule_is_one_line(process: Process) -> None:
    """PolicyWriter 2: whatever the rule holds."""
    bad = Rule("g", ("eve\nroot", "role:o1/x", "o1"))
    with pytest.raises(InvalidRequestError) as raised:
        policy_of(process).change([], [bad])
    assert "\n" not in str(raised.value)
    assert r"eve\nroot" in str(raised.value)


def test_names_with_commas_and_quotes_stay_whole(process: Process) -> None:
    """PolicyWriter 2, 9: what our names can hold, no text is made of."""
    strange = Rule("g", ('eve, "admin", c2', "role:o1/x", "o1"))
    policy_of(process).change([], [rule("g2 o1 platform"), strange])
    assert policy_of(process).rules().rules.g == (strange.values,)


OFFICE = (organization("o1"), organization("o2"), clinic("c1"), clinic("c2"))


@pytest.mark.parametrize(
    ("records", "removed", "added", "error"),
    [
        ((), ["p role:platform/auditor platform /management/* read allow"], [], ReservedError),
        ((), [], ["p role:platform/auditor platform /a read allow"], ReservedError),
        ((), [], ["p role:platform/auditor o1 /a read allow"], ReservedError),
        ((), [], ["p role:o1/x o1 /management/roles read allow"], ReservedError),
        ((role("x@o1", allow("/a", "read"), managed_by="git"),), [], ["p role:o1/x o1 /b read allow"], None),
        ((role("x@o1", allow("/a", "read"), managed_by="git"),), ["p role:o1/x o1 /a read allow"], [], None),
        ((role("x@o1"), provider("p1", "c1", "x@o1")), ["g p1 role:o1/x c1"], [], ConflictError),
        ((role("x@o1"), role("x@c1")), [], ["p role:o1/x c1 /a read allow"], AlreadyExistsError),
        ((clinic("c9", status=Status.SUSPENDED),), [], ["p role:o1/x c9 /a read allow"], ConflictError),
        ((clinic("c9", status=Status.SUSPENDED),), ["g2 c9 o1"], [], ConflictError),
        ((role("x@c1", allow("/a", "read")),), ["g2 c1 o1"], [], InUseError),
        ((), [], ["p role:c1/x c2 /a read allow"], UnknownReferenceError),
        ((), [], ["p role:o1/x o2 /a read allow"], UnknownReferenceError),
        ((), [], ["p role:o1/x nowhere /a read allow"], UnknownReferenceError),
        ((), [], ["g ann role:o1/x nowhere"], UnknownReferenceError),
        ((), [], ["g ann role:nowhere/x nowhere"], UnknownReferenceError),
        ((), [], ["g2 c5 nowhere"], UnknownReferenceError),
        ((), [], ["g role:o1/x role:o1/y o1", "g role:o1/y role:o1/x o1"], CycleError),
        ((), [], ["g2 c1 o2"], ConflictError),
        ((), ["g2 o2 platform"], ["g2 o2 o1"], ConflictError),
        ((), [], ["g2 c5 o1", "g2 c5 c1"], ConflictError),
        ((), [], ["g2 c5 c6", "g2 c6 c5"], CycleError),
    ],
)
def test_what_is_refused_elsewhere_is_refused_here(
    store: TriedStore, records: tuple[Record, ...], removed: list[str], added: list[str], error: type | None
) -> None:
    """PolicyWriter 3: by the same error, and never bent."""
    process = process_on(store, *OFFICE, *records)
    assert isinstance(refused(process, removed, added), error or ManagedByBundleError)


def test_the_actor_may_do_what_he_may_do_elsewhere(store: TriedStore) -> None:
    """PolicyWriter 3: an administrator of one organization learns and changes nothing of another."""
    process = process_on(store, *OFFICE, assignment("ann", "organization-admin@platform", "o1"))
    policy_of(process, "ann").change([], rules("g bob role:o1/x c1", "p role:o1/x o1 /a read deny"))
    for domain in ("o2", "nowhere"):
        for removed, added in (([], [f"g bob role:{domain}/x {domain}"]), ([f"g bob role:{domain}/x {domain}"], [])):
            error = refused(process, removed, added, "ann")
            assert str(error) == f"there is no domain `{domain}`"
    assert isinstance(refused(process, [], ["g2 o3 platform"], "ann"), ForbiddenError | UnknownReferenceError)


def test_what_is_there_is_not_added_and_what_is_not_there_is_not_missed(process: Process) -> None:
    """PolicyWriter 4: no revision is made."""
    policy = policy_of(process)
    policy.change([], rules(*TREE, *HELD, *GIVEN, *LINK))
    assert policy.change([], rules(*TREE, *HELD, *GIVEN, *LINK, *HELD)) == Written(2, made=False)
    gone = rules("p role:o1/x o1 /a read allow", "g lee role:o1/head o1", "g2 c1 o2", "g2 c9 o9", "g a role:o9/x o9")
    assert policy.change(gone, []) == Written(2, made=False)
    assert policy.change(rules(*HELD), rules(*HELD)) == Written(2, made=False)


def test_trouble_with_the_store_is_told(process: Process) -> None:
    """PolicyWriter 5: reading and writing."""
    process.log.before = away()
    policy = policy_of(process)
    for work in (policy.rules, lambda: policy.change([], rules(*TREE)), lambda: policy.rewrite(each_rule)):
        with pytest.raises(UnavailableError) as raised:
            work()
        assert isinstance(raised.value, StoreUnavailableError)


def test_many_threads_add_rules_of_one_role(process: Process) -> None:
    """PolicyWriter 6, 7: none is lost."""
    policy = policy_of(process)
    policy.change([], rules(*TREE))
    wanted = [f"p role:o1/x o1 /a/{number} read allow" for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        written = [*threads.map(lambda line: policy.change([], [rule(line)]), wanted)]
    assert sorted(each.revision for each in written) == [*range(3, 27)]
    assert sorted(lines(policy)[:24]) == sorted(wanted)


def test_what_another_process_was_told_is_seen(process: Process) -> None:
    """PolicyWriter 7: without waiting."""
    other = policy_of(process.beside())
    assert lines(other) == []
    policy_of(process).change([], rules(*TREE))
    assert lines(other) == sorted(TREE)


def test_the_rules_of_a_domain_come_with_those_above_it(process: Process) -> None:
    """PolicyWriter 8: and with none from beside or below."""
    policy = policy_of(process)
    beside = ["g2 c2 o1", "g2 o2 platform", "g kim role:o1/dentist c2"]
    top = "p role:platform/any platform /a read deny"
    policy.change([], rules(*TREE, *HELD, *GIVEN, *beside, top))
    assert sorted(lines(policy, ["c1"])) == sorted([*TREE, *HELD, *GIVEN, top])
    assert lines(policy, ["nowhere"]) == []


def test_what_is_both_removed_and_added_stays(process: Process) -> None:
    """PolicyWriter 9: one rule takes the place of another in one change."""
    policy = policy_of(process)
    policy.change([], rules(*TREE, *HELD, *GIVEN, *LINK))
    new = "p role:o1/dentist o1 /charts/:id print allow"
    policy.change(rules(*HELD), rules(HELD[1], new))
    assert sorted(lines(policy)) == sorted([*TREE, HELD[1], new, *GIVEN, *LINK])


def test_links_between_roles_turn_round_in_one_change(process: Process) -> None:
    """PolicyWriter 9: what goes makes room for what comes."""
    policy = policy_of(process)
    policy.change([], rules(*TREE, *LINK))
    back = "g role:o1/dentist role:o1/head o1"
    policy.change(rules(*LINK), rules(back))
    assert lines(policy)[0] == back


def test_a_clinic_moves_with_what_it_has(process: Process) -> None:
    """PolicyWriter 9: when its old place is removed as its new one is added."""
    policy = policy_of(process)
    policy.change([], rules(*TREE, *HELD, *GIVEN))
    policy.change(rules("g2 c1 o1"), rules("g2 group o1", "g2 c1 group"))
    assert sorted(lines(policy)) == sorted(["g2 o1 platform", "g2 group o1", "g2 c1 group", *HELD, *GIVEN])


def test_what_no_rule_names_any_more_goes(process: Process) -> None:
    """PolicyWriter 10: in any order, rule by rule, until nothing is left but the retired names."""
    policy = policy_of(process)
    everything = [*TREE, *HELD, *GIVEN, *LINK]
    policy.change([], rules(*everything))
    for line in (*HELD, *LINK, *GIVEN, TREE[1], TREE[0]):
        policy.change(rules(line), [])
    state = process.follower.catch_up().state
    assert [each.record for each in state.roles if not each.record.built_in] == []
    assert list(state.tree.below("platform")) == ["platform"]


def test_a_domain_goes_with_its_last_rules_in_one_change(process: Process) -> None:
    """PolicyWriter 10: as one revision."""
    policy = policy_of(process)
    policy.change([], rules(*TREE, *HELD, *GIVEN, *LINK))
    assert policy.change(rules(*TREE, *HELD, *GIVEN, *LINK), []) == Written(3, made=True)
    assert lines(policy) == []


def test_a_domain_goes_with_roles_that_say_nothing_and_with_what_has_ended(store: TriedStore) -> None:
    """PolicyWriter 10: nothing of them was a rule."""
    ended = assignment("ann", "y@c1", "c1", window=Window(None, 500))
    process = process_on(store, *OFFICE, role("x@o1"), role("x@c1", extends="o1"), role("y@c1"), ended)
    store.clock.set(1_000)
    policy_of(process).change(rules("g2 c1 o1"), [])
    assert "c1" not in process.follower.catch_up().state.tree


def test_who_may_take_a_role_away_needs_no_right_to_end_it(store: TriedStore) -> None:
    """PolicyWriter 3, 10: the role stays, and says nothing."""
    process = process_on(
        store, *OFFICE, role("x@c1"), assignment("ann", "x@c1", "c1"), assignment("cleo", "clinic-admin@platform", "c1")
    )
    policy_of(process, "cleo").change(rules("g ann role:c1/x c1"), [])
    assert lines(policy_of(process), ["c1"]) == ["g cleo role:platform/clinic-admin c1", "g2 c1 o1", "g2 o1 platform"]
    assert process.follower.catch_up().state.roles.get("c1", "x") is not None


def test_a_role_that_somebody_described_stays(store: TriedStore) -> None:
    """PolicyWriter 10: what he wrote is nowhere else."""
    process = process_on(store, *OFFICE, role("x@o1", allow("/a", "read"), description="Sees a."))
    policy_of(process).change(rules("p role:o1/x o1 /a read allow"), [])
    found = process.follower.catch_up().state.roles.get("o1", "x")
    assert found is not None
    assert found.record == role("x@o1", description="Sees a.")


def test_a_rule_to_be_replaced_has_to_be_there(process: Process) -> None:
    """PolicyWriter 11: or somebody's removal would be undone by whoever didn't know of it."""
    policy = policy_of(process)
    policy.change([], rules(*TREE, *HELD, *GIVEN, *LINK))
    gone = ("p role:o1/dentist o1 /b read allow", "g kim role:o1/dentist c1", "g role:o1/head role:o1/x o1", "g2 c1 o2")
    for line in (*gone, "g a role:o9/x o9"):
        with pytest.raises(ConflictError, match="isn't in force any more"):
            policy.change(rules(line), rules("g2 c7 o1"), only_if_there=True)
    for line in (*HELD, *GIVEN, *LINK):
        assert policy.change(rules(line), rules(line), only_if_there=True) == Written(2, made=False)


def test_a_rewriting_gets_the_rules_that_it_replaces(process: Process) -> None:
    """PolicyWriter 12: those of the state that it is judged at, again after another was first."""
    policy = policy_of(process)
    policy.change([], rules(*TREE))
    met: list[CasbinRules] = []

    def wanted(found: CasbinRules) -> list[Rule]:
        met.append(found)
        if len(met) == 1:
            policy_of(process.beside()).change([], rules(*GIVEN))
        return [*each_rule(found), *rules(*HELD)]

    policy.rewrite(wanted)
    assert [len(found.g) for found in met] == [0, 1]
    assert sorted(lines(policy)) == sorted([*TREE, *GIVEN, *HELD])


def test_equal_rules_are_rewritten_once(process: Process) -> None:
    """PolicyWriter 4, 12: as often as they are told."""
    policy = policy_of(process)
    for made in (True, False):
        written = policy.rewrite(lambda found: (*each_rule(found), *rules(*TREE, *HELD, *TREE, *HELD)))
        assert written == Written(2, made=made)
    assert sorted(lines(policy)) == sorted([*TREE, *HELD])


def test_a_rewriting_of_some_domains_leaves_the_others(process: Process) -> None:
    """PolicyWriter 8, 13: and may say nothing of them."""
    policy = policy_of(process)
    beside = ["g2 o2 platform", "p role:o2/x o2 /a read allow"]
    policy.change([], rules(*TREE, *HELD, *GIVEN, *beside))
    with pytest.raises(InvalidRequestError, match="`o2`"):
        policy.rewrite(lambda found: (*each_rule(found), rule("p role:o2/x o2 /b read allow")), ["c1"])
    kept = rules(*TREE)
    policy.rewrite(
        lambda found: [each for each in each_rule(found) if "management" in str(each) or each in kept], ["c1"]
    )
    assert sorted(lines(policy)) == sorted([*TREE, *beside])


def test_what_is_not_in_force_stays(store: TriedStore) -> None:
    """PolicyWriter 14: windows to come and gone, and what a suspended domain has."""
    process = process_on(
        store,
        *OFFICE,
        clinic("c9", status=Status.SUSPENDED),
        role("x@o1"),
        role("y@c9", allow("/a", "read")),
        assignment("ann", "x@o1", "c1", window=Window(None, 1)),
        assignment("bob", "x@o1", "c1", window=Window(2_000)),
        assignment("cleo", "x@o1", "c9"),
        assignment("dan", "x@o1", "c1", window=Window(None, 2_000)),
    )
    store.clock.set(1_000)
    policy = policy_of(process)
    before = process.follower.catch_up().state.assignments
    assert policy.rewrite(each_rule).made is False
    policy.rewrite(lambda found: [each for each in each_rule(found) if each.values[0] != "dan"])
    kept = {each.record.subject for each in process.follower.catch_up().state.assignments}
    assert kept == {each.record.subject for each in before} - {"dan"}
    assert process.follower.catch_up().state.roles.get("c9", "y") is not None


def test_who_held_a_role_once_is_given_it_from_now_on(store: TriedStore) -> None:
    """PolicyWriter 9, 14: what has ended stays on record."""
    process = process_on(store, *OFFICE, role("x@o1"), assignment("ann", "x@o1", "c1", window=Window(None, 500)))
    store.clock.set(1_000)
    policy_of(process).change([], rules("g ann role:o1/x c1"))
    held = process.follower.catch_up().state.assignments_of("ann", "c1")
    assert sorted((each.window for each in held), key=str) == [Window(1_000, None), Window(None, 500)]
    assert "g ann role:o1/x c1" in lines(policy_of(process))
