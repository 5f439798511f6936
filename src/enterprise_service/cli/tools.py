"""What commands need from outside: made by the composition root, each when a command asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

# The command line loads what a command uses when it uses it: these are names in annotations only.
if TYPE_CHECKING:
    from enterprise_policy.decide.casbin_form import CasbinRules
    from enterprise_policy.decide.model import Model
    from enterprise_policy.decide.question import Question
    from enterprise_policy.state.chain import Keyring
    from enterprise_service.administer.commit import Commit
    from enterprise_service.chores.policy_export import PolicyExportChore
    from enterprise_service.cli.transport import Transport
    from enterprise_service.follow.follower import Follower
    from enterprise_service.ports.change_log import ChangeLog
    from enterprise_service.ports.checkpoints import Checkpoints
    from enterprise_service.ports.clock import Clock
    from enterprise_service.ports.migrations import Migrations
    from enterprise_service.ports.policy_export import PolicyExport
    from enterprise_service.ports.policy_files import PolicyFiles
    from enterprise_service.secret import Secret
    from enterprise_service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The store of this machine, opened without writing."""

    follower: Follower
    log: ChangeLog
    checkpoints: Checkpoints
    keyring: Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """The store of this machine, with what comes with the program in it."""

    follower: Follower
    commit: Commit
    log: ChangeLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporting:
    """The export of the store, what it has to be, and what brings it there."""

    follower: Follower
    export: PolicyExport
    chore: PolicyExportChore


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """See the fields.

    ``environment`` is where settings come from. ``reading`` and ``writing`` open the store that the settings name, and
    raise ``StoreRefusedError`` or ``StoreUnavailableError``. ``policy_files`` reads a folder or a file. ``model`` reads
    the model, and ``policy_folder`` tells where the policy is, that the settings name. ``bootstrap_key`` is the key of
    the service on this machine, if it can be read. ``oracle`` gives pycasbin's decisions by a model's text and rules.
    ``management`` is the way to the service's application in this process, on the store that the settings name, as the
    actor `system:local`. ``serve`` runs the service until it ends, and gives whether it was told to. ``migrations`` and
    ``exporting`` are about the store that the settings name, and give ``None`` for the embedded one, which has neither.
    """

    environment: Mapping[str, str]
    clock: Callable[[], Clock]
    reading: Callable[[Settings], AbstractContextManager[Reading]]
    writing: Callable[[Settings], AbstractContextManager[Writing]]
    policy_files: Callable[[Path], PolicyFiles]
    policy_folder: Callable[[Settings], Path]
    model: Callable[[Settings], Model]
    bootstrap_key: Callable[[Settings], Secret | None]
    oracle: Callable[[str, CasbinRules], Callable[[Question], bool]]
    management: Callable[[Settings], AbstractContextManager[Transport]]
    serve: Callable[[Settings], bool]
    migrations: Callable[[Settings], AbstractContextManager[Migrations | None]]
    exporting: Callable[[Settings], AbstractContextManager[Exporting | None]]
