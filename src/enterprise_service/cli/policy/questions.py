"""Questions to compare two engines by: what the policy is about, and what lies just beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

from enterprise_policy.decide.question import Question
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import ANY_ACTION
from enterprise_policy.state.role_graph import links_at, reach
from enterprise_policy.values.names import PLATFORM, resource_fault
from enterprise_policy.values.patterns import EVERYTHING

T = TypeVar("T")

AT_LEAST: Final = 20
"""Questions in a domain, if any are asked there."""

HOLDERS: Final = 12
OTHERS: Final = 3
NOBODY: Final = "nobody.at-all"
NOTHING: Final = "no-such-action"

_SEGMENTS: Final = ("42", "a.b", "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A domain with the ``questions`` that are asked in it, and the ``subjects`` they are about."""

    domain: str
    subjects: frozenset[str]
    questions: tuple[Question, ...]


def sample(state: PolicyState, count: int, random: Random) -> Iterator[Place]:
    """About ``count`` questions, spread over the domains of ``state``, the same for the same ``random``."""
    domains = sorted(state.tree.below(PLATFORM))
    random.shuffle(domains)
    share = max(AT_LEAST, -(-count // len(domains)))
    everybody = sorted(state.places)
    left = count
    for domain in domains:
        if left <= 0:
            return
        subjects = _subjects(state, domain, everybody, random)
        questions = _pick(state, domain, subjects, min(share, left), random)
        left -= len(questions)
        yield Place(domain=domain, subjects=frozenset(subjects), questions=questions)


def _pick(state: PolicyState, domain: str, subjects: Sequence[str], count: int, random: Random) -> tuple[Question, ...]:
    """Half about what the subjects' own roles say, the rest about anything; fewer when there is no more to ask."""
    own = _some(sorted(_about_own(state, domain, subjects, random)), count // 2, random)
    anything = sorted(_near({*_in_catalogue(state), *_in_permissions(state, domain)}, random))
    # A product may be large: its members are made when they are chosen.
    chosen = random.sample(range(len(subjects) * len(anything)), min(count - len(own), len(subjects) * len(anything)))
    others = ((subjects[place % len(subjects)], *anything[place // len(subjects)]) for place in chosen)
    asked = dict.fromkeys((*own, *others))
    return tuple(Question(subject, domain, resource, action) for subject, resource, action in asked)


def _subjects(state: PolicyState, domain: str, everybody: Sequence[str], random: Random) -> list[str]:
    """Some who hold roles here, a few who hold others, and one who holds none."""
    here = sorted({subject for above in state.tree.path(domain) for subject in state.held.get(above) or ()})
    chosen = {*_some(here, HOLDERS, random), *_some(everybody, OTHERS, random), NOBODY}
    return sorted(chosen)


def _some(things: Sequence[T], count: int, random: Random) -> list[T]:
    return random.sample(things, min(count, len(things)))


def _about_own(
    state: PolicyState, domain: str, subjects: Iterable[str], random: Random
) -> Iterator[tuple[str, str, str]]:
    """What the roles that ``subjects`` are given here or above say, in force or not."""
    path, links = state.tree.path(domain), links_at(state, domain)
    for subject in subjects:
        given = {a.role for above in path for a in state.assignments_of(subject, above)}
        roles = {ref for role in given for ref in reach(links, role)}
        records = (record for ref in roles for record in state.role_records(ref, path))
        named = {(permission.resource, permission.action) for record in records for permission in record.permissions}
        yield from ((subject, *pair) for pair in _near(named, random))


def _near(named: Iterable[tuple[str, str]], random: Random) -> set[tuple[str, str]]:
    """Resources and actions that patterns and actions stand for, with some just beside them."""
    ordered = sorted(named)
    actions = sorted({action for _, action in ordered if action != ANY_ACTION} | {NOTHING})
    pairs = set()
    for pattern, action in ordered:
        for resource in examples(pattern, random):
            pairs.add((resource, random.choice(actions) if action == ANY_ACTION else action))
            pairs.add((resource, random.choice(actions)))
    return pairs


def _in_catalogue(state: PolicyState) -> Iterator[tuple[str, str]]:
    catalogue = state.catalogue
    for resource in () if catalogue is None else catalogue.resources:
        yield from ((resource.resource, action.action) for action in resource.actions)


def _in_permissions(state: PolicyState, domain: str) -> Iterator[tuple[str, str]]:
    for above in state.tree.path(domain):
        for role in state.roles.items(above):
            yield from ((permission.resource, permission.action) for permission in role.record.permissions)


def examples(pattern: str, random: Random) -> list[str]:
    """Resources that ``pattern`` matches, and some that it nearly does."""
    if pattern == EVERYTHING:
        candidates: Iterable[str] = ("anything", "/any/thing", "/management/roles")
    elif pattern[:1] != "/":
        candidates = (pattern, f"{pattern}x", f"/{pattern}")
    else:
        candidates = _paths(pattern, random)
    return [resource for resource in candidates if resource_fault(resource) is None]


def _paths(pattern: str, random: Random) -> Iterator[str]:
    segments = [random.choice(_SEGMENTS) if segment[:1] == ":" else segment for segment in pattern[1:].split("/")]
    if segments[-1] == "*":
        segments.pop()
        yield _path(*segments, "x", "y")
        segments.append(random.choice(_SEGMENTS))
    yield _path(*segments)
    yield _path(*segments, "more")
    yield _path(*segments[:-1])
    yield _path(*segments).swapcase()


def _path(*segments: str) -> str:
    return "".join(f"/{segment}" for segment in segments)
