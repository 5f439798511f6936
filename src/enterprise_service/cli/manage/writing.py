"""``create``, ``update`` and ``delete``, for every noun."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from enterprise_service.cli.conversation import Answer, json_call, strange
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.manage.files import read_object
from enterprise_service.cli.manage.noun import Given, Noun, body_of
from enterprise_service.cli.manage.nouns import SUSPENDED
from enterprise_service.cli.manage.options import (
    dry_run_option,
    if_match_option,
    options,
    reason_option,
    url_option,
    yes_option,
)
from enterprise_service.cli.manage.reading import place_of
from enterprise_service.cli.manage.shown import record_lines
from enterprise_service.cli.manage.writes import Write, carry_out
from enterprise_service.cli.output import note, output_option
from enterprise_service.cli.tools import Tools
from enterprise_service.cli.transport import Call

_MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
_CASCADE_OPTION = click.option("--cascade", is_flag=True, help="With all that is in it, as one change.")


def create_command(noun: Noun) -> click.Command:
    """``create``: a new record."""

    @click.command("create", help=f"Make one. {noun.says}")
    @options(
        *(() if noun.within is None else (noun.within.add,)),
        *(option.add for option in noun.creates),
        *_file_options(noun),
        *(dry_run_option, reason_option, url_option, output_option),
    )
    @click.pass_obj
    def command(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
        fields = {**_of_file(noun, given), **body_of(noun.creates, given)}
        call = json_call("POST", noun.path(given), fields)
        answer = carry_out(tools, Write(call=call, asks=False, lines=_record_lines), given)
        if answer is not None and noun.name == "key":
            _tell_of_key(answer)
        return ExitCode.YES

    return command


def update_command(noun: Noun) -> click.Command:
    """``update``: a record with other fields."""

    @click.command("update", help=f"Change one; what isn't given stays as it is. {noun.says}")
    @options(
        *place_of(noun),
        *(option.add for option in noun.updates),
        *_clear_options(noun),
        *_file_options(noun),
        *(if_match_option, dry_run_option, reason_option),
        *((yes_option,) if noun.suspends else ()),
        *(url_option, output_option),
    )
    @click.pass_obj
    def command(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
        fields = _changes(noun, given)
        call = json_call("PATCH", noun.path(given, given["record"]), fields, _MERGE_PATCH)
        asks = fields.get("status") == SUSPENDED
        carry_out(tools, Write(call=call, asks=asks, lines=_record_lines), given)
        return ExitCode.YES

    return command


def delete_command(noun: Noun) -> click.Command:
    """``delete``: a record goes."""

    @click.command("delete", help=f"Delete one. {noun.says}")
    @options(*place_of(noun), *((_CASCADE_OPTION,) if noun.cascades else ()), *DELETE_OPTIONS)
    @click.pass_obj
    def command(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
        carry_out(tools, deletion(noun, given), given)
        return ExitCode.YES

    return command


DELETE_OPTIONS = (if_match_option, dry_run_option, reason_option, yes_option, url_option, output_option)
"""What ``delete`` takes besides the place of the record."""


def deletion(noun: Noun, given: Given) -> Write:
    """The change that deletes the record that was named."""
    target = noun.path(given, given["record"]) + ("?cascade=true" if given.get("cascade") else "")

    def lines(answer: Answer) -> Iterator[str]:
        yield f"deleted {noun.kind} {given['record']}"
        yield f"revision {answer.revision}"

    return Write(call=Call(method="DELETE", target=target), asks=True, data=_revision, lines=lines)


# --- fields ----------------------------------------------------------------------------------------------------------


def _file_options(noun: Noun) -> tuple[Callable[[Any], Any], ...]:
    if noun.read_only is None:
        return ()
    says = "A JSON file with its fields, as `show -o json` writes it; `-` is stdin. Options win."
    return (click.option("--file", metavar="FILE", help=says),)


def _clear_options(noun: Noun) -> tuple[Callable[[Any], Any], ...]:
    if not noun.clears:
        return ()
    says = f"Empty this field: {', '.join(noun.clears)}; may be given again."
    return (click.option("--clear", type=click.Choice(list(noun.clears)), multiple=True, metavar="FIELD", help=says),)


def _of_file(noun: Noun, given: Given) -> Mapping[str, Any]:
    if given.get("file") is None:
        return {}
    return {name: value for name, value in read_object(given["file"]).items() if name not in (noun.read_only or ())}


def _changes(noun: Noun, given: Given) -> Mapping[str, Any]:
    """What ``update`` sends. Raises ``Failure`` when that is nothing, or of another record."""
    filed = dict(_of_file(noun, given))
    named = filed.pop(noun.key, given["record"])
    if named != given["record"]:
        raise Failure(ExitCode.INPUT, f"the file is about another {noun.name}; its `{noun.key}` can't change")
    cleared = dict(noun.clears[word] for word in given.get("clear", ()))
    fields = {**filed, **body_of(noun.updates, given), **cleared}
    if not fields:
        raise click.UsageError("give what to change")
    return fields


# --- what is shown ---------------------------------------------------------------------------------------------------


def _record_lines(answer: Answer) -> Iterator[str]:
    return record_lines(answer.fields)


def _revision(answer: Answer) -> Mapping[str, Any]:
    return {"revision": answer.revision}


def _tell_of_key(answer: Answer) -> None:
    """Say what is special about the key. Raises ``Failure`` when its text was lost with the connection."""
    if isinstance(answer.fields.get("key"), str):
        note("the key is shown this once only: put it where it is needed now")
    elif answer.fields.get("key_shown"):
        lost = f"the key was made, and lost on its way here: delete `{answer.fields.get('id')}` and make another"
        raise Failure(ExitCode.UNREACHABLE, lost)
    else:
        raise strange("the service")
