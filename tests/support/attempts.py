"""Random calls of the management API: each write that there is, for many records at once too, and some reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from enterprise_policy.state.record import Kind
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.authority import Deed
from tests.support.administrators import PEOPLE
from tests.support.calls import Call, Wanted
from tests.support.chooser import Chooser
from tests.support.growth import PROVIDERS, ROLES

Attempt: TypeAlias = Callable[[Chooser], Wanted]

NEW_CLINICS: Final = tuple(f"c{number}" for number in range(12, 80))
"""Some may be there already."""

_NOWHERE: Final = "nothing"
_RECENT: Final = 6
"""So many of the newest changes are undone."""
_DRAWS: Final = 6
"""So many attempts are thought of before one that the caller may nowhere make."""


def _of(record: Any, op: str, fields: Mapping[str, Any] | None = None) -> Wanted:  # noqa: ANN401 - any record
    return Wanted(op=op, kind=record.KIND, domain=record.domain, id=record.id, fields=fields or {})


def _about(chooser: Chooser, kind: Kind, deed: Deed, fields: Mapping[str, Any]) -> Wanted:
    """Something done to a record of ``kind``, or, when there is none, to one that isn't there."""
    op = "delete" if deed is Deed.DELETE else "update"
    record = chooser.record(kind, deed)
    return Wanted(op=op, kind=kind, domain="o1", id=_NOWHERE) if record is None else _of(record, op, fields)


# --- domains --------------------------------------------------------------------------------------------


def new_organization(chooser: Chooser) -> Wanted:
    """A new organization, which few may make."""
    name = chooser.rng.choice(["o1", "o3", "o4", "o5"])
    chooser.made[name] = PLATFORM
    return Wanted(op="create", kind=Kind.ORGANIZATION, domain=PLATFORM, id=name, fields={"name": name})


def new_clinic(chooser: Chooser) -> Wanted:
    """A new clinic."""
    parent = chooser.domain(Kind.CLINIC, Deed.CREATE)
    path = chooser.path(parent)
    name = chooser.rng.choice([name for name in NEW_CLINICS if name not in chooser.made])
    chooser.made[name] = parent
    fields = {"name": name, "organization_id": path[-2] if len(path) > 1 else "o1", "parent_id": parent}
    return Wanted(op="create", kind=Kind.CLINIC, domain=parent, id=name, fields=fields)


def renamed_domain(chooser: Chooser) -> Wanted:
    """Another name for a domain, or other attributes."""
    word = chooser.rng.choice("xyz")
    fields: Mapping[str, object] = {"name": word} if chooser.chance(0.5) else {"attributes": {"k": word}}
    return _about(chooser, _some_kind_of_domain(chooser), Deed.UPDATE, fields)


def suspended_domain(chooser: Chooser) -> Wanted:
    """Out of service, and into it again."""
    status = chooser.rng.choice(["suspended", "active", "active"])
    return _about(chooser, _some_kind_of_domain(chooser), Deed.ADMINISTER, {"status": status})


def moved_clinic(chooser: Chooser) -> Wanted:
    """A clinic below another parent."""
    parent = chooser.domain(Kind.CLINIC, Deed.ADMINISTER)
    return _about(chooser, Kind.CLINIC, Deed.ADMINISTER, {"parent_id": None if chooser.chance(0.1) else parent})


def lost_domain(chooser: Chooser) -> Wanted:
    """The end of a domain."""
    wanted = _about(chooser, _some_kind_of_domain(chooser), Deed.ADMINISTER, {})
    return replace(wanted, op="delete", cascade=chooser.chance(0.5))


def _some_kind_of_domain(chooser: Chooser) -> Kind:
    return chooser.rng.choice([Kind.ORGANIZATION, Kind.CLINIC, Kind.CLINIC, Kind.CLINIC])


# --- roles ----------------------------------------------------------------------------------------------


def new_role(chooser: Chooser) -> Wanted:
    """A new role, or an extension of one made above."""
    domain = chooser.domain(Kind.ROLE, Deed.CREATE)
    above = [ref for ref in chooser.roles(domain) if ref.domain != domain]
    fields: dict[str, object] = {"permissions": chooser.permissions()}
    name = chooser.rng.choice([*ROLES, "R5", "R6", "R7", "R8"])
    if above and chooser.chance(0.5):
        fields["extends"], name = chooser.rng.choice(above)
    if chooser.chance(0.4):
        fields["inherits"] = [chooser.role(domain)]
    return Wanted(op="create", kind=Kind.ROLE, domain=domain, id=name, fields=fields)


def edited_role(chooser: Chooser) -> Wanted:
    """Other permissions, or others inherited."""
    wanted = _about(chooser, Kind.ROLE, Deed.UPDATE, {})
    fields: dict[str, object] = {}
    if chooser.chance(0.6):
        fields["permissions"] = chooser.permissions()
    if chooser.chance(0.5) or not fields:
        fields["inherits"] = [chooser.role(wanted.domain) for _ in range(chooser.rng.choice([0, 1, 1, 2]))]
    return replace(wanted, fields=fields)


def lost_role(chooser: Chooser) -> Wanted:
    """The end of a role or extension."""
    return _about(chooser, Kind.ROLE, Deed.DELETE, {})


# --- who holds them -------------------------------------------------------------------------------------


def new_assignment(chooser: Chooser) -> Wanted:
    """A role for somebody, himself among them."""
    domain = chooser.domain(Kind.ASSIGNMENT, Deed.CREATE)
    subject = chooser.person if chooser.chance(0.2) else chooser.rng.choice(PEOPLE)
    fields = {"subject": subject, "role": chooser.role(domain), **chooser.window()}
    return Wanted(op="create", kind=Kind.ASSIGNMENT, domain=domain, id="", fields=fields)


def edited_assignment(chooser: Chooser) -> Wanted:
    """Another window."""
    fields = chooser.window() or {"reason": chooser.rng.choice("xyz")}
    return _about(chooser, Kind.ASSIGNMENT, Deed.UPDATE, fields)


def lost_assignment(chooser: Chooser) -> Wanted:
    """The end of one."""
    return _about(chooser, Kind.ASSIGNMENT, Deed.DELETE, {})


def new_provider(chooser: Chooser) -> Wanted:
    """A provider at a clinic."""
    clinic = chooser.domain(Kind.PROVIDER_ASSIGNMENT, Deed.CREATE)
    name = chooser.rng.choice([*PROVIDERS, "dr.kim", "clara"])
    roles = [chooser.role(clinic) for _ in range(chooser.rng.choice([1, 1, 2]))]
    fields = {"roles": roles, **chooser.window()}
    return Wanted(op="create", kind=Kind.PROVIDER_ASSIGNMENT, domain=clinic, id=name, fields=fields)


def edited_provider(chooser: Chooser) -> Wanted:
    """Another window, or other roles."""
    wanted = _about(chooser, Kind.PROVIDER_ASSIGNMENT, Deed.UPDATE, {})
    return replace(wanted, fields=chooser.window() or {"roles": [chooser.role(wanted.domain)]})


def lost_provider(chooser: Chooser) -> Wanted:
    """One who leaves."""
    return _about(chooser, Kind.PROVIDER_ASSIGNMENT, Deed.DELETE, {})


# --- credentials ----------------------------------------------------------------------------------------


def new_key(chooser: Chooser) -> Wanted:
    """A key."""
    scopes = chooser.rng.sample(["decide", "query", "manage", "manage", "audit"], chooser.rng.choice([1, 1, 2]))
    fields: dict[str, object] = {"name": "a key", "scopes": sorted(set(scopes))}
    if chooser.chance(0.3):
        fields["expires_at"] = chooser.moment()
    domain = chooser.domain(Kind.API_KEY, Deed.CREATE)
    return Wanted(op="create", kind=Kind.API_KEY, domain=domain, id="", fields=fields)


def edited_key(chooser: Chooser) -> Wanted:
    """Another name."""
    return _about(chooser, Kind.API_KEY, Deed.UPDATE, {"name": chooser.rng.choice("xyz")})


def lost_key(chooser: Chooser) -> Wanted:
    """The end of one."""
    return _about(chooser, Kind.API_KEY, Deed.DELETE, {})


# --- calls ----------------------------------------------------------------------------------------------

_WEIGHTED: Final[tuple[tuple[Attempt, int], ...]] = (
    (new_organization, 2),
    (new_clinic, 8),
    (renamed_domain, 3),
    (suspended_domain, 4),
    (moved_clinic, 8),
    (lost_domain, 3),
    (new_role, 10),
    (edited_role, 10),
    (lost_role, 3),
    (new_assignment, 16),
    (edited_assignment, 8),
    (lost_assignment, 3),
    (new_provider, 6),
    (edited_provider, 5),
    (lost_provider, 2),
    (new_key, 8),
    (edited_key, 1),
    (lost_key, 2),
)
_ATTEMPTS: Final = tuple(attempt for attempt, _ in _WEIGHTED)
_WEIGHTS: Final = tuple(weight for _, weight in _WEIGHTED)


def random_call(chooser: Chooser) -> Call:
    """A call, of one record mostly."""
    part = chooser.rng.random()
    if part < 0.14:
        return _change(chooser)
    if part < 0.22:
        return _revert(chooser)
    if part < 0.26:
        return _read(chooser)
    return _on_terms(chooser, _attempt(chooser).as_call())


def _attempt(chooser: Chooser) -> Wanted:
    """Something that the caller may do somewhere, mostly; who may nothing tries all the same."""
    for _ in range(_DRAWS):
        chooser.is_able = True
        wanted = chooser.rng.choices(_ATTEMPTS, _WEIGHTS)[0](chooser)
        if chooser.is_able:
            break
        chooser.made.pop(wanted.id, None)
    return wanted


def _change(chooser: Chooser) -> Call:
    """Some edits at once, a new domain among them and others in it."""
    made = [new_clinic(chooser)] if chooser.chance(0.3) else []
    made += [_attempt(chooser) for _ in range(chooser.rng.choice([1, 2, 2, 3]))]
    # A key is made by itself: only that answer shows it.
    edits = [wanted.as_edit() for wanted in made if (wanted.op, wanted.kind) != ("create", Kind.API_KEY)]
    return Call("change", "POST", "/changes", {"edits": edits or [new_clinic(chooser).as_edit()]})


def _revert(chooser: Chooser) -> Call:
    newest = chooser.state.revision
    return Call("revert", "POST", f"/changes/{chooser.rng.randint(max(1, newest - _RECENT), newest)}/revert", {})


def _read(chooser: Chooser) -> Call:
    domain, person = chooser.domain(Kind.ASSIGNMENT, Deed.READ), chooser.rng.choice(PEOPLE[:6])
    paths = ["/organizations", "/clinics", "/api-keys", f"/assignments?subject={person}", "/providers/ann/clinics"]
    paths += [f"/domains/{domain}/{part}" for part in ("roles", "roles?visible=true", "assignments")]
    paths += [f"/clinics/{domain}", f"/organizations/{domain}", f"/clinics/{domain}/providers", "/changes"]
    return Call("read", "GET", chooser.rng.choice(paths))


def _on_terms(chooser: Chooser, call: Call) -> Call:
    """``call``, sometimes only tried, to be sent twice, or of a certain revision."""
    part = chooser.rng.random()
    if part < 0.05:
        joint = "&" if "?" in call.path else "?"
        return replace(call, name=f"{call.name}, dry", path=f"{call.path}{joint}dry_run=true")
    if part < 0.1 and call.method == "POST":
        return replace(call, headers={"idempotency_key": f"key-{chooser.rng.random()}"})
    if part < 0.1:
        return replace(call, headers={"if_match": f'"{chooser.state.revision}"'})
    return call
