"""``policy export``: what the store has, written out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import click

from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.state.assignment import Source
from enterprise_policy.state.edits import shown
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind, Record
from enterprise_service.bundles.casbin_rows import format_casbin_csv
from enterprise_service.cli.output import Format, emit
from enterprise_service.cli.tools import Tools
from enterprise_service.settings import read_settings


class Form(StrEnum):
    """What can be written."""

    CASBIN = "casbin"
    JSON = "json"
    YAML = "yaml"


_FORMATS: Final[Mapping[Form, Format]] = {Form.JSON: Format.JSON, Form.YAML: Format.YAML}


@click.command
@click.option(
    "--format",
    "form",
    type=click.Choice(Form, case_sensitive=False),
    default=Form.CASBIN,
    show_default="casbin",
    help="`casbin`: the rules in force now, as Casbin's CSV; `json`, `yaml`: every record.",
)
@click.pass_obj
def export(tools: Tools, /, *, form: Form) -> int:
    """Write out what the store of this machine has.

    Casbin's CSV has the meaning that the file `model.conf` gives it, with `register` of `enterprise_adapters.casbin`.
    """
    with tools.reading(read_settings(tools.environment)) as reading:
        state = reading.follower.catch_up().state
        if form is Form.CASBIN:
            click.echo(format_casbin_csv(effective_rules(state, tools.clock().now())), nl=False)
        else:
            emit(_FORMATS[form], _records(state), lambda: iter(()))
    return 0


def _records(state: PolicyState) -> dict[str, Any]:
    """Every record by its kind, in order; not those that follow from others, and of a key not its hash."""
    kinds = {kind.value: [shown(record) for record in _of(state, kind)] for kind in Kind}
    return {"revision": state.revision, "records": kinds}


def _of(state: PolicyState, kind: Kind) -> list[Record]:
    records = [versioned.record for versioned in state.table(kind)]
    own = [record for record in records if getattr(record, "source", None) is not Source.PROVIDER]
    return sorted(own, key=lambda record: (record.home, record.id))
