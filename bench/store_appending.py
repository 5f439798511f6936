"""How many changes a second processes make together, beside bare loops of inserts.

As a program it is one of them: it says `ready`, waits for a line, works for some seconds, and says how much it did.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from bench.mongo import Servers, part
from bench.store import AUTHOR, propose
from enterprise_policy.errors import ConflictError
from enterprise_policy.state.edits import create
from enterprise_policy.state.organization import Organization
from enterprise_service.administer.commit import Request
from enterprise_service.bootstrap import writing
from enterprise_service.settings import read_settings

SECONDS: Final = 4.0
BODY: Final = b"x" * 600
"""About as long as a change of one record."""


def rate(servers: Servers, database: str, how: str, processes: int) -> float:
    """Writes a second of ``processes`` that work ``how`` on ``database``."""
    with ExitStack() as stack:
        environment = servers.environment(database)
        parts = [
            stack.enter_context(part("bench.store_appending", environment, how, number)) for number in range(processes)
        ]
        for process in parts:
            _line(process.stdout)
        started = time.perf_counter()
        for process in parts:
            _go(process.stdin)
        done = sum(int(_line(process.stdout)) for process in parts)
        return done / (time.perf_counter() - started)


def _line(stream: Any) -> str:  # noqa: ANN401 - a pipe, which Popen calls optional
    return str(stream.readline())


def _go(stream: Any) -> None:  # noqa: ANN401 - as above
    stream.write("go\n")
    stream.flush()


# --- the process ----------------------------------------------------------------------------------------------


def _repeat(work: Callable[[int], bool]) -> int:
    """How often ``work`` succeeded."""
    print("ready", flush=True)
    sys.stdin.readline()
    give_up_at, done, number = time.perf_counter() + SECONDS, 0, 0
    while time.perf_counter() < give_up_at:
        done += work(number)
        number += 1
    return done


def _changes(who: str) -> int:
    """Whole changes, judged at the newest state and committed."""
    with writing(read_settings(os.environ)) as store:

        def change(number: int) -> bool:
            name = f"o-{who}-{number}"
            try:
                store.commit(AUTHOR, Request(propose=partial(propose, [create(Organization(id=name, name=name))])))
            except ConflictError:
                return False
            return True

        return _repeat(change)


def _racing_inserts(_who: str) -> int:
    """A bare loop that keeps a log: the next number, if nobody else took it."""
    log, newest = _collection("racing"), 0

    def insert(_number: int) -> bool:
        nonlocal newest
        for document in log.find({"_id": {"$gt": newest}}, {"_id": 1}).sort("_id", 1):
            newest = document["_id"]
        try:
            log.insert_one({"_id": newest + 1, "body": BODY})
        except DuplicateKeyError:
            return False
        return True

    return _repeat(insert)


def _free_inserts(who: str) -> int:
    """A bare loop that minds nobody else: no order, no log."""
    log = _collection("free")

    def insert(number: int) -> bool:
        log.insert_one({"_id": f"{who}-{number}-{time.time_ns()}", "body": BODY})
        return True

    return _repeat(insert)


def _collection(name: str) -> Collection[dict[str, Any]]:
    client = MongoClient[dict[str, Any]](os.environ["MONGODB_URI"])
    return client.get_default_database().get_collection(
        name, write_concern=WriteConcern(w="majority", j=True), read_concern=ReadConcern("majority")
    )


WAYS: Final[Mapping[str, Callable[[str], int]]] = {
    "changes": _changes,
    "racing": _racing_inserts,
    "free": _free_inserts,
}


def main(arguments: Sequence[str]) -> None:
    """One process."""
    how, who = arguments
    print(WAYS[how](f"{who}-{os.getpid()}"), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
