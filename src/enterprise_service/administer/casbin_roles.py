"""Roles by rules of Casbin's form: what is told of each record, and the edits that make it so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Permission, Role, RoleRef
from enterprise_service.administer.authority import Target
from enterprise_service.administer.casbin_meaning import Holds, Inherits, Lies, Meaning
from enterprise_service.administer.references import mention
from enterprise_service.administer.scene import Scene


@dataclass(slots=True)
class Told:
    """What rules say of one role's record in one domain."""

    taken: set[Permission | RoleRef] = field(default_factory=set)
    permissions: list[Permission] = field(default_factory=list)
    inherits: list[RoleRef] = field(default_factory=list)

    @property
    def gives(self) -> bool:
        """Whether anything is put in."""
        return bool(self.permissions or self.inherits)

    @property
    def unlinks(self) -> bool:
        """Whether a role that was inherited isn't any more."""
        return any(isinstance(each, RoleRef) for each in self.taken)

    def lessened(self, role: Role) -> Role:
        """``role`` without what is taken away."""
        permissions = tuple(each for each in role.permissions if each not in self.taken)
        return replace(role, permissions=permissions, inherits=tuple(e for e in role.inherits if e not in self.taken))

    def applied(self, role: Role) -> Role:
        """``role`` as it shall be."""
        less = self.lessened(role)
        return replace(
            less,
            permissions=tuple(dict.fromkeys((*less.permissions, *self.permissions))),
            inherits=tuple(dict.fromkeys((*less.inherits, *self.inherits))),
        )


Records = dict[tuple[RoleRef, str], Told]


def told_of(taken: Iterable[Meaning], added: Iterable[Meaning]) -> Records:
    """What is told of each record, by its role and domain."""
    records: Records = {}
    for meaning in taken:
        if isinstance(meaning, Holds | Inherits):
            records.setdefault((meaning.role, meaning.domain), Told()).taken.add(_part(meaning))
    for meaning in added:
        if isinstance(meaning, Holds):
            records.setdefault((meaning.role, meaning.domain), Told()).permissions.append(meaning.permission)
        elif isinstance(meaning, Inherits):
            records.setdefault((meaning.role, meaning.domain), Told()).inherits.append(meaning.inherited)
    return records


def is_part(state: PolicyState, meaning: Holds | Inherits) -> bool:
    """Whether the role has there what ``meaning`` says."""
    role = _record(state, meaning.role, meaning.domain)
    return role is not None and _part(meaning) in (*role.permissions, *role.inherits)


def _part(meaning: Holds | Inherits) -> Permission | RoleRef:
    """What the record has of it."""
    return meaning.permission if isinstance(meaning, Holds) else meaning.inherited


def _record(state: PolicyState, ref: RoleRef, domain: str) -> Role | None:
    """The record of the role in ``domain``: itself or an extension."""
    return next(state.role_records(ref, (domain,)), None)


def lessened(scene: Scene, records: Records) -> Iterator[Edit]:
    """What is taken away; where something is put in as well and no link goes, one edit does both, later."""
    for (ref, domain), told in records.items():
        role = _record(scene.state, ref, domain)
        if role is not None and (told.unlinks or not told.gives):
            yield from _changed(role, told.lessened(role))


def _changed(before: Role, after: Role) -> Iterator[Edit]:
    if after != before:
        yield update(before, after)


def made(scene: Scene, added: Collection[Meaning], records: Records) -> Iterator[Edit]:
    """The roles that are named for the first time; without what they inherit, which may not be there yet."""
    for ref in dict.fromkeys(ref for meaning in added for ref in _named(meaning)):
        if scene.state.role(ref) is None:
            mention(scene, ref.domain, "/domain")
            told = records.get((ref, ref.domain), Told())
            yield create(Role(domain=ref.domain, id=ref.id, permissions=tuple(dict.fromkeys(told.permissions))))


def _named(meaning: Meaning) -> tuple[RoleRef, ...]:
    if isinstance(meaning, Inherits):
        return (meaning.role, meaning.inherited)
    return () if isinstance(meaning, Lies) else (meaning.role,)


def filled(scene: Scene, records: Records) -> Iterator[Edit]:
    """What roles hold and inherit, in records that are there or in extensions that are made for it."""
    for (ref, domain), told in records.items():
        if told.gives:
            mention(scene, domain, "/domain")
            role = _record(scene.state, ref, domain)
            if role is None:
                yield create(told.applied(Role(domain=domain, id=ref.id, extends=ref.domain)))
            else:
                yield from _changed(role, told.applied(role))


def unneeded(scene: Scene, taken: Iterable[Meaning]) -> Iterator[Edit]:
    """The end of each record that says nothing any more, of those that were said something of; extensions first.

    It is a tidying up: an actor who may take away what he took, and not delete roles, leaves the record.
    """
    extensions = [(m.role, m.domain) for m in taken if isinstance(m, Holds | Inherits) and m.domain != m.role.domain]
    roles = [(ref, ref.domain) for meaning in taken for ref in _named(meaning)]
    for ref, domain in dict.fromkeys((*extensions, *roles)):
        role = _record(scene.state, ref, domain)
        if role is None or not says_nothing(role) or (role.extends is None and scene.state.uses.get(ref)):
            continue
        end = delete(role)
        if all(scene.may(right, where) for right, where in Target.of(end).demands()):
            yield end


def says_nothing(role: Role) -> bool:
    """Whether nothing would be lost with it: it holds and inherits nothing, and nobody has described it."""
    return not (role.permissions or role.inherits or role.description or role.built_in or role.managed_by)
