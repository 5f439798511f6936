"""What a policy means, a second time and as plainly as it can be said: no index, nothing compiled, nothing shared.

It reads a list of records and nothing else of the program's code that decides. Slow, and meant to be read aloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.state.record import Record, Status
from enterprise_policy.state.role import Effect, Role, RoleRef


class Grant(NamedTuple):
    """Somebody holds a role somewhere for a time."""

    subject: str
    role: RoleRef
    domain: str
    starts_at: int | None
    ends_at: int | None


def is_allowed(records: Iterable[Record], asked: tuple[str, str, str, str], now: int) -> bool:
    """The answer to ``asked`` (subject, domain, resource, action) at ``now`` under ``records``."""
    subject, domain, resource, action = asked
    records = list(records)
    domains = {r.id: r for r in records if isinstance(r, Organization | Clinic)}
    path = [domain]
    while path[-1] in domains:
        path.append(domains[path[-1]].domain)
    if path[-1] != "platform" or any(domains[d].status is Status.SUSPENDED for d in path[:-1]):
        return False
    roles = [r for r in records if isinstance(r, Role) and r.domain in path]
    has = {g.role for g in _grants(records) if g.subject == subject and g.domain in path and _is_current(g, now)}
    while more := {ref for role in roles if _means(role) in has for ref in role.inherits} - has:
        has |= more
    permissions = [permission for role in roles if _means(role) in has for permission in role.permissions]
    effects = [p.effect for p in permissions if p.action in ("*", action) and names(p.resource, resource)]
    return Effect.ALLOW in effects and Effect.DENY not in effects


def names(pattern: str, resource: str) -> bool:
    """Whether ``pattern`` is about ``resource``."""
    managed = resource.startswith("/management/")
    if pattern == "*":
        return not managed
    if not (pattern.startswith("/") and resource.startswith("/")):
        return pattern == resource
    return (pattern.startswith("/management/") or not managed) and _fit(pattern.split("/")[1:], resource.split("/")[1:])


def _means(role: Role) -> RoleRef:
    return RoleRef(role.domain if role.extends is None else role.extends, role.id)


def _is_current(grant: Grant, now: int) -> bool:
    return (grant.starts_at is None or now >= grant.starts_at) and (grant.ends_at is None or now < grant.ends_at)


def _grants(records: Iterable[Record]) -> Iterator[Grant]:
    for record in records:
        if isinstance(record, Assignment):
            yield Grant(record.subject, record.role, record.domain, record.window.starts_at, record.window.ends_at)
        if isinstance(record, ProviderAssignment) and record.verification in (
            Verification.NOT_CHECKED,
            Verification.VERIFIED,
        ):
            for role in record.roles:
                window = record.window
                yield Grant(record.provider_id, role, record.clinic_id, window.starts_at, window.ends_at)


def _fit(wanted: list[str], segments: list[str]) -> bool:
    if wanted == ["*"]:
        return segments != []
    if not wanted or not segments:
        return wanted == segments
    return (wanted[0].startswith(":") or wanted[0] == segments[0]) and _fit(wanted[1:], segments[1:])
