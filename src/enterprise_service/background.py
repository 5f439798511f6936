"""What a process does beside answering: each chore, how often, and on which planes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from enterprise_policy.state.chain import Keyring
from enterprise_service.chores.checkpoints import CheckpointChore
from enterprise_service.chores.holder import this_process
from enterprise_service.chores.key_use import WRITE_SECONDS, KeyUses
from enterprise_service.chores.local_copy import CONFIRM_SECONDS, LocalCopyChore
from enterprise_service.chores.policy_export import LOOK_SECONDS, PolicyExportChore
from enterprise_service.chores.rebuild import REBUILD_SECONDS, RebuildChore
from enterprise_service.chores.sweep import SWEEP_SECONDS, SweepChore
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.observability import MEMORY_SECONDS, report_memory
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.leases import Leases
from enterprise_service.ports.local_copy import LocalCopy
from enterprise_service.ports.policy_export import PolicyExport
from enterprise_service.repeating import Repeating

CHECKPOINT_SECONDS: Final = 30.0
"""How often a process looks whether a checkpoint is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What chores work with. ``export`` and ``local_copy`` are ``None`` where there is none."""

    follower: Follower
    store: Store
    leases: Leases
    keyring: Keyring
    clock: Clock
    key_uses: KeyUses
    local_copy: LocalCopy | None
    export: PolicyExport | None


class Chore(NamedTuple):
    """Work that is done every ``seconds``."""

    name: str
    seconds: float
    work: Callable[[], object]


def chores(shop: Workshop, *, manages: bool) -> Iterator[Repeating]:
    """The chores of a process, which aren't started yet; those that write to the store only where it ``manages``."""
    for chore in (*_everywhere(shop), *(_of_managers(shop) if manages else ())):
        yield Repeating(chore.name, chore.seconds, chore.work)


def _everywhere(shop: Workshop) -> Iterator[Chore]:
    yield Chore("memory report", MEMORY_SECONDS, report_memory)
    yield Chore("rebuild", REBUILD_SECONDS, RebuildChore(shop.follower, shop.store, shop.keyring).run)
    if shop.local_copy is not None:
        copy = LocalCopyChore(shop.follower, shop.local_copy, shop.keyring, shop.clock)
        yield Chore("local copy", CONFIRM_SECONDS, copy.run)


def _of_managers(shop: Workshop) -> Iterator[Chore]:
    holder = this_process()
    checkpoints = CheckpointChore(shop.follower, shop.store.checkpoints, shop.leases, shop.keyring)
    sweep = SweepChore(shop.store.log, shop.leases)
    yield Chore("checkpoint", CHECKPOINT_SECONDS, lambda: checkpoints.run(holder))
    yield Chore("sweep", SWEEP_SECONDS, lambda: sweep.run(holder))
    yield Chore("key use", WRITE_SECONDS, shop.key_uses.write)
    if shop.export is not None:
        export = PolicyExportChore(shop.follower, shop.export, shop.leases, shop.clock)
        yield Chore("policy export", LOOK_SECONDS, lambda: export.run(holder))
