"""``policy``: the group of its verbs."""

from __future__ import annotations

from typing import Final

import click

from enterprise_service.cli.lazy import LazyGroup, Place

_COMMANDS: Final = {
    "validate": Place("policy.validate:validate", "Are the files right?"),
    "test": Place("policy.test:test", "Are the cases in the files decided as they say?"),
    "load": Place("policy.load:load", "Put what the files say into the store of this machine."),
    "export": Place("policy.export:export", "Write out what the store of this machine has."),
    "verify": Place("policy.verify:verify", "Does pycasbin decide the same?"),
}


@click.group(cls=LazyGroup, places=_COMMANDS)
def policy() -> None:
    """Policies, in files and in the store.

    PATH is a folder with policy files, or one such file. Without it the folder is the one that POLICY_DIR names, else
    the one in the package.
    """
