"""The edits that make rules of Casbin's form true: what ``effective_rules`` shows of a policy, turned round.

A role is there for Casbin as long as a rule names it. So a role that is named for the first time is made, and one that
no rule needs any more goes, unless somebody described it. The order is that in which each edit can be made: what is
taken away first, then domains, roles, what roles hold, who holds them, and in the end what nothing needs any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from uuid import uuid4

from enterprise_policy.errors import ConflictError
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.edits import Edit, create, delete
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import ALWAYS, Window
from enterprise_service.administer.casbin_domains import abandoned, placed
from enterprise_service.administer.casbin_meaning import Given, Holds, Inherits, Lies, Meaning
from enterprise_service.administer.casbin_roles import filled, is_part, lessened, made, told_of, unneeded
from enterprise_service.administer.references import mention
from enterprise_service.administer.scene import Scene


def edits_of(scene: Scene, removed: Collection[Meaning], added: Collection[Meaning]) -> Iterator[Edit]:
    """The edits after which ``added`` is in force, and nothing of ``removed`` but what is among them.

    Raises what the policy refuses them with; ``ConflictError`` for a rule of a suspended domain, where none holds.
    """
    kept = frozenset(added)
    taken = [meaning for meaning in removed if meaning not in kept and _is_there(scene, meaning)]
    records = told_of(taken, added)
    yield from _deprived(scene, [meaning for meaning in taken if isinstance(meaning, Given)])
    yield from lessened(scene, records)
    yield from placed(scene, frozenset(taken), [meaning for meaning in added if isinstance(meaning, Lies)])
    for meaning in added:
        _refuse_suspended(scene.state, meaning.domain)
    yield from made(scene, added, records)
    yield from filled(scene, records)
    yield from _given(scene, [meaning for meaning in added if isinstance(meaning, Given)])
    yield from unneeded(scene, taken)
    yield from abandoned(scene, [meaning for meaning in taken if isinstance(meaning, Lies)], added)


def _is_there(scene: Scene, meaning: Meaning) -> bool:
    """Whether its domain is; whoever doesn't see all domains is told of those that he sees only."""
    domain = meaning.domain
    if domain in scene.state.tree or not scene.sees(PLATFORM):
        mention(scene, domain, "")
    _refuse_suspended(scene.state, domain)
    return domain in scene.state.tree


def _refuse_suspended(state: PolicyState, domain: str) -> None:
    suspended = state.suspended_at(domain)
    if suspended is not None:
        raise ConflictError(f"no rule holds in `{domain}` while `{suspended}` is suspended")


def refuse_missing(scene: Scene, removed: Iterable[Meaning]) -> None:
    """Raise ``ConflictError`` for the first of ``removed`` that isn't in force."""
    for meaning in removed:
        if not (_is_there(scene, meaning) and _is_in_force(scene, meaning)):
            raise ConflictError(f"a rule of `{meaning.domain}` that was to be replaced isn't in force any more")


def _is_in_force(scene: Scene, meaning: Meaning) -> bool:
    if isinstance(meaning, Holds | Inherits):
        return is_part(scene.state, meaning)
    if isinstance(meaning, Given):
        return any(assignment.is_current(scene.now) for assignment in _assignments(scene, meaning))
    return scene.state.tree.parent(meaning.domain) == meaning.parent


# --- who holds them -------------------------------------------------------------------------------------


def _deprived(scene: Scene, taken: Iterable[Given]) -> Iterator[Edit]:
    for meaning in taken:
        yield from (delete(each) for each in _assignments(scene, meaning) if each.is_current(scene.now))


def _given(scene: Scene, added: Iterable[Given]) -> Iterator[Edit]:
    for meaning in added:
        mention(scene, meaning.domain, "/domain")
        held = _assignments(scene, meaning)
        if not any(each.is_current(scene.now) for each in held):
            yield create(_assignment(scene, meaning, has_ended=any(each.window.ended(scene.now) for each in held)))


def _assignments(scene: Scene, meaning: Given) -> list[Assignment]:
    held = scene.state.assignments_of(meaning.subject, meaning.domain)
    return [assignment for assignment in held if assignment.role == meaning.role]


def _assignment(scene: Scene, meaning: Given, *, has_ended: bool) -> Assignment:
    """A direct one without an end; after one that has ended it begins now, since the two may not overlap."""
    return Assignment(
        domain=meaning.domain,
        id=uuid4().hex,
        subject=meaning.subject,
        role=meaning.role,
        window=Window(scene.now) if has_ended else ALWAYS,
        created_by=scene.author.actor,
    )
