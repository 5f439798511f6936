"""Loads bundles on a store again and again until it is killed: a process of its own, and the parts of a store."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from enterprise_adapters.memory import ManualClock
from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteCheckpoints
from enterprise_policy.decide.model import read_model
from enterprise_policy.state.edits import Edit
from enterprise_service.administer.commit import Commit, Committed, Request
from enterprise_service.administer.genesis import genesis
from enterprise_service.administer.scene import Author, Scene
from enterprise_service.bundles.draft import Bundle, Load
from enterprise_service.bundles.parse import parse
from enterprise_service.bundles.plan import plan
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.checkpoints import Checkpoints
from enterprise_service.ports.policy_files import SourceFile
from tests.support.oracle import MODEL
from tests.support.policies import KEYRING

AUTHOR = Author(actor="system:ci", credential="local", request_id="r1")
GIT = Load(actor="system:ci", managed_by="git")


class Committing:
    """A store that has what comes with the program, and a commit on it."""

    def __init__(self, log: ChangeLog, checkpoints: Checkpoints) -> None:
        clock, model = ManualClock(), read_model(MODEL)
        self.follower = Follower(Store(log=log, checkpoints=checkpoints), KEYRING, clock, model)
        self._commit = Commit(self.follower, log, KEYRING, clock)
        self._commit(AUTHOR, genesis(model))

    def load(self, bundle: Bundle) -> Committed:
        """Load ``bundle`` in one change."""

        def propose(scene: Scene) -> Sequence[Edit]:
            return plan(scene.state, bundle, GIT, scene.now).edits

        return self._commit(AUTHOR, Request(propose=propose, bundle=GIT.managed_by))


def bundle_of(version: str) -> Bundle:
    """One of two bundles that share no assignment and no name."""
    people = "".join(f"  - {{subject: {version}{n}, role: nurse, domain: acme}}\n" for n in range(50))
    text = f"kind: tenant\norganization: {{id: acme, name: {version}}}\nassignments:\n{people}"
    role = SourceFile(path="r.yaml", text="kind: role\nid: nurse\n")
    return parse([role, SourceFile(path="t.yaml", text=text)])


def main(path: str) -> None:
    """Load the one and the other in turn; say so each time it was acknowledged."""
    database = Database(Path(path))
    committing = Committing(SqliteChangeLog(database), SqliteCheckpoints(database))
    while True:
        for version in ("one", "two"):
            committed = committing.load(bundle_of(version))
            print(version, committed.revision, flush=True)  # noqa: T201 - what this program is for


if __name__ == "__main__":
    main(sys.argv[1])
