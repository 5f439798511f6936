"""The table of settings: what each is called, how it is read, what it does.

``docs/reference/settings.md`` shows it to people, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from enterprise_service import setting_values as values
from enterprise_service.secret import Secret

T = TypeVar("T")


class Plane(StrEnum):
    """Which part of the service a process is."""

    ALL = "all"
    MANAGEMENT = "management"
    DECISION = "decision"

    @property
    def manages(self) -> bool:
        """Whether it may write."""
        return self is not Plane.DECISION


class DecisionAuth(StrEnum):
    """Whether a decision needs a credential."""

    REQUIRED = "required"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One row of the table.

    ``reads`` makes the value of the text and raises ``ValueError`` with a reason; ``shown`` is the default in words;
    ``example`` a good value. A setting that isn't ``supported`` belongs to a later version, and mustn't be set.
    """

    name: str
    reads: Callable[[str], T]
    default: T
    shown: str
    example: str
    says: str
    secret: bool = False
    supported: bool = True

    @property
    def flag(self) -> str | None:
        """The flag of ``serve`` that sets it, if there may be one."""
        return None if self.secret or not self.supported else f"--{self.name.lower().replace('_', '-')}"


def _later(name: str, says: str, *, shown: str = "none", secret: bool = False) -> Setting[str | None]:
    return Setting(
        name=name,
        reads=values.text,
        default=None,
        shown=shown,
        example="",
        says=says,
        secret=secret,
        supported=False,
    )


HOST: Final = Setting(
    name="HOST",
    reads=values.host,
    default="127.0.0.1",
    shown="127.0.0.1",
    example="::1",
    says="The address that the service listens at.",
)
PORT: Final = Setting(
    name="PORT",
    reads=values.whole(values.PORTS),
    default=3017,
    shown="3017",
    example="3018",
    says="The port that it listens at.",
)
UNIX_SOCKET: Final[Setting[Path | None]] = Setting(
    name="UNIX_SOCKET",
    reads=values.socket,
    default=None,
    shown="none",
    example="/run/enterprise.sock",
    says="The path of a Unix socket to listen at, in the place of `HOST` and `PORT`.",
)
PLANE: Final = Setting(
    name="PLANE",
    reads=values.word(Plane),
    default=Plane.ALL,
    shown="all",
    example="decision",
    says="`decision` answers questions and never writes; `management` does everything but that; `all` does both.",
)
WEB_CONCURRENCY: Final[Setting[int | None]] = Setting(
    name="WEB_CONCURRENCY",
    reads=values.whole(values.PROCESSES),
    default=None,
    shown="the cores that it may use",
    example="4",
    says="How many worker processes there are.",
)
DRAIN_SECONDS: Final = Setting(
    name="DRAIN_SECONDS",
    reads=values.seconds,
    default=10.0,
    shown="10",
    example="5",
    says='The time between "not ready" and closing. No effect in this version, which stops as soon as it is told to.',
)
MONGODB_URI: Final[Setting[Secret | None]] = Setting(
    name="MONGODB_URI",
    reads=values.mongodb_uri,
    default=None,
    shown="none",
    example="mongodb://user:password@db.example/enterprise?replicaSet=rs0&tls=true",
    says="Where the policy store is, when it is MongoDB; without it the store is the file at `SQLITE_PATH`.",
    secret=True,
)
SQLITE_PATH: Final = Setting(
    name="SQLITE_PATH",
    reads=values.path,
    default=Path("var/enterprise.db"),
    shown="var/enterprise.db",
    example="/var/lib/enterprise/enterprise.db",
    says="The file of the policy store; the folder that it is in is the data folder, also where the store is MongoDB.",
)
LOCAL_COPY: Final[Setting[Path | None]] = Setting(
    name="LOCAL_COPY",
    reads=values.path,
    default=None,
    shown="with MongoDB `policy.copy` in the data folder",
    example="/var/lib/enterprise/policy.copy",
    says="The file for a copy of the policy, from which a process starts while MongoDB is away.",
)
REDIS_URL: Final[Setting[Secret | None]] = Setting(
    name="REDIS_URL",
    reads=values.redis_url,
    default=None,
    shown="none",
    example="rediss://:password@cache.example:6379/0",
    says="Where hints of new revisions travel; without it processes find out when they poll.",
    secret=True,
)
REDIS_CHANNEL: Final = Setting(
    name="REDIS_CHANNEL",
    reads=values.channel,
    default="enterprise-service:revisions",
    shown="enterprise-service:revisions",
    example="staging:revisions",
    says="The channel that they travel on.",
)
POLL_INTERVAL_SECONDS: Final[Setting[float | None]] = Setting(
    name="POLL_INTERVAL_SECONDS",
    reads=values.some_seconds,
    default=None,
    shown="5, or 0.2 on SQLite",
    example="1",
    says="How often the store is asked for changes.",
)
MAX_STALENESS_SECONDS: Final = Setting(
    name="MAX_STALENESS_SECONDS",
    reads=values.some_seconds,
    default=300.0,
    shown="300",
    example="60",
    says="How long decisions go on while the store can't be asked; after that they are refused, never allowed.",
)
BOOTSTRAP_API_KEY: Final[Setting[Secret | None]] = Setting(
    name="BOOTSTRAP_API_KEY",
    reads=values.key,
    default=None,
    shown="made in the data folder on SQLite, else none",
    example="$(openssl rand -hex 32)",
    says="The key of `bootstrap`, who may do everything. Take it away once there is a platform administrator.",
    secret=True,
)
DECISION_AUTH: Final = Setting(
    name="DECISION_AUTH",
    reads=values.word(DecisionAuth),
    default=DecisionAuth.REQUIRED,
    shown="required",
    example="required",
    says="`none`: who reaches the service may ask for decisions. Only where it listens at loopback or a Unix socket.",
)
SERVICE_SECRET: Final[Setting[tuple[Secret, ...] | None]] = Setting(
    name="SERVICE_SECRET",
    reads=values.secret_lines,
    default=None,
    shown="made in the data folder on SQLite, else required",
    example="$(openssl rand -hex 32)",
    says="What the store's chain of changes is signed with. Several lines: the first signs, all verify.",
    secret=True,
)
POLICY_DIR: Final[Setting[Path | None]] = Setting(
    name="POLICY_DIR",
    reads=values.policy_folder,
    default=None,
    shown="the one in the package",
    example="/etc/enterprise/policies",
    says="The folder with the model, the catalogue and the roles.",
)
LOG_LEVEL: Final = Setting(
    name="LOG_LEVEL",
    reads=values.level,
    default="INFO",
    shown="INFO",
    example="WARNING",
    says="How serious a line of the log must be.",
)

TABLE: Final[tuple[Setting[Any], ...]] = (
    HOST,
    PORT,
    UNIX_SOCKET,
    PLANE,
    WEB_CONCURRENCY,
    DRAIN_SECONDS,
    MONGODB_URI,
    SQLITE_PATH,
    LOCAL_COPY,
    REDIS_URL,
    REDIS_CHANNEL,
    POLL_INTERVAL_SECONDS,
    MAX_STALENESS_SECONDS,
    BOOTSTRAP_API_KEY,
    DECISION_AUTH,
    SERVICE_SECRET,
    POLICY_DIR,
    _later("AUTH_JWKS_URL", "Where the keys are that access tokens are signed with."),
    _later("AUTH_ISSUER", "Who must have issued them."),
    _later("AUTH_AUDIENCE", "Whom they must be meant for."),
    _later("AUTH_SUBJECT_CLAIM", "The claim that names the subject.", shown="sub"),
    _later("HR_SERVICE_URL", "Where providers are looked up."),
    _later("HR_SERVICE_TOKEN", "The credential for that.", secret=True),
    LOG_LEVEL,
)
"""Every setting, in the order in which people read about them."""
