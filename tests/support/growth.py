"""Random policies, grown edit by edit from numbers, so that what is found shrinks to few edits.

Each number is one step: it proposes an edit to the policy as it stands, which is made if it is admitted. The number 0
proposes nothing. Names are few, so that rules meet.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Final, TypeAlias, TypeVar

from hypothesis import strategies as st

from enterprise_policy.decide.question import Question
from enterprise_policy.errors import CallerError
from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.assignment import Assignment, Source
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.state.record import Record, Status
from enterprise_policy.state.role import Effect, Permission, Role, RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import ALWAYS, Instant, Window
from tests.support.policies import LOG_ID, api_key, applied

T = TypeVar("T")

ORGANIZATIONS: Final = ("o1", "o2")
CLINICS: Final = tuple(f"c{number}" for number in range(1, 15))
ROLES: Final = ("R1", "R2", "R3", "R4", "auditor")
SUBJECTS: Final = ("ann", 'b,"ob"', "R1")
PROVIDERS: Final = ("ann", "dr.lee")
KEYS: Final = ("k1", "k2", "k3", "k4")
STRANGER: Final = "zoe"
ASKED: Final = (*SUBJECTS, "dr.lee", STRANGER)
PATTERNS: Final = ("/a", "/a/:x", "/a/*", "/:x/b", "/:x/:y/c", "/*", "*", "t", "/a/b/:y", "/a.b")
RESOURCES: Final = ("/a", "/a/b", "/a/b/c", "/c/b", "t", "/a/*", "/a/:x", "/axb", "/management/roles", "/:x/b")
ACTIONS: Final = ("read", "write", "*")
ASKED_ACTIONS: Final = ("read", "write", "*", "other")
WINDOWS: Final = (ALWAYS, ALWAYS, ALWAYS, Window(None, 10), Window(10, 50), Window(50, None))
INSTANTS: Final[tuple[Instant, ...]] = (0, 9, 10, 49, 50)

Wish: TypeAlias = "Callable[[PolicyState, Random, str], Edit | None]"


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Policy:
    """``edits``, in order, made a policy of nothing."""

    edits: tuple[Edit, ...]

    def __repr__(self) -> str:
        """One line of JSON for each edit."""
        return "\n".join(["Policy", *(json.dumps(edit.to_fields(), sort_keys=True) for edit in self.edits)])

    def state(self) -> PolicyState:
        """The state after ``edits``, made as one change."""
        return applied(empty_state(LOG_ID), *self.edits)

    def records(self) -> list[Record]:
        """The records that are left after ``edits``."""
        left: dict[tuple[str, str, str], Record] = {}
        for edit in self.edits:
            key = (edit.kind, edit.record.home, edit.record.id)
            if edit.after is None:
                del left[key]
            else:
                left[key] = edit.after
        return list(left.values())


def policies(least: int = 40, most: int = 90) -> st.SearchStrategy[Policy]:
    """Policies of at most ``most`` edits."""
    return steps(least, most).map(lambda numbers: Policy(tuple(grow(numbers, empty_state(LOG_ID)))))


def steps(least: int, most: int) -> st.SearchStrategy[list[int]]:
    """The numbers that ``grow`` reads."""
    return st.lists(st.integers(0, 2**24 - 1), min_size=least, max_size=most)


def grow(numbers: Iterable[int], state: PolicyState, top: str = PLATFORM) -> Iterator[Edit]:
    """The edits that ``numbers`` lead to, from ``state`` on, to nothing but ``top`` and what is below it."""
    for number in numbers:
        rng = Random(number)
        edit = number and rng.choices(_WISHES, _WEIGHTS)[0](state, rng, top)
        if not edit:
            continue
        try:
            state = admit(state, edit, 0)
        except CallerError:
            continue
        yield edit


def some_questions(state: PolicyState, seed: int, count: int) -> list[Question]:
    """``count`` questions: two of three about somebody who holds a role there, if anybody does."""
    rng = Random(seed)
    domains = [*sorted(state.tree.below(PLATFORM)), "nowhere"]
    held = sorted((v.record.subject, v.record.domain) for v in state.assignments)
    return [
        _about_holder(state, rng, held)
        if held and number % 3
        else _question(rng, rng.choice(ASKED), rng.choice(domains))
        for number in range(count)
    ]


def _about_holder(state: PolicyState, rng: Random, held: Sequence[tuple[str, str]]) -> Question:
    subject, domain = rng.choice(held)
    return _question(rng, subject, rng.choice(sorted(state.tree.below(domain))))


def _question(rng: Random, subject: str, domain: str) -> Question:
    return Question(subject, domain, rng.choice(RESOURCES), rng.choice(ASKED_ACTIONS))


# --- domains ----------------------------------------------------------------------------------------


def _domain(state: PolicyState, rng: Random, top: str) -> str:
    """Some domain; deep ones more often."""
    domains = sorted(state.tree.below(top), key=lambda d: (len(state.tree.path(d)), d))
    return domains[-1] if rng.random() < 0.25 else rng.choice(domains)


def _status(rng: Random) -> Status:
    return Status.SUSPENDED if rng.random() < 0.04 else Status.ACTIVE


def _new_organization(_state: PolicyState, rng: Random, top: str) -> Edit | None:
    name = rng.choice(ORGANIZATIONS)
    return create(Organization(id=name, name=name, status=_status(rng))) if top == PLATFORM else None


def _new_clinic(state: PolicyState, rng: Random, top: str) -> Edit | None:
    parent = _domain(state, rng, top)
    if parent == PLATFORM:
        return None
    organization = state.tree.path(parent)[-2]
    name = rng.choice(CLINICS)
    return create(Clinic(id=name, name=name, organization_id=organization, parent_id=parent, status=_status(rng)))


def _edited_domain(state: PolicyState, rng: Random, top: str) -> Edit | None:
    domain = _domain(state, rng, top)
    clinic, organization = state.clinic(domain), state.organization(domain)
    if organization is not None:
        return update(organization, dataclasses.replace(organization, status=_status(rng)))
    if clinic is None:
        return None
    parent = _domain(state, rng, clinic.organization_id if top == PLATFORM else top)
    return update(clinic, dataclasses.replace(clinic, parent_id=parent, status=_status(rng)))


def _lost_domain(state: PolicyState, rng: Random, top: str) -> Edit | None:
    domain = _domain(state, rng, top)
    found = state.clinic(domain) or state.organization(domain)
    return None if found is None or domain == top else delete(found)


# --- roles ------------------------------------------------------------------------------------------


def _role(state: PolicyState, rng: Random, top: str) -> Edit | None:
    domain = _domain(state, rng, top)
    name = rng.choice(ROLES)
    found = state.roles.get(domain, name)
    if found is not None and (found.record.built_in or rng.random() < 0.3):
        return delete(found.record)
    extends = _extended(state, rng, domain, name) if rng.random() < 0.6 else None
    role = Role(
        domain=domain,
        id=name,
        extends=extends if found is None else found.record.extends,
        inherits=tuple(_some(rng, _visible(state, domain), (0, 0, 0, 1, 2))),
        permissions=tuple(dict.fromkeys(_permission(rng) for _ in range(rng.randint(0, 4)))),
    )
    return create(role) if found is None else update(found.record, role)


def _built_in(_state: PolicyState, rng: Random, top: str) -> Edit | None:
    return create(rng.choice(BUILT_IN_ROLES)) if top == PLATFORM else None


def _extended(state: PolicyState, rng: Random, domain: str, name: str) -> str | None:
    above = [d for d in state.tree.path(domain)[1:] if state.role(RoleRef(d, name)) is not None]
    return rng.choice(above) if above else None


def _permission(rng: Random) -> Permission:
    effect = Effect.DENY if rng.random() < 0.2 else Effect.ALLOW
    return Permission(rng.choice(PATTERNS), rng.choice(ACTIONS), effect)


def _visible(state: PolicyState, domain: str) -> list[RoleRef]:
    made = (v.record for above in state.tree.path(domain) for v in state.roles.items(above))
    return sorted(role.ref for role in made if role.extends is None)


def _some(rng: Random, choices: Sequence[T], counts: Sequence[int]) -> list[T]:
    return rng.sample(choices, min(len(choices), rng.choice(counts)))


# --- who holds them ---------------------------------------------------------------------------------


def _assignment(state: PolicyState, rng: Random, top: str) -> Edit | None:
    domain = _domain(state, rng, top)
    roles = _visible(state, domain)
    if not roles:
        return None
    record = Assignment(
        domain=domain,
        id=f"a{rng.randint(1, 20)}",
        subject=rng.choice(SUBJECTS),
        role=rng.choice(roles),
        window=rng.choice(WINDOWS),
        created_by="root",
    )
    return create(record)


def _edited_assignment(state: PolicyState, rng: Random, top: str) -> Edit | None:
    direct = (v.record for domain in state.tree.below(top) for v in state.assignments.items(domain))
    found = sorted((a for a in direct if a.source is Source.DIRECT), key=lambda a: (a.domain, a.id))
    if not found:
        return None
    chosen = rng.choice(found)
    if rng.random() < 0.5:
        return delete(chosen)
    return update(chosen, dataclasses.replace(chosen, window=rng.choice(WINDOWS)))


def _provider(state: PolicyState, rng: Random, top: str) -> Edit | None:
    known = sorted(
        (v.record.clinic_id, v.record.provider_id) for d in state.tree.below(top) for v in state.providers.items(d)
    )
    some = (_domain(state, rng, top), rng.choice(PROVIDERS))
    clinic, name = rng.choice(known) if known and rng.random() < 0.5 else some
    roles = _some(rng, _visible(state, clinic), (1, 1, 2))
    found = state.providers.get(clinic, name)
    if not roles or (found is not None and rng.random() < 0.3):
        return None if found is None else delete(found.record)
    record = ProviderAssignment(
        clinic_id=clinic,
        provider_id=name,
        roles=tuple(roles),
        window=rng.choice(WINDOWS),
        verification=rng.choice(list(Verification)),
        created_by="root",
    )
    return create(record) if found is None else update(found.record, record)


def _api_key(state: PolicyState, rng: Random, top: str) -> Edit | None:
    key_id, domain = rng.choice(KEYS), _domain(state, rng, top)
    found = state.api_key(key_id)
    if found is None:
        makers = ("root", *sorted(v.record.subject for v in state.api_keys))
        return create(api_key(key_id, domain, *_some(rng, tuple(Scope), (1, 2)), created_by=rng.choice(makers)))
    if not state.tree.is_within(found.domain, top):
        return None
    return delete(found) if rng.random() < 0.5 else update(found, dataclasses.replace(found, name=f"{key_id}, new"))


_WEIGHTED: Final[tuple[tuple[Wish, int], ...]] = (
    (_new_organization, 6),
    (_new_clinic, 20),
    (_edited_domain, 8),
    (_lost_domain, 2),
    (_role, 26),
    (_built_in, 3),
    (_assignment, 26),
    (_edited_assignment, 4),
    (_provider, 8),
    (_api_key, 5),
)
_WISHES: Final = tuple(wish for wish, _ in _WEIGHTED)
_WEIGHTS: Final = tuple(weight for _, weight in _WEIGHTED)
