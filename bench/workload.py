"""A policy of a given size and questions about it, the same at every run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from enterprise_policy.decide.question import Question
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.fold import apply_edit
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.state.role import Effect, Permission, Role, RoleRef
from enterprise_policy.values.names import PLATFORM

CLINICS: Final = 10
"""Clinics of an organization."""

RULES_OF_AN_ORGANIZATION: Final = 1000
ROLES: Final = 12
AREAS: Final = ("patients", "charts", "imaging", "appointments", "claims", "payments", "schedules", "staff")
TAILS: Final = ("", "/notes", "/notes/:note", "/*", "/files/:file")
ACTIONS: Final = ("read", "update", "create")
DENIES: Final = 0.05
AT_HOME: Final = 0.75
"""Parts of the permissions that deny, and of the questions that are about a domain where the subject holds a role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """``rules`` counts permissions, links of inheritance, edges of the tree and assignments."""

    rules: int
    edits: tuple[Edit, ...]
    questions: tuple[Question, ...]

    def state(self) -> PolicyState:
        """The state that the edits make."""
        state = empty_state("bench")
        for edit in self.edits:
            state = apply_edit(state, edit, 1, 0)
        return state


def make_workload(rules: int, questions: int, seed: int = 7) -> Workload:
    """About ``rules`` rules: organizations of ten clinics, half of them with an extension, denies in some roles.

    Questions are about random subjects; three of four in a domain where the subject holds a role.
    """
    chance = random.Random(seed)  # noqa: S311 (a repeatable workload)
    edits = [*_roles(chance)]
    for number in range(max(1, rules // RULES_OF_AN_ORGANIZATION)):
        edits.extend(_organization(number))
    clinics = [edit.record.id for edit in edits if isinstance(edit.record, Clinic)]
    missing = rules - sum(map(_weight, edits))
    edits.extend(_assignment(chance, number, clinics) for number in range(missing))
    return Workload(
        rules=sum(map(_weight, edits)),
        edits=tuple(edits),
        questions=tuple(_questions(chance, edits, clinics, questions)),
    )


def _weight(edit: Edit) -> int:
    record = edit.record
    return len(record.permissions) + len(record.inherits) if isinstance(record, Role) else 1


def _roles(chance: random.Random) -> Iterator[Edit]:
    for number in range(ROLES):
        inherits = (RoleRef(PLATFORM, f"role-{number - 1}"),) if number % 3 else ()
        permissions = tuple({_permission(chance) for _ in range(8)})
        yield create(Role(domain=PLATFORM, id=f"role-{number}", inherits=inherits, permissions=permissions))


def _permission(chance: random.Random) -> Permission:
    effect = Effect.DENY if chance.random() < DENIES else Effect.ALLOW
    action = chance.choice((*ACTIONS, "*"))
    return Permission(f"/{chance.choice(AREAS)}/:id{chance.choice(TAILS)}", action, effect)


def _organization(number: int) -> Iterator[Edit]:
    name = f"organization-{number}"
    yield create(Organization(id=name, name=name))
    if number % 2:
        added = (Permission(f"/charts/:id/series-{number % 7}", "read"), Permission("/claims/:id/audit", "*"))
        yield create(Role(domain=name, id="role-3", extends=PLATFORM, permissions=added))
    for place in range(CLINICS):
        clinic = f"clinic-{number}-{place}"
        yield create(Clinic(id=clinic, organization_id=name, parent_id=name, name=clinic))


def _assignment(chance: random.Random, number: int, clinics: list[str]) -> Edit:
    """Each person has three, of different roles: one at an organization, two at clinics."""
    domain = chance.choice(clinics)
    if number % 3 == 0:
        domain = "organization-" + domain.split("-")[1]
    return create(
        Assignment(
            domain=domain,
            id=f"assignment-{number}",
            subject=f"person-{number // 3}",
            role=RoleRef(PLATFORM, f"role-{chance.randrange(ROLES // 3) * 3 + number % 3}"),
            created_by="bench",
        )
    )


def _questions(chance: random.Random, edits: list[Edit], clinics: list[str], count: int) -> Iterator[Question]:
    assignments = [edit.record for edit in edits if isinstance(edit.record, Assignment)]
    for _ in range(count):
        assignment = chance.choice(assignments)
        domain = assignment.domain if chance.random() < AT_HOME else chance.choice(clinics)
        tail = chance.choice(TAILS).replace(":note", "9").replace(":file", "x.png").replace("*", "any/thing")
        resource = f"/{chance.choice(AREAS)}/{chance.randrange(100_000)}{tail}"
        yield Question(assignment.subject, domain, resource, chance.choice(ACTIONS))
