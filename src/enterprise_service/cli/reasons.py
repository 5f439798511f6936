"""Reasons in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from enterprise_policy.decide.reason import ReasonCode
from enterprise_service.bundles.faults import quoted

Fields = Mapping[str, Any]
"""A reason as the HTTP contract writes it: its ``code``, and what goes with it as far as the caller may see it."""


def sentence(reason: Fields) -> str:
    """``reason`` on one line."""
    say = _SENTENCES.get(reason.get("code", ""))
    return "for a reason that this version doesn't know" if say is None else say(reason)


def _by_permission(verb: str) -> Callable[[Fields], str]:
    def say(reason: Fields) -> str:
        permission, role = reason.get("permission"), reason.get("role")
        if permission is None or role is None:
            return f"a permission {verb} it"
        held, *inherited = reason["via"]
        source = f", which comes with {_shown(held)}" if inherited else ""
        rule = f"{quoted(permission['action'])} on {quoted(permission['resource'])}"
        return f"the role {_shown(role)}{source}, held in {quoted(reason['assigned_in'])}, {verb} {rule}"

    return say


def _unknown_domain(_reason: Fields) -> str:
    return "there is no such domain"


def _suspended(reason: Fields) -> str:
    domain = reason.get("domain")
    return "the domain is suspended" if domain is None else f"the domain {quoted(domain)} is suspended"


def _not_current(reason: Fields) -> str:
    role = reason.get("role")
    if role is None:
        return "a role that would allow it isn't held now"
    bounds = (("from", reason.get("starts_at")), ("until", reason.get("ends_at")))
    window = " ".join(f"{word} {moment}" for word, moment in bounds if moment)
    when = f"{window} only" if window else "by a provider who isn't verified"
    return f"the role {_shown(role)} would allow it, and is held in {quoted(reason['assigned_in'])} {when}"


def _no_permission(reason: Fields) -> str:
    roles = ", ".join(map(_shown, reason.get("roles", ())))
    return f"no role held here allows it{f': {roles}' if roles else ''}"


def _no_assignment(reason: Fields) -> str:
    domains = ", ".join(map(quoted, reason.get("elsewhere", ())))
    return f"no role is held here{f', but in {domains}' if domains else ''}"


_SENTENCES: Final[Mapping[str, Callable[[Fields], str]]] = {
    ReasonCode.UNKNOWN_DOMAIN: _unknown_domain,
    ReasonCode.DOMAIN_SUSPENDED: _suspended,
    ReasonCode.DENIED_BY_PERMISSION: _by_permission("denies"),
    ReasonCode.ALLOWED_BY_PERMISSION: _by_permission("allows"),
    ReasonCode.ASSIGNMENT_NOT_CURRENT: _not_current,
    ReasonCode.NO_MATCHING_PERMISSION: _no_permission,
    ReasonCode.NO_ASSIGNMENT: _no_assignment,
}


def details(reason: Fields) -> list[tuple[str, str]]:
    """The fields of ``reason``, named and in words."""
    return [(name, _shown(value)) for name, value in reason.items()]


def _shown(value: object) -> str:
    match value:
        case None:
            return "open"
        case {"domain": str(domain), "id": str(role)}:
            return f"{quoted(role)} of {quoted(domain)}"
        case {"effect": effect, "action": str(action), "resource": str(resource), "domain": str(domain)}:
            return f"{effect} {quoted(action)} on {quoted(resource)}, made in {quoted(domain)}"
        case list():
            return " > ".join(map(_shown, value)) or "none"
        case _:
            return quoted(str(value))
