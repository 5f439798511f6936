"""`enterprise-service migrate` as a program that dies by `kill -9` in the middle of it, and whose lease is short.

`DIES_AFTER` in the environment says how many of its steps to the store are done before: each index, each record, the
making of the store, and the return of the lease is one.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from itertools import count
from typing import Any, Final

from pymongo.collection import Collection

from enterprise_adapters.mongo import MongoDatabase, MongoLeases, migrating
from enterprise_adapters.mongo.migrations import STEPS
from enterprise_service.bootstrap import main

DIES_AFTER: Final = "DIES_AFTER"
LEASE_SECONDS: Final = 3.0

_WRITES: Final = sum(len(step.indexes) + 1 for step in STEPS)
UP: Final = _WRITES + 2
"""How many steps it takes upwards."""

DOWN: Final = _WRITES + 1
"""And downwards, all the way."""

_done = count()


def deadly(owner: object, name: str) -> None:
    """Let calls of ``name`` be such steps."""
    call: Callable[..., Any] = getattr(owner, name)

    @wraps(call)
    def called(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes and gives
        if next(_done) == int(os.environ[DIES_AFTER]):
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*given, **named)

    setattr(owner, name, called)


if __name__ == "__main__":
    migrating.LEASE_SECONDS = LEASE_SECONDS  # type: ignore[misc]  # for this process alone
    for owner, name in (
        (Collection, "create_indexes"),
        (Collection, "drop_index"),
        (migrating, "record"),
        (migrating, "strike"),
        (MongoDatabase, "open"),
        (MongoLeases, "release"),
    ):
        deadly(owner, name)
    sys.argv[0] = "enterprise-service"
    main()
