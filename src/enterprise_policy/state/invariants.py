"""What must hold in every state, judged when an edit is applied.

``admit`` is the only way to a new state that isn't in the log yet. Who may make the edit, and what may be granted, are
other questions, asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from enterprise_policy.errors import (
    AlreadyExistsError,
    ConflictError,
    CycleError,
    Fault,
    InUseError,
    InvalidRequestError,
    ReservedError,
    TooDeepError,
    UnknownReferenceError,
)
from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.assignment import Assignment, Source
from enterprise_policy.state.built_in import BUILT_IN_IDS, BUILT_IN_ROLES
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, Op
from enterprise_policy.state.fold import apply_edit
from enterprise_policy.state.key_rules import refuse_long_line, refuse_orphans, refuse_other_key
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Kind, Record
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.state.role_graph import check_inheritance
from enterprise_policy.state.usage import users_of_domain, users_of_role
from enterprise_policy.values.tree import DEPTH_LIMIT
from enterprise_policy.values.windows import Instant


def admit(state: PolicyState, edit: Edit, at: Instant, reverts: int | None = None) -> PolicyState:
    """The state after ``edit`` made at ``at``, in the change that would come next.

    ``reverts`` is the revision that the change reverts: the domain ids that were given up there are free for it.
    Raises a ``CallerError`` by what is wrong, with a pointer into the record where one field is to blame; then
    nothing has changed.
    """
    _meet(state, edit)
    judge = _JUDGES.get(edit.kind)
    if judge is not None:
        judge(_given_back(state, edit, reverts), edit)
    after = apply_edit(state, edit, state.revision + 1, at)
    if _moves_links(edit):
        check_inheritance(after, edit.record.id if edit.kind is Kind.CLINIC else edit.record.domain)
    return after


def _given_back(state: PolicyState, edit: Edit, reverts: int | None) -> PolicyState:
    """The state that ``edit`` is judged at: an id that the reverted change gave up is free in it."""
    domain = edit.record.id
    if reverts is None or state.retired.get(domain) != reverts:
        return state
    return replace(state, retired=state.retired.remove(domain))


def _meet(state: PolicyState, edit: Edit) -> None:
    """The record must be there just as the edit found it, or not at all when it is to be made."""
    record = edit.record
    found = state.table(edit.kind).get(record.home, record.id)
    if edit.op is Op.CREATE and found is not None:
        raise _exists(f"{edit.kind.value} `{record.id}` exists")
    if edit.op is not Op.CREATE and (found is None or found.record != edit.before):
        detail = f"{edit.kind.value} `{record.id}` in `{record.domain}` has changed"
        raise ConflictError(detail)


def _moves_links(edit: Edit) -> bool:
    if isinstance(edit.after, Role):
        return edit.after.inherits != (edit.before.inherits if isinstance(edit.before, Role) else ())
    return edit.op is Op.UPDATE and edit.kind is Kind.CLINIC and _moved(edit)


def _moved(edit: Edit) -> bool:
    return edit.before is not None and edit.after is not None and edit.before.domain != edit.after.domain


# --- domains ----------------------------------------------------------------------------------------


def _judge_organization(state: PolicyState, edit: Edit) -> None:
    if edit.op is Op.CREATE:
        _free_domain(state, edit.record.id)
    elif edit.op is Op.DELETE:
        _unused_domain(state, edit.record.id)


def _judge_clinic(state: PolicyState, edit: Edit) -> None:
    if isinstance(edit.before, Clinic) and edit.after is None:
        _unused_domain(state, edit.before.id)
    if not isinstance(edit.after, Clinic):
        return
    if edit.before is None:
        _free_domain(state, edit.after.id)
    _in_organization(state, edit.before, edit.after)
    if edit.before is None or _moved(edit):
        _fits_below(state, edit.after)


def _free_domain(state: PolicyState, domain: str) -> None:
    if domain in state.tree:
        raise _exists(f"domain `{domain}` exists")
    if domain in state.retired:
        raise _exists(f"domain `{domain}` has existed, and its id is never used again")


def _exists(detail: str) -> AlreadyExistsError:
    return AlreadyExistsError(detail, faults=(Fault("/id", detail),))


def _unused_domain(state: PolicyState, domain: str) -> None:
    users = users_of_domain(state, domain)
    if users:
        raise InUseError(f"domain `{domain}` is in use: {', '.join(users)}")


def _in_organization(state: PolicyState, before: object, clinic: Clinic) -> None:
    if isinstance(before, Clinic) and before.organization_id != clinic.organization_id:
        raise InvalidRequestError.at("/organization_id", "can't change")
    if state.organization(clinic.organization_id) is None:
        raise _unknown("/organization_id", f"there is no organization `{clinic.organization_id}`")
    parent = state.clinic(clinic.parent_id)
    belongs = clinic.organization_id in (clinic.parent_id, parent.organization_id if parent else None)
    if not belongs:
        detail = f"there is no clinic `{clinic.parent_id}` in organization `{clinic.organization_id}`"
        raise _unknown("/parent_id", detail)


def _fits_below(state: PolicyState, clinic: Clinic) -> None:
    path = state.tree.path(clinic.parent_id)
    if clinic.id in path:
        detail = f"clinic `{clinic.id}` would lie below itself"
        raise CycleError(detail, faults=(Fault("/parent_id", detail),))
    if len(path) + state.tree.height(clinic.id) > DEPTH_LIMIT:
        detail = f"the domain tree would be more than {DEPTH_LIMIT} deep"
        raise TooDeepError(detail, faults=(Fault("/parent_id", detail),))
    lost = frozenset(state.tree.path(clinic.id)[1:]) - frozenset(path)
    users = [user for domain in sorted(lost) for user in _users_below(state, domain, clinic.id)]
    if users:
        raise InUseError(f"clinic `{clinic.id}` uses roles made where it would leave: {', '.join(users[:10])}")


def _users_below(state: PolicyState, made_in: str, domain: str) -> list[str]:
    """What in ``domain`` and below names a role that is made in ``made_in``."""
    within = frozenset(state.tree.below(domain))
    refs = (versioned.record.ref for versioned in state.roles.items(made_in) if versioned.record.extends is None)
    return [user for ref in refs for user in users_of_role(state, ref, within)]


# --- roles --------------------------------------------------------------------------------------------


def _judge_role(state: PolicyState, edit: Edit) -> None:
    if isinstance(edit.before, Role) and edit.after is None:
        if edit.before.built_in:
            raise _reserved(f"`{edit.before.id}` is a built-in role, and stays")
        _unused_role(state, edit.before)
    if not isinstance(edit.after, Role):
        return
    role = edit.after
    if isinstance(edit.before, Role) and edit.before.extends != role.extends:
        raise InvalidRequestError.at("/extends", "can't change")
    _known_domain(state, role.domain)
    _not_reserved(role)
    if role.extends is not None:
        _extends_above(state, role)
    for place, ref in enumerate(role.inherits):
        _visible_role(state, role.domain, ref, f"/inherits/{place}")


def _not_reserved(role: Role) -> None:
    """Built-in roles are those of the program, word for word, and nobody else's have their ids."""
    known = role.id in BUILT_IN_IDS
    if (known or role.built_in) and role not in BUILT_IN_ROLES:
        raise _reserved(f"`{role.id}` is {'a' if known else 'no'} built-in role")


def _reserved(detail: str) -> ReservedError:
    return ReservedError(detail, faults=(Fault("/id", detail),))


def _extends_above(state: PolicyState, role: Role) -> None:
    if role.extends not in state.tree.path(role.domain)[1:] or state.role(role.ref) is None:
        detail = f"there is no role `{role.id}` made in `{role.extends}` above `{role.domain}`"
        raise _unknown("/extends", detail)


def _unused_role(state: PolicyState, role: Role) -> None:
    users = [] if role.extends is not None else users_of_role(state, role.ref)
    if users:
        raise InUseError(f"role `{role.id}` is in use: {', '.join(users[:10])}")


# --- who holds them -------------------------------------------------------------------------------------


def _judge_assignment(state: PolicyState, edit: Edit) -> None:
    if any(_is_provider_s(record) for record in (edit.before, edit.after)):
        raise ConflictError("an assignment of a provider changes only through the provider's record")
    if not isinstance(edit.after, Assignment):
        return
    new = edit.after
    if isinstance(edit.before, Assignment) and (edit.before.subject, edit.before.role) != (
        new.subject,
        new.role,
    ):
        raise InvalidRequestError.at("/subject", "subject and role can't change")
    _known_domain(state, new.domain)
    _visible_role(state, new.domain, new.role, "/role")
    _no_overlap(state, new, frozenset({new.id}), "/role")


def _is_provider_s(record: Record | None) -> bool:
    return isinstance(record, Assignment) and (record.source is Source.PROVIDER or not record.verified)


def _judge_provider(state: PolicyState, edit: Edit) -> None:
    if not isinstance(edit.after, ProviderAssignment):
        return
    record = edit.after
    if state.clinic(record.clinic_id) is None:
        raise _unknown("/clinic_id", f"there is no clinic `{record.clinic_id}`")
    before = edit.before.assignments() if isinstance(edit.before, ProviderAssignment) else ()
    own = frozenset(assignment.id for assignment in before)
    for place, assignment in enumerate(record.assignments()):
        _visible_role(state, record.clinic_id, assignment.role, f"/roles/{place}")
        if assignment.id not in own and state.assignments.get(assignment.home, assignment.id) is not None:
            raise _exists(f"assignment `{assignment.id}` exists")
        _no_overlap(state, assignment, own, f"/roles/{place}")


def _no_overlap(state: PolicyState, new: Assignment, but: frozenset[str], pointer: str) -> None:
    for held in state.assignments_of(new.subject, new.domain):
        if held.id not in but and held.role == new.role and held.window.overlaps(new.window):
            detail = f"`{new.subject}` has role `{new.role.id}` in `{new.domain}` in that time: assignment `{held.id}`"
            raise AlreadyExistsError(detail, faults=(Fault(pointer, detail),))


# --- credentials ----------------------------------------------------------------------------------------


def _judge_key(state: PolicyState, edit: Edit) -> None:
    if isinstance(edit.before, ApiKey) and edit.after is None:
        refuse_orphans(state, edit.before)
    if not isinstance(edit.after, ApiKey):
        return
    if isinstance(edit.before, ApiKey):
        refuse_other_key(edit.before, edit.after)
    else:
        refuse_long_line(state, edit.after)
    _known_domain(state, edit.after.domain)


# --- what several of them ask ---------------------------------------------------------------------------


def _known_domain(state: PolicyState, domain: str) -> None:
    if domain not in state.tree:
        raise _unknown("/domain", f"there is no domain `{domain}`")


def _visible_role(state: PolicyState, domain: str, ref: RoleRef, pointer: str) -> None:
    if ref.domain not in state.tree.path(domain) or state.role(ref) is None:
        detail = f"there is no role `{ref.id}` made in `{ref.domain}` that `{domain}` can use"
        raise _unknown(pointer, detail)


def _unknown(pointer: str, detail: str) -> UnknownReferenceError:
    return UnknownReferenceError(detail, faults=(Fault(pointer, detail),))


def _judge_model(_state: PolicyState, edit: Edit) -> None:
    if edit.op is not Op.CREATE:
        raise _reserved("the model of a store can't change")


_JUDGES: Final[Mapping[Kind, Callable[[PolicyState, Edit], None]]] = {
    Kind.ORGANIZATION: _judge_organization,
    Kind.CLINIC: _judge_clinic,
    Kind.ROLE: _judge_role,
    Kind.ASSIGNMENT: _judge_assignment,
    Kind.PROVIDER_ASSIGNMENT: _judge_provider,
    Kind.API_KEY: _judge_key,
    Kind.MODEL: _judge_model,
}
