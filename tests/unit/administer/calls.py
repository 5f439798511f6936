"""Wishes in few words, and what comes of them: the policy that most tests of use cases begin with."""

from __future__ import annotations

from typing import Any, Final

from enterprise_policy.errors import CallerError
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.edits import Edit, Op
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind, Record
from enterprise_service.administer.commit import judge
from enterprise_service.administer.records import wished
from enterprise_service.administer.wish import Origin, RoleName, Wish
from tests.support.policies import assignment, tree_state
from tests.unit.administer.scenes import scene

R: Final = RoleName(None, "R")
PATH, BODY = Origin.PATH, Origin.BODY


def given(*records: Record) -> PolicyState:
    """Ann manages `o1`, cleo `c1`, oli `o2`, `root` the platform; ada may only read `o1`, dave only ask there."""
    return tree_state(
        *BUILT_IN_ROLES,
        assignment("root", "platform-admin@platform", "platform"),
        assignment("ann", "organization-admin@platform", "o1"),
        assignment("cleo", "clinic-admin@platform", "c1"),
        assignment("oli", "organization-admin@platform", "o2"),
        assignment("ada", "auditor@platform", "o1"),
        assignment("dave", "decision-client@platform", "o1"),
        *records,
    )


def wish(op: str, kind: Kind, record_id: str | None, domain: str | None = None, **more: Any) -> Wish:  # noqa: ANN401
    """``more`` are fields, but for `origin` and `cascade`."""
    origin, cascade = more.pop("origin", PATH), more.pop("cascade", False)
    return Wish(op=Op(op), kind=kind, id=record_id, domain=domain, fields=more, origin=origin, cascade=cascade)


def edits_of(state: PolicyState, actor: str, *wishes: Wish, **terms: object) -> tuple[Edit, ...]:
    """The edits that a call of ``wishes`` makes."""
    return judge(scene(state, actor, **terms), wished(wishes))


def after(state: PolicyState, actor: str, *wishes: Wish) -> PolicyState:
    """The state that they lead to."""
    call = scene(state, actor)
    judge(call, wished(wishes))
    return call.state


def refused(state: PolicyState, actor: str, *wishes: Wish, **terms: object) -> tuple[str, tuple[str, ...]]:
    """The code that they are refused with, and the pointers."""
    try:
        edits_of(state, actor, *wishes, **terms)
    except CallerError as error:
        return error.code, tuple(fault.pointer for fault in error.faults)
    return "", ()
