"""How long a process takes from its start to its first decision, with many rules in the store.

As a program it is that process: it loads the policy, decides, then reads the same state as bare JSON, and as many rule
documents by a plain cursor, in one run.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pymongo import MongoClient

from bench.mongo import Servers, part
from bench.store import AUTHOR, fill_store, propose
from bench.workload import make_workload
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.checkpoint import encode_state
from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.commit import Request
from enterprise_service.bootstrap import open_store, writing
from enterprise_service.follow.checkpointing import seal
from enterprise_service.settings import Settings, read_settings

TAIL: Final = 5_000
RULES: Final = "plain_rules"
AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """Seconds: to the first decision, of `json.loads` of the same state, of a plain cursor; and what was loaded."""

    ours: float
    json: float
    cursor: float
    revision: int
    documents: int
    peak_bytes: int


def prepare(servers: Servers, database: str, rules: int) -> int:
    """Fill ``database`` with ``rules`` rules, a checkpoint, and a tail of changes; how many rules there are."""
    settings, workload = servers.settings(database), make_workload(rules, 1)
    fill_store(settings, workload)
    _write_checkpoint(settings)
    with writing(settings) as store:
        for number in range(TAIL):
            store.commit(AUTHOR, Request(propose=partial(propose, [_late(number)])))
    _write_plain_rules(settings, workload.rules + TAIL)
    return workload.rules + TAIL


def measure(servers: Servers, database: str) -> Loading:
    """Load it in a new process."""
    with part("bench.store_loading", servers.environment(database)) as process:
        said, _ = process.communicate()
    return Loading(**json.loads(said))


def _late(number: int) -> Edit:
    role = RoleRef(PLATFORM, "role-1")
    return create(
        Assignment(domain="clinic-0-0", id=f"late-{number}", subject=f"late-{number}", role=role, created_by="bench")
    )


def _write_checkpoint(settings: Settings) -> None:
    with open_store(settings, writes=True) as opened:
        opened.store.checkpoints.write(seal(opened.follower.catch_up().state, opened.keyring))


def _write_plain_rules(settings: Settings, count: int) -> None:
    """As other stores of Casbin rules have them: a document for each."""
    collection = _plain_rules(settings)
    for start in range(0, count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, count))
        collection.insert_many([_plain_rule(number) for number in numbers])


def _plain_rule(number: int) -> Mapping[str, Any]:
    return {"ptype": "g", "v0": f"person-{number}", "v1": f"role:platform/role-{number % 12}", "v2": f"clinic-{number}"}


def _plain_rules(settings: Settings) -> Any:  # noqa: ANN401 - the driver's collection of any documents
    uri = settings.mongodb_uri
    return None if uri is None else MongoClient[dict[str, Any]](uri.reveal()).get_default_database()[RULES]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """The process that is measured."""
    started = time.perf_counter()
    settings = read_settings(os.environ)
    with open_store(settings, writes=False) as opened:
        snapshot = opened.follower.catch_up()
        allowed = decide(snapshot, Question("late-1", "clinic-0-0", "/patients/1", "read"), opened.clock.now())
        ours = time.perf_counter() - started
    lines = zlib.decompress(encode_state(snapshot.state)).replace(b"\n", b",")
    text, documents = b"[%s]" % lines, _plain_rules(settings)
    counted = 0

    def read_all() -> None:
        nonlocal counted
        for _ in documents.find({}, batch_size=AT_ONCE):
            counted += 1

    from enterprise_service.observability import memory  # noqa: PLC0415 - not part of the time that is measured

    peak = memory()["peak_rss_bytes"]
    found = Loading(
        ours=ours,
        json=_seconds(lambda: json.loads(text)),
        cursor=_seconds(read_all),
        revision=snapshot.revision,
        documents=counted,
        peak_bytes=peak,
    )
    if allowed is None:
        sys.exit("no decision was made")
    print(json.dumps({name: getattr(found, name) for name in Loading.__dataclass_fields__}))


if __name__ == "__main__":
    main()
