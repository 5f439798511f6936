"""How the text of a setting becomes a value.

Each function takes the text and raises ``ValueError`` with the reason, as the rest of a sentence about the setting. No
reason repeats the text: it may be a secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from enterprise_service.secret import Secret

W = TypeVar("W", bound=StrEnum)

KEY_LENGTH: Final = 32
SECRET_LENGTH: Final = 16
CHANNEL_LENGTH: Final = 200
PORTS: Final = range(1, 65_536)
PROCESSES: Final = range(1, 1_025)
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_SOCKET_LENGTH: Final = 103  # macOS takes no more; Linux takes 107
_HOST: Final = re.compile(r"[0-9A-Za-z._:%-]+")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_VISIBLE: Final = re.compile(r"[!-~]+")


def text(value: str) -> str:
    """Any text."""
    return value


def host(value: str) -> str:
    """An address or a name."""
    if not _HOST.fullmatch(value):
        raise ValueError("must be an address or a host name")
    return value


def whole(numbers: range) -> Callable[[str], int]:
    """A reader of one of ``numbers``."""

    def read(value: str) -> int:
        if not _WHOLE.fullmatch(value) or int(value) not in numbers:
            raise ValueError(f"must be a whole number from {numbers[0]} to {numbers[-1]}")
        return int(value)

    return read


def seconds(value: str) -> float:
    """A time, perhaps none."""
    if not _DECIMAL.fullmatch(value):
        raise ValueError("must be a number of seconds")
    return float(value)


def some_seconds(value: str) -> float:
    """A time that isn't none."""
    if seconds(value) == 0:
        raise ValueError("must be more than 0 seconds")
    return seconds(value)


def word(words: type[W]) -> Callable[[str], W]:
    """A reader of one of ``words``."""

    def read(value: str) -> W:
        try:
            return words(value)
        except ValueError as error:
            raise ValueError(f"must be {' or '.join(f'`{word}`' for word in words)}") from error

    return read


def level(value: str) -> str:
    """How serious a log line must be, in capitals."""
    if value.upper() not in LEVELS:
        raise ValueError(f"must be {', '.join(f'`{level}`' for level in LEVELS[:-1])} or `{LEVELS[-1]}`")
    return value.upper()


def path(value: str) -> Path:
    """A path."""
    if "\0" in value:
        raise ValueError("must be a path")
    return Path(value)


def socket(value: str) -> Path:
    """The path of a Unix socket."""
    if len(value.encode(errors="surrogateescape")) > _SOCKET_LENGTH:
        raise ValueError(f"must be a path of at most {_SOCKET_LENGTH} bytes; a socket can't have a longer one")
    return path(value)


def policy_folder(value: str) -> Path:
    """A folder with a model in it."""
    if not (path(value) / "model.conf").is_file():
        raise ValueError("must be a folder that has a file `model.conf`")
    return path(value)


def mongodb_uri(value: str) -> Secret:
    """An address of MongoDB, credentials and all."""
    return _address(value, ("mongodb", "mongodb+srv"))


def redis_url(value: str) -> Secret:
    """An address of Redis, credentials and all."""
    return _address(value, ("redis", "rediss", "unix"))


def _address(value: str, schemes: Sequence[str]) -> Secret:
    scheme, separator, rest = value.partition("://")
    if scheme not in schemes or not separator or not rest or not _VISIBLE.fullmatch(value):
        raise ValueError(f"must begin with {' or '.join(f'`{scheme}://`' for scheme in schemes)}, without blanks")
    return Secret(value)


def channel(value: str) -> str:
    """The name of a channel."""
    if not _VISIBLE.fullmatch(value) or len(value) > CHANNEL_LENGTH:
        raise ValueError(f"must have at most {CHANNEL_LENGTH} characters, all of them visible ASCII")
    return value


def key(value: str) -> Secret:
    """A credential: it stands in a header."""
    if len(value) < KEY_LENGTH or not _VISIBLE.fullmatch(value):
        raise ValueError(f"must have at least {KEY_LENGTH} characters, all of them visible ASCII")
    return Secret(value)


def secret_lines(value: str) -> tuple[Secret, ...]:
    """One secret a line; blank lines are none."""
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    if not lines or any(len(line) < SECRET_LENGTH for line in lines):
        raise ValueError(f"must have at least {SECRET_LENGTH} characters in each of its lines")
    return tuple(map(Secret, lines))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``. A name says nothing for sure, but for `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
