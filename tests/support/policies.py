# ruff: noqa: ANN401 - `more` are whatever fields a test wants to be otherwise
"""Policies in few words: builders of records with defaults, and states that have them.

A role is named `R@domain`. Built records are like any others: what is wrong with them raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final

import pytest

from enterprise_policy.errors import CallerError
from enterprise_policy.state.api_key import ApiKey, Scope
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.change import Change, encode_change
from enterprise_policy.state.checkpoint import encode_state
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Record
from enterprise_policy.state.role import Effect, Permission, Role, RoleRef

LOG_ID: Final = "a-log"
KEYRING: Final = Keyring([b"a secret of the tests"])


def ref(named: str) -> RoleRef:
    """The role `R@domain`."""
    name, _, domain = named.partition("@")
    return RoleRef(domain, name)


def allow(resource: str, action: str = "*") -> Permission:
    """A permission that allows."""
    return Permission(resource, action, Effect.ALLOW)


def deny(resource: str, action: str = "*") -> Permission:
    """A permission that denies."""
    return Permission(resource, action, Effect.DENY)


def organization(domain: str = "o1", **more: Any) -> Organization:
    """An organization of that id."""
    return Organization(**{"id": domain, "name": domain, **more})


def clinic(domain: str = "c1", parent: str = "o1", **more: Any) -> Clinic:
    """A clinic of that id below ``parent``, of organization `o1` unless it is said."""
    return Clinic(**{"id": domain, "name": domain, "parent_id": parent, "organization_id": "o1", **more})


def role(named: str, *permissions: Permission, inherits: Iterable[str] = (), **more: Any) -> Role:
    """The role `R@domain` with ``permissions``, inheriting the roles of those names."""
    domain, name = ref(named)
    inherited = tuple(map(ref, inherits))
    return Role(**{"domain": domain, "id": name, "permissions": permissions, "inherits": inherited, **more})


def assignment(subject: str, named: str, domain: str, **more: Any) -> Assignment:
    """``subject`` holds the role `R@domain` in ``domain``; the assignment's id is made of the three."""
    made = {"id": f"{subject}.{named.replace('@', '.')}", "created_by": "root"}
    return Assignment(**{"domain": domain, "subject": subject, "role": ref(named), **made, **more})


def provider(provider_id: str, clinic_id: str, *roles: str, **more: Any) -> ProviderAssignment:
    """The provider works at the clinic in the roles `R@domain`."""
    made = {"provider_id": provider_id, "clinic_id": clinic_id, "created_by": "root"}
    return ProviderAssignment(**{**made, "roles": tuple(map(ref, roles)), **more})


def api_key(key_id: str = "k1", domain: str = "o1", *scopes: Scope, **more: Any) -> ApiKey:
    """The key of that id in ``domain``, made by `root`; without ``scopes`` it decides."""
    made = {"id": key_id, "domain": domain, "name": key_id, "created_by": "root"}
    return ApiKey(**{**made, "scopes": scopes or (Scope.DECIDE,), "hash": sha256(key_id.encode()).hexdigest(), **more})


def change_of(state: PolicyState, *edits: Edit, **more: Any) -> Change:
    """The change of ``edits`` that would come after ``state``."""
    revision = state.revision + 1
    made: Mapping[str, Any] = {
        "log_id": state.log_id,
        "revision": revision,
        "id": f"change-{revision}",
        "at": revision,
        "actor": "root",
        "credential": "key:root",
        "request_id": f"request-{revision}",
    }
    return Change(**{**made, "edits": edits, **more})


def applied(state: PolicyState, *edits: Edit, **more: Any) -> PolicyState:
    """The state after one change of ``edits``, each of them admitted in turn."""
    judged = state
    for edit in edits:
        judged = admit(judged, edit, 0)
    change = change_of(state, *edits, **more)
    return apply_change(state, change, KEYRING.link(state.position, encode_change(change)))


def state_of(*records: Record) -> PolicyState:
    """The state that has ``records``, all made by one change."""
    return applied(empty_state(LOG_ID), *map(create, records))


def tree_state(*records: Record) -> PolicyState:
    """Like ``state_of``, with organizations `o1` (of clinic `c1` and group `g1` of `c2`) and `o2` (of `c3`)."""
    domains = (
        organization("o1"),
        clinic("c1", "o1"),
        clinic("g1", "o1"),
        clinic("c2", "g1"),
        organization("o2"),
        clinic("c3", "o2", organization_id="o2"),
    )
    return state_of(*domains, *records)


def refusal(state: PolicyState, *edits: Edit) -> CallerError:
    """What the last of ``edits`` is refused with, after the others; the state that it was tried on is as it was."""
    for edit in edits[:-1]:
        state = admit(state, edit, 0)
    before = encode_state(state)
    with pytest.raises(CallerError) as refused:
        admit(state, edits[-1], 0)
    assert encode_state(state) == before
    return refused.value
