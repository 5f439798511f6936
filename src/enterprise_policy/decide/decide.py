"""The decision."""

from __future__ import annotations

from enterprise_policy.decide.compiled_role import ALLOW
from enterprise_policy.decide.question import Asked
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.values.windows import Instant


def decide(snapshot: Snapshot, asked: Asked, now: Instant) -> bool:
    """Whether ``asked`` is allowed at ``now``.

    A role held in a domain is held in every domain below it. A deny anywhere on the way up beats every allow; no
    matching allow is a deny; what is unknown or suspended is a deny. The question must be well formed
    (``values/names.py``).
    """
    shard = snapshot.shards.get(asked.domain)
    if shard is None or shard.suspended:
        return False
    roles = snapshot.tables.get(shard.roles_at)
    if roles is None:
        return False
    effects = 0
    for domain in shard.path:
        holders = snapshot.holders.get(domain)
        if holders is None:
            continue
        for role, starts_at, ends_at in holders.get(asked.subject, ()):
            if starts_at <= now < ends_at:
                effects |= roles[role].effects(asked.resource, asked.action)
    return effects == ALLOW
