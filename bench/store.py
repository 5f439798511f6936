"""A store on disk that holds a workload."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from bench.workload import Workload
from enterprise_policy.state.edits import Edit
from enterprise_service.administer.commit import Request
from enterprise_service.administer.scene import Author, Scene
from enterprise_service.bootstrap import bootstrap_key, writing
from enterprise_service.settings import Settings, read_settings

EDITS_OF_A_CHANGE: Final = 10_000
AUTHOR: Final = Author(actor="system:local", credential="system", request_id="bench")


def fill(folder: Path, workload: Workload) -> None:
    """Put ``workload`` into a new store in ``folder``, through the same commit as every change."""
    settings = read_settings({"SQLITE_PATH": str(folder / "enterprise.db")})
    bootstrap_key(settings, make=True)
    fill_store(settings, workload)


def fill_store(settings: Settings, workload: Workload) -> None:
    """Put ``workload`` into the store that ``settings`` name."""
    with writing(settings) as store:
        for start in range(0, len(workload.edits), EDITS_OF_A_CHANGE):
            edits = workload.edits[start : start + EDITS_OF_A_CHANGE]
            store.commit(AUTHOR, Request(propose=partial(propose, edits)))


def propose(edits: Sequence[Edit], _scene: Scene) -> Sequence[Edit]:
    """All of ``edits``, as a proposal."""
    return edits
