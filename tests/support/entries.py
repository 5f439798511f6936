"""Log entries that tell by themselves whether they are as they were written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from enterprise_service.ports.change_log import ChangeLog, LogEntry, RevisionTakenError


def entry(revision: int, *, actor: str = "alice", edits: Iterable[Mapping[str, Any]] = (), **more: object) -> LogEntry:
    """An entry by ``actor`` whose mac follows from its body; ``more`` are further fields of the change."""
    body = json.dumps({"revision": revision, "actor": actor, "edits": list(edits), **more}, ensure_ascii=False).encode()
    return LogEntry(revision=revision, body=body, mac=sha256(body).digest())


def is_untouched(read: LogEntry) -> bool:
    """Whether ``entry`` made it, and nothing of it has changed since."""
    return read.mac == sha256(read.body).digest() and json.loads(read.body)["revision"] == read.revision


def writer(read: LogEntry) -> str:
    """Who wrote it."""
    return str(json.loads(read.body)["actor"])


def assignment_edit(subject: str, domain: str) -> dict[str, Any]:
    """An edit that gives ``subject`` something in ``domain``."""
    record = {"subject": subject, "domain": domain}
    return {"op": "create", "kind": "assignment", "domain": domain, "id": "a1", "before": None, "after": record}


def append_next(log: ChangeLog, actor: str) -> int:
    """Append an entry of ``actor`` after whatever is newest, against all others who do the same; its revision."""
    while True:
        revision = log.head().revision + 1
        try:
            log.append(entry(revision, actor=actor))
        except RevisionTakenError:
            continue
        return revision
