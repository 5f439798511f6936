"""What a worker holds in the end, told by what it shows: the whole policy, and answers to many questions.

A worker made anew from the log in this process is asked in the same way, and has to show the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Any, Final

from enterprise_adapters.memory import MemoryCheckpoints
from enterprise_policy.state.record import Kind
from enterprise_policy.values.names import PLATFORM
from tests.support.gates import Asked
from tests.support.judging.client import API, Connection
from tests.support.judging.evidence import Evidence
from tests.support.logs import Entries, Process, TroubledLog
from tests.support.raw_http import Headers, Reply
from tests.support.sample_policy import KEY
from tests.support.ways import InProcess

LIMIT: Final = 500
_INSIDE: Final = (Kind.ROLE, Kind.ASSIGNMENT, Kind.PROVIDER_ASSIGNMENT)
_VOLATILE: Final = ("last_used_at",)
"""Fields that don't follow from the log."""


class Local(Connection):
    """A service in this process."""

    def __init__(self, way: InProcess, pod: str = "local") -> None:
        """``way`` is all there is to it."""
        self._way = way
        self.pod = pod
        self.session = pod

    def send(self, method: str, target: str, headers: Headers, body: bytes | None) -> Reply | None:
        """See ``Connection``."""
        return self._way.send(method, target, headers, body)

    def close(self) -> None:
        """Nothing is held."""


def touched(evidence: Evidence) -> frozenset[str]:
    """The domains in which roles were made or given since the run began."""
    changes = (change for revision, change in evidence.changes.items() if revision > evidence.since)
    edits = (edit for change in changes for edit in change.edits)
    return frozenset(edit.record.domain for edit in edits if edit.kind in _INSIDE)


def content_of(connection: Connection, domains: AbstractSet[str]) -> tuple[int, str]:
    """The revision that the worker behind ``connection`` stands at, and a hash over all that it shows.

    What is made inside of domains is looked for in ``domains``. Raises ``ConnectionError`` when it doesn't answer, or
    its policy changes meanwhile.
    """
    shown, revisions = list[Any](), set[int]()
    for path, items, revision in _walk(connection, domains):
        shown.append((path, items))
        revisions.add(revision)
    if len(revisions) != 1:
        raise ConnectionError(f"the policy changed: {sorted(revisions)}")
    return revisions.pop(), sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def rebuilt_content(evidence: Evidence) -> str:
    """What a worker shows that is made anew from the log of ``evidence``."""
    log = TroubledLog(Entries(evidence.log_id, evidence.entries))
    process = Process(log=log, checkpoints=MemoryCheckpoints(), keyring=evidence.keyring)
    process.follower.catch_up()
    asked = Asked(empty=True, process=process)
    return content_of(Local(InProcess(asked.web.flask)), touched(evidence))[1]


def _walk(connection: Connection, domains: AbstractSet[str]) -> Iterator[tuple[str, list[Any], int]]:
    """Every list of records, with the revision of each page."""
    there = {PLATFORM}
    for path in ("/organizations", "/clinics"):
        for page in _pages(connection, path):
            there |= {item["id"] for item in page[1]}
            yield page
    yield from _pages(connection, "/api-keys")
    for domain in sorted(there & domains):
        yield from _pages(connection, f"/domains/{domain}/roles")
        yield from _pages(connection, f"/domains/{domain}/assignments")


def _pages(connection: Connection, path: str) -> Iterator[tuple[str, list[Any], int]]:
    cursor = ""
    while True:
        reply = _get(connection, f"{path}?limit={LIMIT}{cursor}")
        fields = reply.fields
        yield path, [_lasting(item) for item in fields["items"]], int(reply.header("x-policy-revision") or -1)
        if fields["next_cursor"] is None:
            return
        cursor = f"&cursor={fields['next_cursor']}"


def _get(connection: Connection, path: str) -> Reply:
    reply = connection.send("GET", API + path, [("Authorization", f"Bearer {KEY}")], None)
    if reply is None or reply.status != 200:
        raise ConnectionError(f"`{path}` was answered {reply}")
    return reply


def _lasting(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in _VOLATILE}
