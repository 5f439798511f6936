"""What there is to know about the store of this machine."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from enterprise_policy.errors import ChainBrokenError, EnterpriseError
from enterprise_policy.state.policy_state import empty_state
from enterprise_service.cli.findings import Finding, bad, fine
from enterprise_service.cli.tools import Reading, Tools
from enterprise_service.data_folder import BOOTSTRAP_KEY_FILE, SERVICE_SECRET_FILE
from enterprise_service.follow.checkpointing import unseal
from enterprise_service.follow.reading import read_on
from enterprise_service.settings import Settings


def store_findings(tools: Tools, settings: Settings) -> Iterator[Finding]:
    """Its place and identity, whether its whole chain holds, its newest checkpoint, who may read its secrets."""
    path = settings.sqlite_path
    if settings.mongodb_uri is None:
        if not path.exists():
            yield fine("store", f"`{path}` isn't there yet; the first start makes it")
            return
        yield from _secrets(settings.data_folder)
    try:
        with tools.reading(settings) as reading:
            yield from _contents(f"`{path}`" if settings.mongodb_uri is None else "MongoDB", reading)
    except EnterpriseError as error:
        yield bad("store", str(error), "see the operations runbook; decisions go on from what running processes have")


def _secrets(folder: Path) -> Iterator[Finding]:
    for name in (SERVICE_SECRET_FILE, BOOTSTRAP_KEY_FILE):
        path = folder / name
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield bad("secrets", f"others than its owner may use `{path}`", f"chmod 600 '{path}'")


def _contents(name: str, reading: Reading) -> Iterator[Finding]:
    head = reading.log.head()
    yield fine("store", f"{name}, log {head.log_id}, revision {head.revision}")
    try:
        state = read_on(reading.log, empty_state(head.log_id), reading.keyring)
        yield fine("chain", f"all {state.revision} changes verify")
        reading.follower.catch_up()
    except ChainBrokenError as error:
        yield bad("chain", str(error), "restore the store from a backup; nothing after that revision can be trusted")
    yield from _checkpoint(reading, head.log_id)


def _checkpoint(reading: Reading, log_id: str) -> Iterator[Finding]:
    newest = reading.checkpoints.newest(log_id)
    if newest is None:
        yield fine("checkpoint", "none yet; starts read the whole log")
        return
    try:
        unseal(newest, reading.keyring)
    except ChainBrokenError as error:
        yield bad(
            "checkpoint", str(error), "nothing to do now: starts read the whole log, and the next one replaces it"
        )
    else:
        yield fine("checkpoint", f"the newest is of revision {newest.revision}")
