"""The log: one JSON object a line on stderr, with no secret in it.

``time``, ``level``, ``logger`` and ``message`` come first, then what the caller gave as ``extra`` (``request_id`` is
there), and ``error`` when there was an exception. ERROR is for what somebody has to look at.
"""

from __future__ import annotations

import logging
import math
import os
import re
import resource
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from enterprise_service.secret import MASK, Secret

MEMORY_SECONDS: Final = 60.0
"""How often a process tells how much memory it has."""

# Loggers of libraries that would set up handlers of their own, or say more than may be kept.
_LIBRARIES: Final[Mapping[str, int]] = {
    "casbin": logging.WARNING,
    "casbin.enforcer": logging.ERROR,  # its warnings are the questions that it denies
    "pymongo": logging.WARNING,  # below that it logs commands, with what is in them
    "redis": logging.WARNING,
    "gunicorn.access": logging.CRITICAL,
    "gunicorn.error": logging.INFO,
    "uvicorn": logging.INFO,
    "uvicorn.access": logging.CRITICAL,
    "uvicorn.error": logging.INFO,
}

# What credentials look like, whoever logs them: a header's value, this service's own keys, whatever stands before one
# (the `n` of an escaped line end, say), and tokens (JWT).
_CREDENTIAL: Final = re.compile(
    r"""(?i)(\bauthorization\b["']?\s*[:=]\s*)[^\r\n]+ | \b(bearer\s+)[^\s"']{8,} | \b(basic\s+)[a-z0-9+/=]{8,}
        | (?:\b(esk_)|(esk_)(?=[0-9a-f]{8}))[\w-]+ | (eyj)[\w-]{8,}\.[\w-]+(?:\.[\w-]*)+""",
    re.VERBOSE,
)

_log = logging.getLogger(__name__)


def configure_logging(level: str, secrets: Iterable[Secret] = (), stream: TextIO | None = None) -> None:
    """Send the lines of every logger, from ``level`` on, to ``stream`` (stderr), with ``secrets`` and keys masked.

    May be called again, after a library has set up its own way of logging; the last call counts.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(LineFormatter(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name, least in _LIBRARIES.items():
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(least, root.level))


class LineFormatter(JsonFormatter):
    """A record as one line of JSON; line ends and other control characters in a text are escaped by JSON itself."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        """``secrets`` are masked wherever they stand."""
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "error", "stack_info": "stack"},
            reserved_attrs=[*RESERVED_ATTRS, "color_message", "taskName"],
        )
        self._secrets = tuple(secret.reveal() for secret in secrets)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Put the time first."""
        moment = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
        log_data["time"] = f"{moment.isoformat(timespec='milliseconds')}Z"
        super().add_fields(log_data, record, message_dict)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Mask what is secret, and turn what JSON has no word for into text."""
        return {self._masked(name): self._clean(value) for name, value in log_data.items()}

    def _clean(self, value: object) -> object:
        match value:
            case None | bool() | int():
                return value
            case float() if math.isfinite(value):
                return value
            case dict():
                return {self._masked(str(name)): self._clean(part) for name, part in value.items()}
            case list() | tuple():
                return [self._clean(part) for part in value]
            case _:
                return self._masked(str(value))

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return _CREDENTIAL.sub(lambda found: f"{found[found.lastindex or 0]}{MASK}", text)


def report_memory() -> None:
    """Log how much memory this process has."""
    _log.info("memory", extra=memory())


def memory() -> dict[str, int]:
    """``rss_bytes``, what this process has in memory now, where the system tells; ``peak_rss_bytes``, its most ever."""
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return {"peak_rss_bytes": peak}
    return {"rss_bytes": pages * os.sysconf("SC_PAGE_SIZE"), "peak_rss_bytes": peak}
