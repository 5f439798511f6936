"""The settings: read once, all faults together.

Values come from the environment and, those that aren't secret, from flags of ``serve``. A secret comes from ``NAME`` or
from the file that ``NAME_FILE`` names, never from a flag. An empty value is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

from enterprise_policy.errors import Fault, SettingsError
from enterprise_service import setting_table as table
from enterprise_service import setting_values as values
from enterprise_service.cores import allowed_cores
from enterprise_service.secret import MASK, Secret
from enterprise_service.setting_table import TABLE, DecisionAuth, Plane, Setting

T = TypeVar("T")

DEFAULT: Final = "default"
"""The origin of a value that nobody has set."""

MONGODB_POLL_SECONDS: Final = 5.0
SQLITE_POLL_SECONDS: Final = 0.2
COPY_FILE: Final = "policy.copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The values, under their names in small letters; ``origins`` says where each comes from, by its name."""

    host: str = table.HOST.default
    port: int = table.PORT.default
    unix_socket: Path | None = table.UNIX_SOCKET.default
    plane: Plane = table.PLANE.default
    web_concurrency: int = 1
    drain_seconds: float = table.DRAIN_SECONDS.default
    mongodb_uri: Secret | None = table.MONGODB_URI.default
    sqlite_path: Path = table.SQLITE_PATH.default
    local_copy: Path | None = table.LOCAL_COPY.default
    redis_url: Secret | None = table.REDIS_URL.default
    redis_channel: str = table.REDIS_CHANNEL.default
    poll_interval_seconds: float = SQLITE_POLL_SECONDS
    max_staleness_seconds: float = table.MAX_STALENESS_SECONDS.default
    bootstrap_api_key: Secret | None = table.BOOTSTRAP_API_KEY.default
    decision_auth: DecisionAuth = table.DECISION_AUTH.default
    service_secret: tuple[Secret, ...] | None = table.SERVICE_SECRET.default
    policy_dir: Path | None = table.POLICY_DIR.default
    log_level: str = table.LOG_LEVEL.default
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def data_folder(self) -> Path:
        """Where the store's file is, and the secrets that were made with it."""
        return self.sqlite_path.parent

    @property
    def copy_path(self) -> Path | None:
        """Where a copy of the policy is kept for starts while the store is away; with SQLite only where it was set."""
        if self.local_copy is None and self.mongodb_uri is not None:
            return self.data_folder / COPY_FILE
        return self.local_copy

    @property
    def listens_to_this_machine_only(self) -> bool:
        """Whether nobody else can reach the service."""
        return self.unix_socket is not None or values.is_loopback(self.host)


class Shown(NamedTuple):
    """A setting as people may see it."""

    name: str
    value: str
    origin: str


def show(settings: Settings) -> Iterator[Shown]:
    """Each supported setting; of a secret only whether there is one."""
    for setting in TABLE:
        if setting.supported:
            value = getattr(settings, setting.name.lower())
            yield Shown(setting.name, _shown(setting, value), settings.origins.get(setting.name, DEFAULT))


def _shown(setting: Setting[Any], value: object) -> str:
    if value is None:
        return setting.shown
    return MASK if setting.secret else f"{value:g}" if isinstance(value, float) else str(value)


def read_settings(environment: Mapping[str, str], flags: Mapping[str, str] = MappingProxyType({})) -> Settings:
    """The settings by ``environment``, and by ``flags``, which has names as the environment does and comes first.

    Raises ``SettingsError`` with every fault.
    """
    source = _Source(environment, flags)
    settings = Settings(
        host=source.value(table.HOST),
        port=source.value(table.PORT),
        unix_socket=source.value(table.UNIX_SOCKET),
        plane=source.value(table.PLANE),
        web_concurrency=source.value(table.WEB_CONCURRENCY) or allowed_cores(),
        drain_seconds=source.value(table.DRAIN_SECONDS),
        mongodb_uri=source.value(table.MONGODB_URI),
        sqlite_path=source.value(table.SQLITE_PATH),
        local_copy=source.value(table.LOCAL_COPY),
        redis_url=source.value(table.REDIS_URL),
        redis_channel=source.value(table.REDIS_CHANNEL),
        poll_interval_seconds=source.value(table.POLL_INTERVAL_SECONDS) or _poll_seconds(source),
        max_staleness_seconds=source.value(table.MAX_STALENESS_SECONDS),
        bootstrap_api_key=source.value(table.BOOTSTRAP_API_KEY),
        decision_auth=source.value(table.DECISION_AUTH),
        service_secret=source.value(table.SERVICE_SECRET),
        policy_dir=source.value(table.POLICY_DIR),
        log_level=source.value(table.LOG_LEVEL),
        origins=source.origins,
    )
    faults = (*source.faults, *_later_faults(environment), *(() if source.faults else _faults_together(settings)))
    if faults:
        raise SettingsError("; ".join(f"`{fault.pointer}` {fault.detail}" for fault in faults), faults=faults)
    return settings


def _poll_seconds(source: _Source) -> float:
    """SQLite is asked at next to no cost."""
    return MONGODB_POLL_SECONDS if source.origins[table.MONGODB_URI.name] != DEFAULT else SQLITE_POLL_SECONDS


class _Source:
    """Where texts come from, and what was wrong with them."""

    def __init__(self, environment: Mapping[str, str], flags: Mapping[str, str]) -> None:
        self._environment = environment
        self._flags = flags
        self.origins: dict[str, str] = {}
        self.faults: list[Fault] = []

    def value(self, setting: Setting[T]) -> T:
        text = self.text(setting)
        if not text:
            return setting.default
        try:
            return setting.reads(text)
        except ValueError as error:
            example = f"; for example `{setting.name}={setting.example}`"
            self.faults.append(Fault(setting.name, f"{error}{example}"))
            return setting.default

    def text(self, setting: Setting[Any]) -> str:
        """What is set, or ``""``."""
        sources = (("flag", self._flags), ("environment", self._environment))
        origin, text = next(
            ((o, texts[setting.name]) for o, texts in sources if texts.get(setting.name)), (DEFAULT, "")
        )
        self.origins[setting.name] = origin
        named = self._environment.get(f"{setting.name}_FILE", "") if setting.secret else ""
        return self._from_file(setting, text, Path(named)) if named else text

    def _from_file(self, setting: Setting[Any], text: str, path: Path) -> str:
        name = f"{setting.name}_FILE"
        if text:
            self.faults.append(Fault(name, f"is set, and `{setting.name}` too; set one of them"))
            return ""
        try:
            text = path.read_text("utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            reason = (error.strerror or "").lower() if isinstance(error, OSError) else "it isn't text in UTF-8"
            self.faults.append(Fault(name, f"names `{path}`, which can't be read: {reason}"))
            return ""
        if not text:
            self.faults.append(Fault(name, f"names `{path}`, which is empty"))
        self.origins[setting.name] = f"file {path}"
        return text


def _later_faults(environment: Mapping[str, str]) -> Iterator[Fault]:
    for setting in TABLE:
        names = (setting.name, f"{setting.name}_FILE") if setting.secret else (setting.name,)
        for name in () if setting.supported else names:
            if environment.get(name):
                yield Fault(name, "is not supported by this version; take it away")


def _faults_together(settings: Settings) -> Iterator[Fault]:
    if settings.mongodb_uri is not None and settings.service_secret is None:
        secret = table.SERVICE_SECRET
        detail = f"must be set with `{table.MONGODB_URI.name}`; for example `{secret.name}={secret.example}`"
        yield Fault(secret.name, detail)
    if settings.decision_auth is DecisionAuth.NONE and not settings.listens_to_this_machine_only:
        detail = f"may be `none` only at loopback or a Unix socket, and `{table.HOST.name}` is `{settings.host}`"
        yield Fault(table.DECISION_AUTH.name, detail)
    if settings.max_staleness_seconds <= settings.poll_interval_seconds:
        yield Fault(table.MAX_STALENESS_SECONDS.name, f"must be more than `{table.POLL_INTERVAL_SECONDS.name}`")
