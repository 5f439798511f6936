"""One change: tried, shown, confirmed, made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import click

from enterprise_service.cli.conversation import Answer, Conversation
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.manage.noun import Given
from enterprise_service.cli.manage.places import conversation_at
from enterprise_service.cli.manage.shown import count_of, dry_run_lines, edit_lines
from enterprise_service.cli.output import emit, note
from enterprise_service.cli.tools import Tools
from enterprise_service.cli.transport import Call


def _fields(answer: Answer) -> Mapping[str, Any]:
    return answer.fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A call that changes something, and what people are told of it.

    ``asks`` says whether it can destroy something: then it is confirmed before it is made. ``data`` and ``lines`` are
    what its answer is shown as, to programs and to people.
    """

    call: Call
    asks: bool
    lines: Callable[[Answer], Iterator[str]]
    data: Callable[[Answer], Mapping[str, Any]] = _fields


def carry_out(tools: Tools, write: Write, given: Given) -> Answer | None:
    """Make the change, or with ``--dry-run`` try it; show what came of it. The answer, or ``None`` of a dry run.

    Raises ``Failure`` when it is refused, isn't confirmed, or would have to be and nobody can be asked.
    """
    if write.asks:
        refuse_unasked(given)
    with conversation_at(tools, given["url"]) as conversation:
        return carry_out_in(conversation, write, given)


def carry_out_in(conversation: Conversation, write: Write, given: Given) -> Answer | None:
    """The same in a conversation that has begun."""
    call = _with_headers(write.call, given)
    if given["dry_run"]:
        tried = conversation.call(_tried(call)).fields
        emit(given["output"], {"dry_run": True, **tried}, lambda: dry_run_lines(tried))
        return None
    if write.asks and not given["yes"]:
        _confirm(conversation, call)
    answer = conversation.call(_once(call) if call.method == "POST" else call)
    emit(given["output"], write.data(answer), lambda: write.lines(answer))
    return answer


def refuse_unasked(given: Given) -> None:
    """Raise ``Failure`` when a change has to be confirmed and nobody can be asked."""
    if not (given["yes"] or given["dry_run"] or sys.stdin.isatty()):
        says = "there is no terminal to ask on: give --yes, or --dry-run to see what would be done"
        raise Failure(ExitCode.INPUT, f"this has to be confirmed, and {says}")


def _confirm(conversation: Conversation, call: Call) -> None:
    edits = conversation.call(_tried(call)).fields.get("edits") or []
    for line in edit_lines(edits):
        note(line)
    if edits and not click.confirm("Do this?", err=True):
        raise Failure(ExitCode.INTERRUPTED, "not confirmed: nothing was changed")


def _with_headers(call: Call, given: Given) -> Call:
    headers = dict(call.headers)
    if given["change_reason"] is not None:
        headers["X-Change-Reason"] = quote(given["change_reason"], safe="")
    match = given.get("if_match")
    if match is not None:
        headers["If-Match"] = match if match == "*" else f'"{match}"'
    return replace(call, headers=headers)


def _tried(call: Call) -> Call:
    """The call that does everything but the change."""
    return replace(call, target=f"{call.target}{'&' if '?' in call.target else '?'}dry_run=true", repeatable=True)


def _once(call: Call) -> Call:
    """The call under a key of its own: sent again after its answer was lost, it makes no second change."""
    return replace(call, headers={**call.headers, "Idempotency-Key": uuid4().hex}, repeatable=True)


def changed_lines(answer: Answer) -> Iterator[str]:
    """The edits that were made, and the revision that they are."""
    edits = answer.fields.get("edits") or []
    yield from edit_lines(edits)
    yield f"revision {answer.revision}: {count_of(edits)}"
