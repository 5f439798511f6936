"""The policy for enforcers of other programs."""

# ruff: noqa: PLC0415 - a command loads what it uses, when it uses it: `check` has no time for a web framework

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enterprise_policy.errors import Fault, InvalidRequestError
from enterprise_policy.values.names import SUBJECT_LIMIT, subject_fault, text_fault
from enterprise_service.bootstrap.named import open_hints
from enterprise_service.bootstrap.stores import commit_of, open_store
from enterprise_service.settings import Settings

if TYPE_CHECKING:
    from enterprise_adapters.casbin import Adapter, Watcher


@dataclass(frozen=True, slots=True, kw_only=True)
class CasbinParts:
    """What a pycasbin enforcer is given to hold the policy; the watcher knows what the adapter has loaded."""

    adapter: Adapter
    watcher: Watcher


@contextmanager
def casbin_policy(settings: Settings, *, actor: str, filtered: bool = False) -> Iterator[CasbinParts]:
    """The policy in the store that ``settings`` name, for another program's enforcer; its changes are ``actor``'s.

    ``actor`` is a subject, who may do what he may do anywhere, or ``system:<name>``, who may do everything, as whoever
    has the store's secret can. With ``filtered`` nothing is loaded before the program says which domains. The store
    must be there. The watcher's thread starts when it is given a callback, so after a fork. Raises
    ``InvalidRequestError`` for an ``actor`` that is neither, and what ``open_store`` raises.
    """
    from uuid import uuid4

    from enterprise_adapters.casbin import Adapter, Watcher
    from enterprise_service.administer.casbin_rules import CasbinPolicy
    from enterprise_service.administer.scene import Author

    _check_actor(actor)
    with ExitStack() as stack:
        opened = stack.enter_context(open_store(settings, writes=True, make=False))
        hints = stack.enter_context(open_hints(settings))
        author = Author(actor=actor, credential="casbin", request_id=f"casbin-{uuid4().hex}")
        adapter = Adapter(
            CasbinPolicy(commit_of(opened, hints), opened.follower, opened.clock, author), filtered=filtered
        )
        watcher = Watcher(opened.store.log, adapter.seen, hints, poll_seconds=settings.poll_interval_seconds)
        stack.callback(watcher.close)
        yield CasbinParts(adapter=adapter, watcher=watcher)


def _check_actor(actor: str) -> None:
    """A change by one that can't be an author would be in the log, and nobody could read it."""
    from enterprise_service.administer.rights import SYSTEM

    name = actor.removeprefix(SYSTEM)
    fault = subject_fault(name)
    if name != actor and fault is not None:
        fault = f"has a name after `{SYSTEM}` that {fault}"
    fault = fault or text_fault(actor, SUBJECT_LIMIT)
    if fault is not None:
        raise InvalidRequestError(f"`actor` {fault}", faults=(Fault("/actor", fault),))
