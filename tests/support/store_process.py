"""What a process of its own does with a store, for tests of what only processes show.

Says `ready`, waits for a line, does one action, and says on its standard output what it did, a line for each thing.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from enterprise_adapters.sqlite import Database, SqliteChangeLog
from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.errors import EnterpriseError, StoreUnavailableError
from enterprise_service.ports.change_log import ChangeLog
from tests.support.entries import append_next, entry, is_untouched, writer
from tests.support.stores import store_at

NOBODY: Final = 65_534
LONGEST_SECONDS: Final = 60
"""Whatever happens to the test, after that a process ends."""

T = TypeVar("T")


def say(*words: object) -> None:
    """One line, at once."""
    print(*words, flush=True)  # noqa: T201 - what this program is for


def wait() -> None:
    """Until the test says `go`."""
    sys.stdin.readline()


def patiently(call: Callable[[], T]) -> T:
    """What ``call`` gives in the end: on a slow disk others may keep the store busy for long."""
    while True:
        try:
            return call()
        except StoreUnavailableError as error:
            if "is writing" not in error.detail:
                raise


def identify(where: str) -> None:
    """Say the log's identity."""
    log = store_at(where).log
    say(log.head().log_id)
    log.close()


def append(where: str, actor: str, count: str) -> None:
    """Append ``count`` entries against whoever else does; say each revision as soon as it is acknowledged."""
    log = store_at(where).log
    for _ in range(int(count)):
        say(patiently(lambda: append_next(log, actor)))
    log.close()


def take_turns(where: str, mark: str, holder: str, rounds: str) -> None:
    """Take a lease again and again; the file ``mark``, that only the holder may have made, shows that two have it."""
    store = store_at(where, SystemClock())
    taken = 0
    while taken < int(rounds):
        if patiently(lambda: store.leases.acquire("chore", holder, 30.0)):
            Path(mark).touch(exist_ok=False)
            Path(mark).unlink()
            patiently(lambda: store.leases.release("chore", holder))
            taken += 1
    say(taken)
    store.close()


def fork(where: str) -> None:
    """Use the store in two threads and in three children, forked meanwhile; say how they ended and who has written."""
    log = store_at(where).log
    with ThreadPoolExecutor(2) as threads:
        threads.map(lambda _: patiently(lambda: append_next(log, "parent")), range(60))
        children = [_fork_writer(log) for _ in range(3)]
        ends = [os.waitpid(child, 0)[1] for child in children]
    entries = log.read(0, 1_000)
    say(*ends)
    say(all(map(is_untouched, entries)))
    say(*map(writer, entries))
    log.close()


def _fork_writer(log: ChangeLog) -> int:
    child = os.fork()
    if child == 0:
        signal.alarm(LONGEST_SECONDS)
        for _ in range(10):
            patiently(lambda: append_next(log, "child"))
        log.close()
        os._exit(0)
    return child


def outgrow(path: str) -> None:
    """Append until the system lets no file grow, look at what can be read then, and go on when it may grow again."""
    log = SqliteChangeLog(Database(Path(path)))
    append_next(log, "writer")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = Path(f"{path}-wal").stat().st_size + 50_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    acknowledged = _append_until_refused(log)
    entries = log.read(0, 1_000)
    say(acknowledged == len(entries) == log.head().revision, all(map(is_untouched, entries)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    say(append_next(log, "writer") == acknowledged + 1)
    log.close()


def _append_until_refused(log: SqliteChangeLog) -> int:
    acknowledged = log.head().revision
    try:
        while acknowledged < 1_000:
            log.append(entry(acknowledged + 1, actor="writer"))
            acknowledged += 1
    except EnterpriseError as error:
        say(error.code, error)
    return acknowledged


def as_nobody(path: str, how: str) -> None:
    """Give up root's rights, if there are any, and ``read`` (by a read-only database), ``look`` or ``write``."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    log = SqliteChangeLog(Database(Path(path), read_only=how == "read"))
    try:
        head = log.head()
        say(head.revision, len(log.read(0, 1_000)))
        if how == "write":
            say(append_next(log, "nobody"))
    except EnterpriseError as error:
        say(error.code, error)
    log.close()


ACTIONS: Final[Mapping[str, Callable[..., None]]] = {
    action.__name__: action for action in (identify, append, take_turns, fork, outgrow, as_nobody)
}


if __name__ == "__main__":
    signal.alarm(LONGEST_SECONDS)
    say("ready")
    wait()
    ACTIONS[sys.argv[1]](*sys.argv[2:])
