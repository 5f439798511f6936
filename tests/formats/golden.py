"""What a program wrote once, read back."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Final

from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_service.follow.checkpointing import unseal
from enterprise_service.follow.reading import read_on
from enterprise_service.ports.change_log import LogEntry
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.logs import Entries

FOLDER: Final = Path(__file__).parent / "format-1"
KEYRING: Final = Keyring([b"the secret of the golden files"])
LOG_ID: Final = "0123456789abcdef0123456789abcdef"


def entries(name: str) -> list[LogEntry]:
    """The entries of the log in the file ``name``."""
    written = [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]
    return [
        LogEntry(revision=one["revision"], body=one["body"].encode(), mac=bytes.fromhex(one["mac"])) for one in written
    ]


def checkpoint(name: str) -> Checkpoint:
    """The checkpoint in the file ``name``."""
    written = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return Checkpoint(
        log_id=written["log_id"],
        revision=written["revision"],
        chain=bytes.fromhex(written["chain"]),
        content=base64.b64decode(written["content"]),
        mac=bytes.fromhex(written["mac"]),
    )


def from_log(name: str) -> PolicyState:
    """The state that the log in the file ``name`` folds to."""
    return read_on(Entries(LOG_ID, entries(name)), empty_state(LOG_ID), KEYRING)


def from_checkpoint(name: str) -> PolicyState:
    """The state in the checkpoint of the file ``name``."""
    return unseal(checkpoint(name), KEYRING)
