"""What the settings name: folders, secrets, the clock, the copy on this machine, the way of the hints."""

# ruff: noqa: PLC0415 - a command loads what it uses, when it uses it: `check` has no time for a web framework

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from enterprise_policy.errors import SettingsError
from enterprise_service.data_folder import DataFolder
from enterprise_service.secret import Secret
from enterprise_service.settings import Settings

if TYPE_CHECKING:
    from enterprise_policy.decide.casbin_form import CasbinRules
    from enterprise_policy.decide.model import Model
    from enterprise_policy.decide.question import Question
    from enterprise_service.ports.clock import Clock
    from enterprise_service.ports.hints import Hints
    from enterprise_service.ports.local_copy import LocalCopy
    from enterprise_service.ports.policy_files import PolicyFiles

HEARTBEAT_SECONDS: Final = 5.0
"""How often the way of the hints is tried out, at most."""


def policy_folder(settings: Settings) -> Path:
    """Where the policy is: the folder that was set, else the one in the package."""
    return settings.policy_dir or Path(__file__).parents[1] / "default_policies"


def policy_files(path: Path) -> PolicyFiles:
    """The policy files of a folder, or one file."""
    from enterprise_adapters.policy_files import DiskPolicyFiles

    return DiskPolicyFiles(path)


def system_clock() -> Clock:
    """The time of this machine."""
    from enterprise_adapters.system_clock import SystemClock

    return SystemClock()


def read_policy_model(settings: Settings) -> Model:
    """The model that decides. Raises ``NotFoundError``, ``InvalidRequestError`` or ``ModelRefusedError``."""
    from enterprise_policy.decide.model import read_model

    (file,) = policy_files(policy_folder(settings) / "model.conf").read()
    return read_model(file.text)


def service_secrets(settings: Settings, *, make: bool) -> tuple[Secret, ...]:
    """What the store is signed with; made beside a file at its first start, if ``make`` is set and none was given."""
    return settings.service_secret or DataFolder(settings.sqlite_path).service_secrets(make=make)


def bootstrap_key(settings: Settings, *, make: bool = False) -> Secret | None:
    """The key of ``bootstrap``, likewise; without ``make``, and with MongoDB, there may be none."""
    if settings.bootstrap_api_key is not None or settings.mongodb_uri is not None:
        return settings.bootstrap_api_key
    return DataFolder(settings.sqlite_path).bootstrap_key(make=make)


def local_copy(settings: Settings) -> LocalCopy | None:
    """Where a copy of the policy is kept on this machine, if it is."""
    from enterprise_adapters.disk_checkpoint import DiskCheckpoint

    return None if settings.copy_path is None else DiskCheckpoint(settings.copy_path)


@contextmanager
def open_hints(settings: Settings) -> Iterator[Hints | None]:
    """The way of the hints, if there is one; nothing goes by it yet.

    Raises ``SettingsError`` when it can't be understood.
    """
    if settings.redis_url is None:
        yield None
        return
    with closing(_redis_hints(settings, settings.redis_url)) as hints:
        yield hints


def _redis_hints(settings: Settings, url: Secret) -> Hints:
    from enterprise_adapters.redis import RedisHints

    heartbeat = min(settings.poll_interval_seconds, HEARTBEAT_SECONDS)
    try:
        return RedisHints(url.reveal(), settings.redis_channel, heartbeat_seconds=heartbeat)
    except ValueError:
        # The cause is left out: it may repeat a part of the address, be it a password.
        raise SettingsError("`REDIS_URL` is no address of Redis, or has an option that can't be used") from None


def oracle(model: str, rules: CasbinRules) -> Callable[[Question], bool]:
    """The decisions of pycasbin by ``rules``."""
    from enterprise_adapters.casbin import Oracle

    return Oracle(model, rules).decide
