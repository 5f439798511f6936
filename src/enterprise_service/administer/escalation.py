"""A call that goes too far, and who might make it instead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from enterprise_policy.errors import CallerError, EscalationError
from enterprise_policy.state.record import Kind
from enterprise_service.administer.authority import Demand, Target, to_read
from enterprise_service.administer.granting import Giver, judge_grants
from enterprise_service.administer.rights import people_behind, rights_given, rights_of
from enterprise_service.administer.scene import Scene

NAMED: Final = 10
TRIED: Final = 20
"""So many subjects are looked at; more would keep other writers waiting."""


def check_grants(scene: Scene) -> None:
    """Judge what ``scene``'s change grants (see ``granting.py``).

    An ``EscalationError`` names subjects in the caller's sight who may make this very call.
    """
    try:
        judge_grants(scene, Giver(scene.author.actor, scene.rights))
    except EscalationError as error:
        able = (subject for subject in islice(_candidates(scene), TRIED) if _may_make(scene, subject))
        error.may = tuple(islice(able, NAMED))
        raise


def _candidates(scene: Scene) -> Iterator[str]:
    """Subjects in sight who have a right to manage where the change is made, nearest first, the caller left out."""
    seen = set(people_behind(scene.before, scene.author.actor))
    for domain in _path(scene):
        if not scene.may(to_read(Kind.ASSIGNMENT), domain):
            continue
        for versioned in sorted(scene.before.assignments.items(domain), key=lambda each: each.record.subject):
            assignment = versioned.record
            manages = assignment.is_current(scene.now) and rights_given(scene.before, domain, assignment.role)
            if manages and assignment.subject not in seen:
                seen.add(assignment.subject)
                yield assignment.subject


def _path(scene: Scene) -> Iterator[str]:
    """Each domain in which the change asks for authority, with those above it, once."""
    asked = (scene.asked_in(demand.domain) for demand in _demands(scene))
    yield from dict.fromkeys(above for domain in asked for above in scene.before.tree.path(domain))


def _demands(scene: Scene) -> Iterator[Demand]:
    for step in scene.steps:
        yield from Target.of(step.edit).demands()


def _may_make(scene: Scene, subject: str) -> bool:
    rights = rights_of(scene.before, subject, scene.now)
    if not all(rights.may(scene.asked_in(domain), right) for right, domain in _demands(scene)):
        return False
    try:
        judge_grants(scene, Giver(subject, rights))
    except CallerError:
        return False
    return True
