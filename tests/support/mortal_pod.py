"""`enterprise-service` as a program that dies at a moment of a write that a test chooses.

A file in the folder that `DEATHS` names, called as a ``Moment``, lets the next process that comes to that moment die by
`kill -9`; the file is gone then. One called ``EXPORT`` lets it stand still in the middle of the export instead.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial, wraps
from pathlib import Path
from typing import Any, Final

from enterprise_adapters.mongo import MongoChangeLog, MongoPolicyExport
from enterprise_adapters.redis import RedisHints
from enterprise_service.bootstrap import main
from enterprise_service.follow.follower import Follower

FOLDER: Final = "DEATHS"
EXPORT: Final = "before rows of the export are written"


class Moment(StrEnum):
    """Where in a write a process may die."""

    BEFORE_APPEND = "before the entry is written"
    AFTER_APPEND = "after the entry is written"
    BEFORE_HINT = "before the hint"
    AFTER_HINT = "after the hint"
    BEFORE_FOLLOWING = "before the writer follows"
    AFTER_FOLLOWING = "before the answer"


def die_if_told(moment: Moment) -> None:
    """Die now, if this is the moment."""
    if is_told(moment):
        os.kill(os.getpid(), signal.SIGKILL)


def stop_if_told(name: str) -> None:
    """Stand still now, if this is the moment, until somebody lets the process go on."""
    if is_told(name):
        os.kill(os.getpid(), signal.SIGSTOP)


def is_told(name: str) -> bool:
    """Whether there is a file of that name; it is gone then."""
    try:
        Path(os.environ[FOLDER], name).unlink()
    except FileNotFoundError:
        return False
    return True


def around(owner: type, name: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    """Let something happen before and after each call of a method."""
    call: Callable[..., Any] = getattr(owner, name)

    @wraps(call)
    def called(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the method takes and gives
        before()
        result = call(*given, **named)
        after()
        return result

    setattr(owner, name, called)


def mortal(owner: type, name: str, before: Moment, after: Moment) -> None:
    """Let calls of a method be moments of death."""
    around(owner, name, partial(die_if_told, before), partial(die_if_told, after))


def nothing() -> None:
    """It goes on."""


if __name__ == "__main__":
    mortal(MongoChangeLog, "append", Moment.BEFORE_APPEND, Moment.AFTER_APPEND)
    mortal(RedisHints, "publish", Moment.BEFORE_HINT, Moment.AFTER_HINT)
    mortal(Follower, "go_on", Moment.BEFORE_FOLLOWING, Moment.AFTER_FOLLOWING)
    around(MongoPolicyExport, "write", partial(stop_if_told, EXPORT), nothing)
    sys.argv[0] = "enterprise-service"
    main()
