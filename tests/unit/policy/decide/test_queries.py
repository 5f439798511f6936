"""The four queries: each field, each order, and what they leave out."""

from __future__ import annotations

import pytest

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.queries import Act, domains, permissions, permitted_actions, subjects
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.state.record import Record, Status
from enterprise_policy.values.windows import SECOND, Window
from tests.support.policies import allow, assignment, clinic, deny, organization, provider, role, tree_state

NOW = 100 * SECOND


def policy(*records: Record) -> Snapshot:
    return build(tree_state(*records))


def catalogue(*actions: str) -> Catalogue:
    listed = tuple(CatalogueAction(action=action, label="an action", description="what it is") for action in actions)
    return Catalogue(
        resources=(CatalogueResource(resource="/b", label="B", group="some", description="what", actions=listed),)
    )


# --- permitted actions --------------------------------------------------------------------------------


def actions(snapshot: Snapshot, domain: str = "c1", resource: str = "/a") -> tuple[str, ...]:
    return permitted_actions(snapshot, "ann", domain, resource, NOW)


def test_actions_are_those_of_permissions_and_of_the_catalogue_sorted() -> None:
    reader = role("R@o1", allow("/a", "write"), allow("/a", "approve"), allow("/a", "zap"), deny("/a", "zap"))
    assert actions(policy(reader, assignment("ann", "R@o1", "o1"))) == ("approve", "write")
    everything = role("R@o1", allow("/a", "*"), deny("/a", "zap"))
    assert actions(policy(everything, assignment("ann", "R@o1", "o1"), catalogue("read", "zap"))) == ("read",)


def test_a_star_stands_for_all_actions_and_only_for_all() -> None:
    held = assignment("ann", "R@o1", "o1")
    assert actions(policy(role("R@o1", allow("/a", "*")), held, catalogue("read"))) == ("*",)
    assert actions(policy(role("R@o1", allow("/a", "*")), held)) == ("*",)
    # All that have a name, but not every one.
    assert actions(policy(role("R@o1", allow("/a", "read")), held)) == ("read",)
    assert actions(policy(role("R@o1", allow("/a", "*"), deny("/a", "read")), held)) == ()


def test_actions_that_only_other_tenants_name_are_not_told() -> None:
    records = (
        role("all@platform", allow("/a", "*"), deny("/a", "never")),
        assignment("ann", "all@platform", "platform"),
        role("theirs@o2", allow("/a", "secret")),
        role("below@c2", allow("/a", "deeper")),
        role("here@o1", allow("/x", "ours")),
    )
    assert actions(policy(*records)) == ("ours",)


@pytest.mark.parametrize(("domain", "resource"), [("nowhere", "/a"), ("c1", "/b"), ("c3", "/a")])
def test_no_action_is_permitted(domain: str, resource: str) -> None:
    snapshot = policy(role("R@o1", allow("/a")), assignment("ann", "R@o1", "o1"))
    assert actions(snapshot, domain, resource) == ()


# --- permissions ----------------------------------------------------------------------------------------


def told(snapshot: Snapshot, domain: str = "c1") -> list[dict[str, object]]:
    return [right.to_fields() for right in permissions(snapshot, "ann", domain, NOW)]


def test_a_permission_is_told_in_full() -> None:
    snapshot = policy(
        role("base@platform", allow("/a", "read")),
        role("base@o1", deny("/a", "read"), extends="platform"),
        role("top@o1", inherits=["base@platform"]),
        assignment("ann", "top@o1", "g1", id="a1", window=Window(50 * SECOND, 200 * SECOND)),
    )
    row = {
        "effect": "allow",
        "resource": "/a",
        "action": "read",
        "role": {"domain": "platform", "id": "base"},
        "permission_domain": "platform",
        "assigned_in": "g1",
        "assignment": "a1",
        "via": [{"domain": "o1", "id": "top"}, {"domain": "platform", "id": "base"}],
        "starts_at": "1970-01-01T00:00:50Z",
        "ends_at": "1970-01-01T00:03:20Z",
    }
    assert told(snapshot, "c2") == [row, {**row, "effect": "deny", "permission_domain": "o1"}]


def test_a_permission_is_told_once_for_each_assignment_and_role_that_gives_it() -> None:
    rows = told(
        policy(
            role("one@o1", allow("/b"), allow("/a"), allow("/a")),
            role("two@o1", allow("/a"), inherits=["one@o1"]),
            assignment("ann", "two@o1", "o1", id="above"),
            assignment("ann", "two@o1", "c1", id="here"),
        )
    )
    found = [(row["resource"], row["assignment"], row["role"], row["starts_at"]) for row in rows]
    one, two = {"domain": "o1", "id": "one"}, {"domain": "o1", "id": "two"}
    assert found == [
        ("/a", "here", one, None),
        ("/a", "here", two, None),
        ("/a", "above", one, None),
        ("/a", "above", two, None),
        ("/b", "here", one, None),
        ("/b", "above", one, None),
    ]


def test_only_what_is_in_force_is_told() -> None:
    wide = role("R@platform", allow("/a"))
    late = assignment("ann", "R@platform", "c1", window=Window(101 * SECOND, None))
    over = assignment("ann", "R@platform", "o1", window=Window(None, 100 * SECOND))
    elsewhere = assignment("ann", "R@platform", "c2")
    unverified = provider("ann", "c1", "R@platform", verification=Verification.TERMINATED)
    assert told(policy(wide, late, over, elsewhere)) == []
    assert told(policy(wide, unverified)) == []
    assert len(told(policy(wide, elsewhere), "c2")) == 1


def test_no_permission_is_in_force_where_the_domain_is_suspended_or_unknown() -> None:
    closed = organization("o3", status=Status.SUSPENDED)
    below = clinic("c9", "o3", organization_id="o3")
    held = assignment("ann", "R@platform", "platform")
    snapshot = policy(role("R@platform", allow("/a")), closed, below, held)
    assert told(snapshot, "c9") == []
    assert told(snapshot, "nowhere") == []
    assert len(told(snapshot, "c1")) == 1


# --- subjects and domains -----------------------------------------------------------------------------


def test_subjects_are_those_who_are_allowed_sorted() -> None:
    snapshot = policy(
        role("R@platform", allow("/a", "read")),
        role("no@platform", deny("/a")),
        assignment("zoe", "R@platform", "c1"),
        assignment("Bob", "R@platform", "platform"),
        assignment("ann", "R@platform", "o1"),
        assignment("dan", "R@platform", "o1"),
        assignment("dan", "no@platform", "platform"),
        assignment("eve", "R@platform", "c2"),
        assignment("late", "R@platform", "o1", window=Window(101 * SECOND, None)),
    )
    assert subjects(snapshot, "c1", "/a", "read", NOW) == ("Bob", "ann", "zoe")
    assert subjects(snapshot, "c1", "/a", "write", NOW) == ()
    assert subjects(snapshot, "nowhere", "/a", "read", NOW) == ()


def test_domains_are_those_where_the_subject_is_allowed_sorted() -> None:
    snapshot = policy(
        role("R@platform", allow("/a", "read")),
        role("no@platform", deny("/a")),
        organization("o3", status=Status.SUSPENDED),
        assignment("ann", "R@platform", "o1"),
        assignment("ann", "no@platform", "g1"),
        assignment("ann", "R@platform", "o3"),
    )
    assert domains(snapshot, "ann", Act("/a", "read"), NOW) == ("c1", "o1")
    assert domains(snapshot, "ann", Act("/a", "write"), NOW) == ()
    assert domains(snapshot, "bob", Act("/a", "read"), NOW) == ()
    for within in (["c1"], ["c1", "c3"]):
        assert domains(snapshot, "ann", Act("/a", "read"), NOW, within) == ("c1",)
    assert domains(snapshot, "ann", Act("/a", "read"), NOW, ()) == ()
