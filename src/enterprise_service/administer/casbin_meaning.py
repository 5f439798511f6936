"""What a Casbin rule says in our words, and which rules say nothing here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from enterprise_policy.decide.casbin_form import ROLE_PREFIX, role_called
from enterprise_policy.errors import Fault, InvalidRequestError
from enterprise_policy.state.role import Effect, Permission, RoleRef
from enterprise_policy.values.names import PLATFORM, action_fault, id_fault, subject_fault
from enterprise_policy.values.patterns import pattern_fault
from enterprise_service.ports.policy_writer import Rule

_SHOWN: Final = 300
"""How much of a rule an error shows."""


@dataclass(frozen=True, slots=True)
class Holds:
    """``p``: the role has the permission at ``domain``."""

    role: RoleRef
    domain: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Inherits:
    """``g`` between roles: at ``domain`` the role has what ``inherited`` has."""

    role: RoleRef
    domain: str
    inherited: RoleRef


@dataclass(frozen=True, slots=True)
class Given:
    """``g`` of a subject: it holds the role at ``domain``."""

    subject: str
    role: RoleRef
    domain: str


@dataclass(frozen=True, slots=True)
class Lies:
    """``g2``: ``domain`` lies right below ``parent``."""

    domain: str
    parent: str


Meaning: TypeAlias = Holds | Inherits | Given | Lies


def meaning_of(rule: Rule, pointer: str) -> Meaning:
    """What ``rule`` says. ``pointer`` is to it, in the caller's input.

    Raises ``InvalidRequestError``, which tells the rule and each of its fields that our names can't hold.
    """
    names = _FIELDS.get(rule.kind)
    if names is None:
        raise _refused(rule, pointer, f"kind `{rule.kind}` is none of `p`, `g` and `g2`")
    if len(rule.values) != len(names):
        raise _refused(rule, pointer, f"has {len(rule.values)} values, not {len(names)}: {', '.join(names)}")
    faults = tuple(_faults(rule, names, pointer))
    if faults:
        raise _refused(rule, pointer, "; ".join(fault.detail for fault in faults), faults)
    return _MEANINGS[rule.kind](rule.values)


def _faults(rule: Rule, names: tuple[str, ...], pointer: str) -> Iterator[Fault]:
    for place, (name, value) in enumerate(zip(names, rule.values, strict=True)):
        detail = _JUDGES[name](value)
        if detail is not None:
            yield Fault(f"{pointer}/v{place}", f"{name} {detail}")


def _refused(rule: Rule, pointer: str, detail: str, faults: tuple[Fault, ...] = ()) -> InvalidRequestError:
    shown = str(rule)[:_SHOWN]
    return InvalidRequestError(f"rule `{shown}`: {detail}", faults=faults or (Fault(pointer, detail),))


# --- one field ----------------------------------------------------------------------------------------


def _role_ref(name: str) -> RoleRef:
    return role_called(name) or RoleRef("", name)


def _role_fault(name: str) -> str | None:
    ref = role_called(name)
    if ref is None:
        return "must be written `role:<domain>/<id>`"
    domain, role_id = id_fault(ref.domain), id_fault(ref.id)
    return f"has a domain that {domain}" if domain else f"has an id that {role_id}" if role_id else None


def _member_fault(name: str) -> str | None:
    return _role_fault(name) if name.startswith(ROLE_PREFIX) else subject_fault(name)


def _child_fault(domain: str) -> str | None:
    return "can't lie below another domain" if domain == PLATFORM else id_fault(domain)


def _effect_fault(text: str) -> str | None:
    return None if text in set(Effect) else "must be `allow` or `deny`"


_JUDGES: Final[Mapping[str, Callable[[str], str | None]]] = {
    "role": _role_fault,
    "member": _member_fault,
    "domain": id_fault,
    "child": _child_fault,
    "parent": id_fault,
    "resource": pattern_fault,
    "action": action_fault,
    "effect": _effect_fault,
}

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "p": ("role", "domain", "resource", "action", "effect"),
    "g": ("member", "role", "domain"),
    "g2": ("child", "parent"),
}


# --- the whole ------------------------------------------------------------------------------------------


def _holds(values: tuple[str, ...]) -> Meaning:
    role, domain, resource, action, effect = values
    return Holds(_role_ref(role), domain, Permission(resource, action, Effect(effect)))


def _linked(values: tuple[str, ...]) -> Meaning:
    member, role, domain = values
    if member.startswith(ROLE_PREFIX):
        return Inherits(_role_ref(member), domain, _role_ref(role))
    return Given(member, _role_ref(role), domain)


def _lies(values: tuple[str, ...]) -> Meaning:
    domain, parent = values
    return Lies(domain, parent)


_MEANINGS: Final[Mapping[str, Callable[[tuple[str, ...]], Meaning]]] = {"p": _holds, "g": _linked, "g2": _lies}
