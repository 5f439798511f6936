"""Nobody gains by his own call: rule 4 of HTTP contract section 6, path by path, and who may make the call instead."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from enterprise_policy.errors import EscalationError
from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Record, Status
from enterprise_policy.values.windows import Window
from tests.support.policies import allow, api_key, assignment, clinic, deny, provider, role, tree_state
from tests.unit.administer.scenes import NOW, code, refused

LATER = Window(NOW + 50, None)
SOON_OVER = Window(None, NOW + 10)
ACTIONS = tuple(CatalogueAction(action=name, label=name, description=name) for name in ("read", "write"))
CATALOGUE = Catalogue(
    resources=(
        CatalogueResource(resource="/charts/:id", label="Charts", group="Care", description="Charts.", actions=ACTIONS),
    )
)
READS, WRITES = allow("/charts/:id", "read"), allow("/charts/:id", "write")
STAFF = role("staff@o1", READS)
CHIEF = role("chief@o1", WRITES)
SHY = role("shy@o1", READS, deny("/charts/7", "read"))


def given(*records: Record) -> PolicyState:
    """A policy in which ann manages `o1` and is staff of `g1`; boris manages `o1` too."""
    return tree_state(
        *BUILT_IN_ROLES,
        CATALOGUE,
        STAFF,
        CHIEF,
        SHY,
        assignment("ann", "organization-admin@platform", "o1"),
        assignment("boris", "organization-admin@platform", "o1"),
        assignment("ann", "staff@o1", "g1"),
        *records,
    )


class Path(NamedTuple):
    """A way by which ann would gain: what is there before, and the change."""

    name: str
    before: tuple[Record, ...]
    edits: tuple[Edit, ...]


def ann(named: str, domain: str, **more: object) -> Record:
    return assignment("ann", named, domain, **more)


DENIED = role("denied@o1", deny("*", "*"))
BELOW = role("staff@c2", deny("/charts/1", "read"), extends="o1")

PATHS = [
    Path("an assignment", (), (create(ann("staff@o1", "c1")),)),
    Path("an assignment in the future", (), (create(ann("staff@o1", "c1", window=LATER)),)),
    Path("an assignment for a moment", (), (create(ann("staff@o1", "c1", window=Window(NOW + 5, NOW + 6))),)),
    Path(
        "a longer window",
        (ann("staff@o1", "c1", window=SOON_OVER),),
        (update(ann("staff@o1", "c1", window=SOON_OVER), ann("staff@o1", "c1")),),
    ),
    Path(
        "an earlier window",
        (ann("staff@o1", "c1", window=LATER),),
        (update(ann("staff@o1", "c1", window=LATER), ann("staff@o1", "c1")),),
    ),
    Path("an edit of his role", (), (update(STAFF, role("staff@o1", READS, WRITES)),)),
    Path("inheritance", (), (update(STAFF, role("staff@o1", READS, inherits=("chief@o1",))),)),
    Path("an extension", (), (create(role("staff@g1", WRITES, extends="o1")),)),
    Path(
        "an extension that inherits",
        (),
        (create(role("staff@c2", extends="o1", inherits=("chief@o1",))),),
    ),
    Path("a deny that is removed", (ann("shy@o1", "c1"),), (update(SHY, role("shy@o1", READS)),)),
    Path("a narrower deny", (ann("shy@o1", "c1"),), (update(SHY, role("shy@o1", READS, deny("/charts/7/x", "read"))),)),
    Path("a denying extension that goes", (BELOW,), (delete(BELOW),)),
    Path(
        "a denying assignment that goes",
        (DENIED, ann("denied@o1", "c2")),
        (delete(ann("denied@o1", "c2")),),
    ),
    Path(
        "a denying assignment that ends sooner",
        (DENIED, ann("denied@o1", "c2")),
        (update(ann("denied@o1", "c2"), ann("denied@o1", "c2", window=SOON_OVER)),),
    ),
    Path("a move below his place", (), (update(clinic("c1"), clinic("c1", "g1")),)),
    Path(
        "a move away from where he is denied",
        (DENIED, clinic("g2"), clinic("c9", "g2"), ann("denied@o1", "g2"), ann("staff@o1", "c9")),
        (update(clinic("c9", "g2"), clinic("c9", "g1")),),
    ),
    Path("a provider's record", (), (create(provider("ann", "c1", "staff@o1")),)),
    Path(
        "a provider's second role",
        (provider("ann", "c1", "staff@o1"),),
        (update(provider("ann", "c1", "staff@o1"), provider("ann", "c1", "staff@o1", "chief@o1")),),
    ),
    Path(
        "many edits that are harmless one by one",
        (),
        (
            create(role("new@o1")),
            create(ann("new@o1", "c1")),
            update(role("new@o1"), role("new@o1", WRITES)),
        ),
    ),
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_right_of_his_own_that_appears_is_refused(path: Path) -> None:
    state = given(*path.before)
    assert code(state, "ann", *path.edits) == "escalation"
    assert code(state, "boris", *path.edits) == ""
    assert code(state, "bootstrap", *path.edits) == ""


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_key_of_his_and_a_key_of_that_gain_him_nothing_either(path: Path) -> None:
    line = (
        api_key("k1", "o1", Scope.MANAGE, created_by="ann"),
        api_key("k2", "o1", Scope.MANAGE, created_by="key:k1"),
        api_key("k3", "o1", Scope.MANAGE, created_by="bootstrap"),
    )
    state = given(*path.before, *line)
    for actor, expected in (("key:k1", "escalation"), ("key:k2", "escalation"), ("key:k3", "")):
        assert code(state, actor, *path.edits) == expected


@pytest.mark.parametrize(
    ("before", "edits"),
    [
        ((), (create(ann("staff@o1", "c2")),)),
        ((), (create(ann("organization-admin@platform", "c1")),)),
        ((), (update(STAFF, role("staff@o1", allow("/charts/1", "read"))),)),
        ((), (create(role("staff@c2", deny("*", "*"), extends="o1")),)),
        ((), (delete(ann("staff@o1", "g1")),)),
        ((), (create(clinic("c9", "g1")),)),
        ((), (create(clinic("c9", "g1")), create(ann("staff@o1", "c9")))),
        ((), (update(STAFF, role("staff@o1", READS, inherits=("shy@o1",))),)),
        ((), (update(clinic("g1"), clinic("g1", status=Status.SUSPENDED)),)),
    ],
)
def test_what_gives_him_nothing_new_he_may_do(before: tuple[Record, ...], edits: tuple[Edit, ...]) -> None:
    assert code(given(*before), "ann", *edits) == ""


def test_waking_a_domain_is_no_gain() -> None:
    asleep = clinic("c9", "g1", status=Status.SUSPENDED)
    assert code(given(asleep), "ann", update(asleep, clinic("c9", "g1"))) == ""


# --- who may ---------------------------------------------------------------------------------------------


def may(state: PolicyState, actor: str, *edits: Edit) -> tuple[str, ...]:
    error = refused(state, actor, *edits)
    assert isinstance(error, EscalationError)
    return error.may


def test_the_refusal_names_subjects_in_sight_who_may_make_the_call() -> None:
    mine = create(ann("staff@o1", "c1"))
    assert may(given(), "ann", mine) == ("boris",)
    clinic_admin = assignment("cleo", "clinic-admin@platform", "c1")
    assert may(given(clinic_admin), "ann", mine) == ("cleo", "boris")


def test_it_names_nobody_who_would_gain_may_not_or_is_not_seen() -> None:
    both = assignment("boris", "staff@o1", "c2")
    assert may(given(both), "ann", update(STAFF, role("staff@o1", READS, WRITES))) == ()
    auditor = assignment("audrey", "auditor@platform", "o1")
    root = assignment("root", "platform-admin@platform", "platform")
    assert may(given(auditor, root), "ann", create(ann("staff@o1", "c1"))) == ("boris",)


def test_it_names_ten_at_most() -> None:
    many = [assignment(f"admin-{n:02}", "organization-admin@platform", "o1") for n in range(30)]
    assert len(may(given(*many), "ann", create(ann("staff@o1", "c1")))) == 10
