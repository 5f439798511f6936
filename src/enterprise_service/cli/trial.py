"""The store of this machine as a command that only tries something finds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.commit import judge
from enterprise_service.administer.genesis import AUTHOR, genesis
from enterprise_service.administer.scene import scene_of
from enterprise_service.cli.tools import Tools
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.settings import read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A store at one ``state``; ``log`` is its log, or ``None`` when there is no store yet."""

    state: PolicyState
    now: Instant
    log: ChangeLog | None = None


@contextmanager
def trial(tools: Tools) -> Iterator[Trial]:
    """What a first start would make when there is no store yet, else what is there; nothing is written.

    Raises what opening and reading the store raises.
    """
    settings, now = read_settings(tools.environment), tools.clock().now()
    if settings.mongodb_uri is None and not settings.sqlite_path.exists():
        scene = scene_of(empty_state("no-store-yet"), now, AUTHOR)
        judge(scene, genesis(tools.model(settings)).propose)
        yield Trial(state=scene.state, now=now)
        return
    with tools.reading(settings) as reading:
        yield Trial(state=reading.follower.catch_up().state, now=now, log=reading.log)
