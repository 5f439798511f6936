"""Writes or reads a store, run with one version of the program or another: it uses only what both have.

`python format_peer.py write STORE MODEL LOG` writes the changes of the golden LOG anew, and a checkpoint halfway;
`python format_peer.py read STORE MODEL` tells what there is: read from the checkpoint on, and from the log alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import enterprise_service
from enterprise_adapters.memory import MemoryCheckpoints
from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteCheckpoints
from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.decide.model import read_model
from enterprise_policy.state.chain import Keyring, Position
from enterprise_policy.state.change import Change, decode_change, encode_change
from enterprise_policy.state.checkpoint import encode_state
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.follow.checkpointing import seal
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.ports.change_log import LogEntry
from enterprise_service.ports.checkpoints import Checkpoints

KEYRING: Final = Keyring([b"the secret of two versions"])


def write(store: str, model: str, log: str) -> None:
    """See the module."""
    database = Database(Path(store))
    target, checkpoints = SqliteChangeLog(database), SqliteCheckpoints(database)
    changes = [decode_change(json.loads(line)["body"].encode()) for line in Path(log).read_text("utf-8").splitlines()]
    for number, change in enumerate(changes, start=1):
        _append(target, replace(change, log_id=target.head().log_id))
        if number == len(changes) // 2:
            checkpoints.write(seal(_state(target, MemoryCheckpoints(), model), KEYRING))
    _say(**_shown(_state(target, checkpoints, model)))
    database.close()


def read(store: str, model: str) -> None:
    """See the module."""
    database = Database(Path(store))
    log, checkpoints = SqliteChangeLog(database), SqliteCheckpoints(database)
    begun = checkpoints.newest(log.head().log_id)
    _say(
        from_checkpoint=_shown(_state(log, checkpoints, model)),
        from_log=_shown(_state(log, MemoryCheckpoints(), model)),
        checkpoint=None if begun is None else begun.revision,
    )
    database.close()


def _append(log: SqliteChangeLog, change: Change) -> None:
    head = log.head()
    body = encode_change(change)
    mac = KEYRING.link(Position(head.log_id, head.revision, head.mac), body)
    log.append(LogEntry(revision=change.revision, body=body, mac=mac))


def _state(log: SqliteChangeLog, checkpoints: Checkpoints, model: str) -> PolicyState:
    """What a process of this version has after its start."""
    text = Path(model).read_text("utf-8")
    follower = Follower(Store(log=log, checkpoints=checkpoints), KEYRING, SystemClock(), read_model(text))
    return follower.catch_up().state


def _shown(state: PolicyState) -> Mapping[str, object]:
    return {"revision": state.revision, "state": sha256(encode_state(state)).hexdigest()}


def _say(**told: object) -> None:
    print(json.dumps({"program": enterprise_service.__file__, **told}))  # noqa: T201 - what this program is for


ACTIONS: Final[Mapping[str, Callable[..., None]]] = {action.__name__: action for action in (write, read)}


if __name__ == "__main__":
    ACTIONS[sys.argv[1]](*sys.argv[2:])
