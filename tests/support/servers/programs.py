"""What is said when a program of a server can't be had, and what is remembered when it can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


class NoProgramError(Exception):
    """A server can't be had on this machine; says how to get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisProgram:
    """A ``redis-server``, what it needs in its environment, and what it is for people."""

    path: Path
    name: str
    environment: Mapping[str, str] = field(default_factory=dict)


def remembered(find: Callable[[], T]) -> Callable[[], T]:
    """``find`` once; what it returned, or the ``NoProgramError`` that it raised, from then on."""
    outcome: list[T | NoProgramError] = []
    lock = Lock()

    @wraps(find)
    def found() -> T:
        with lock:
            if not outcome:
                outcome.append(_outcome(find))
        if isinstance(outcome[0], NoProgramError):
            raise outcome[0]
        return outcome[0]

    return found


def _outcome(find: Callable[[], T]) -> T | NoProgramError:
    try:
        return find()
    except NoProgramError as error:
        return error
