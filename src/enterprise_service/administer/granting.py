"""What may be granted (HTTP contract section 6), judged before and after a whole change.

Rule 1 is the records' own: no role of a tenant's making can hold a permission under ``/management/``
(``state/role.py``); rule 7 is the scene's (``scene.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from enterprise_policy.decide.delta import gain_of
from enterprise_policy.errors import EscalationError, Fault, InUseError, NotInCatalogueError
from enterprise_policy.state.api_key import KEY_SUBJECT, ApiKey
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Effect, Role, RoleRef
from enterprise_policy.state.role_graph import reached_from
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.gifts import gifts_of
from enterprise_service.administer.rights import (
    EVERYTHING,
    RIGHTS_OF_ROLE,
    Rights,
    covers,
    people_behind,
    rights_given,
    scope_rights,
)
from enterprise_service.administer.scene import Scene, Step

PLATFORM_ADMIN: Final = RoleRef(PLATFORM, "platform-admin")


@dataclass(frozen=True, slots=True)
class Giver:
    """Who makes the call, as far as what he may grant is concerned."""

    actor: str
    rights: Rights

    @property
    def is_free(self) -> bool:
        """Whether he is a platform administrator."""
        return covers(self.rights.at(PLATFORM), EVERYTHING)


def judge_grants(scene: Scene, giver: Giver) -> None:
    """Judge the change that led from ``scene.before`` to ``scene.state`` as if ``giver`` made it.

    Raises ``NotInCatalogueError``, ``EscalationError`` or ``InUseError``, with a pointer where one field is to blame.
    """
    _keep_an_administrator(scene)
    if not giver.is_free:
        extending = cache(partial(_extending_below, scene.state))
        for step in scene.steps:
            _check_role(scene.state, step)
            _check_gifts(scene, giver, step, extending)
    for step in scene.steps:
        if isinstance(step.edit.after, ApiKey) and step.edit.before is None:
            _check_key(scene, giver, step, step.edit.after)
    _check_own_gain(scene, giver)


# --- rule 2: rights under /management/; rule 3: other rights -------------------------------------------


def _check_gifts(scene: Scene, giver: Giver, step: Step, extending: Callable[[str], tuple[str, ...]]) -> None:
    for gift in gifts_of(scene.before, scene.state, (step.edit,)):
        if gift.own and _is_kept_back(scene.state, gift.role):
            detail = f"role `{gift.role.id}` of `{PLATFORM}` holds what tenants aren't offered; the platform gives it"
            raise _escalation(detail, step, "")
        for domain in (gift.domain, *(() if gift.role in RIGHTS_OF_ROLE else extending(gift.domain))):
            if not covers(giver.rights.at(scene.asked_in(domain)), rights_given(scene.state, domain, gift.role)):
                detail = f"role `{gift.role.id}` gives rights to manage `{domain}` that the caller doesn't hold there"
                raise _escalation(detail, step, "")


def _extending_below(state: PolicyState, top: str) -> tuple[str, ...]:
    """The domains below ``top`` in which a role made above may give more: where one is extended by what it inherits."""
    return tuple(domain for domain in state.tree.below(top) if domain != top and _extends(state, domain))


def _extends(state: PolicyState, domain: str) -> bool:
    return any(v.record.extends is not None and v.record.inherits for v in state.roles.items(domain))


def _is_kept_back(state: PolicyState, role: RoleRef) -> bool:
    """Whether ``role`` was made at the platform and holds what the catalogue doesn't offer to tenants."""
    if role.domain != PLATFORM or role in RIGHTS_OF_ROLE:
        return False
    parts = (ref for ref in reached_from(state, (role,), (PLATFORM,)) if ref not in RIGHTS_OF_ROLE)
    records = (record for ref in parts for record in state.role_records(ref, (PLATFORM,)))
    return any(True for record in records for _ in _not_offered(state, record))


def _check_role(state: PolicyState, step: Step) -> None:
    before, after = step.edit.before, step.edit.after
    if not isinstance(after, Role) or after.domain == PLATFORM:
        return
    kept = before.permissions if isinstance(before, Role) else ()
    for place in _not_offered(state, after):
        permission = after.permissions[place]
        if permission not in kept:
            detail = f"the catalogue doesn't offer `{permission.action}` on `{permission.resource}` to tenants"
            fault = Fault(step.place(f"/permissions/{place}"), detail)
            raise NotInCatalogueError(detail, faults=(fault,))


def _not_offered(state: PolicyState, role: Role) -> Iterator[int]:
    """The places of the permissions that give what the catalogue doesn't offer; a deny gives nothing."""
    for place, permission in enumerate(role.permissions):
        offered = state.catalogue is not None and state.catalogue.offers(permission.resource, permission.action)
        if permission.effect is Effect.ALLOW and not offered:
            yield place


# --- rule 4: nobody gains by his own call ----------------------------------------------------------------


def _check_own_gain(scene: Scene, giver: Giver) -> None:
    edits = [step.edit for step in scene.steps]
    for subject in people_behind(scene.before, giver.actor):
        gain = gain_of(subject, scene.before, scene.state, edits, scene.now)
        if gain is not None:
            detail = (
                f"`{subject}` would gain `{gain.action}` on `{gain.resource}` in `{gain.domain}` by a call of his own"
            )
            raise EscalationError(detail)


# --- rule 5: keys ----------------------------------------------------------------------------------------


def _check_key(scene: Scene, giver: Giver, step: Step, key: ApiKey) -> None:
    if giver.actor.startswith(KEY_SUBJECT):
        maker = scene.before.api_key(giver.actor.removeprefix(KEY_SUBJECT))
        _check_key_of_key(step, key, maker)
        return
    held = giver.rights.at(scene.asked_in(key.domain))
    for place, scope in enumerate(key.scopes):
        if not covers(held, scope_rights(scene.state, key.domain, scope)):
            raise _escalation(f"the scope `{scope.value}` gives more than its maker holds", step, f"/scopes/{place}")


def _check_key_of_key(step: Step, key: ApiKey, maker: ApiKey | None) -> None:
    if maker is None or not set(key.scopes) <= set(maker.scopes):
        raise _escalation("a key made by a key has no scopes but its maker's", step, "/scopes")
    if maker.expires_at is not None and (key.expires_at is None or key.expires_at > maker.expires_at):
        raise _escalation("a key made by a key expires no later than its maker", step, "/expires_at")


def _escalation(detail: str, step: Step, pointer: str) -> EscalationError:
    return EscalationError(detail, faults=(Fault(step.place(pointer), detail),))


# --- rule 6: the platform keeps an administrator ---------------------------------------------------------


def _keep_an_administrator(scene: Scene) -> None:
    if any(_is_endless(step.edit.before, scene) for step in scene.steps):
        left = (versioned.record for versioned in scene.state.assignments.items(PLATFORM))
        if not any(_is_endless(assignment, scene) for assignment in left):
            raise InUseError(f"`{PLATFORM}` would be left without a current, endless `{PLATFORM_ADMIN.id}`")


def _is_endless(record: object, scene: Scene) -> bool:
    """Whether it makes somebody administrator of the platform now, for good."""
    if not isinstance(record, Assignment) or (record.domain, record.role) != (PLATFORM, PLATFORM_ADMIN):
        return False
    return record.window.ends_at is None and record.is_current(scene.now)
