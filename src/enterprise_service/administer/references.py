"""What a wish refers to: the record that it is about, the domain where that is made, and the roles that it names.

What isn't there and what the caller may not see are one and the same here: 404 when his path names it, 422 when his
body does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from enterprise_policy.errors import CallerError, Fault, InvalidRequestError, NotFoundError, UnknownReferenceError
from enterprise_policy.state.record import Record, Versioned
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.authority import Demand, Target, to_read
from enterprise_service.administer.fields import identity
from enterprise_service.administer.scene import NOTHING_HERE, Scene
from enterprise_service.administer.wish import Origin, RoleName, Wish


def unknown(pointer: str, detail: str) -> UnknownReferenceError:
    """The error for what ``pointer`` refers to."""
    return UnknownReferenceError(detail, faults=(Fault(pointer, detail),))


def nothing(wish: Wish, pointer: str = "/id") -> CallerError:
    """The error for a wish about what isn't there; ``pointer`` is to what names it, in a body."""
    if wish.origin is Origin.PATH:
        return NotFoundError(NOTHING_HERE)
    return unknown(pointer, f"there is no {wish.kind.value} `{wish.id}` here")


# --- domains ------------------------------------------------------------------------------------------


def mention(scene: Scene, domain: str, pointer: str) -> None:
    """Raise ``UnknownReferenceError`` unless ``domain`` is there and the caller may name it."""
    scene.mention(domain, pointer)
    if domain not in scene.state.tree:
        raise unknown(pointer, f"there is no domain `{domain}`")


def enter(scene: Scene, wish: Wish, domain: str, pointer: str) -> None:
    """Raise ``NotFoundError`` or ``UnknownReferenceError`` unless ``wish`` may be about ``domain``."""
    if wish.origin is Origin.PATH:
        scene.enter(domain)
    else:
        mention(scene, domain, pointer)


def domain_of(scene: Scene, wish: Wish) -> str:
    """The domain that the wish's record is made in.

    Raises ``InvalidRequestError`` when ``wish`` names none, and what ``enter`` raises.
    """
    if wish.domain is None:
        raise InvalidRequestError.at("/domain", "is missing")
    enter(scene, wish, wish.domain, "/domain")
    return wish.domain


def check_made_in(wish: Wish, record: Record) -> None:
    """Raise ``UnknownReferenceError`` when ``wish`` says that ``record`` is made in another domain than it is."""
    if wish.domain is not None and wish.domain != record.domain:
        raise unknown("/domain", f"{wish.kind.value} `{record.id}` isn't made in `{wish.domain}`")


# --- records ------------------------------------------------------------------------------------------


def the_domain(scene: Scene, wish: Wish) -> Versioned[Any]:
    """The organization or clinic that ``wish`` is about; the caller sees it, and nothing more is asked yet."""
    domain = identity(wish)
    enter(scene, wish, domain, "/id")
    found = scene.state.table(wish.kind).get(PLATFORM, domain)
    if found is None:
        raise nothing(wish)
    return found


def the_record(scene: Scene, wish: Wish) -> Versioned[Any]:
    """The record in ``wish.domain`` that ``wish`` is about, once the caller may do that to it and expects it so.

    Who may not read the records there is refused alike whether there is such a record or not.
    """
    domain, record_id = domain_of(scene, wish), identity(wish)
    found = scene.state.table(wish.kind).get(domain, record_id)
    if found is None:
        scene.demand(Demand(to_read(wish.kind), domain))
        raise nothing(wish)
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=domain, id=record_id))
    scene.expect(found)
    return found


# --- roles --------------------------------------------------------------------------------------------


def role_ref(scene: Scene, domain: str, name: RoleName, pointer: str) -> RoleRef:
    """The role that ``name`` means in ``domain``; whether one named in full can be used there, the invariants judge.

    Raises ``UnknownReferenceError`` when none of that id is made in ``domain`` or above it.
    """
    if name.domain is not None:
        return RoleRef(name.domain, name.id)
    ref = scene.state.resolve_role(domain, name.id)
    if ref is None:
        raise unknown(pointer, f"there is no role `{name.id}` made in `{domain}` or above it")
    return ref


def role_refs(scene: Scene, domain: str, names: Iterable[RoleName], pointer: str) -> tuple[RoleRef, ...]:
    """The roles that ``names``, the list at ``pointer``, mean in ``domain``; errors are those of ``role_ref``."""
    return tuple(role_ref(scene, domain, name, f"{pointer}/{place}") for place, name in enumerate(names))
