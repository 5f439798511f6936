"""``check``: one question, one answer."""

from __future__ import annotations

from collections.abc import Iterator

import click

from enterprise_policy.decide.question import Question
from enterprise_policy.values.names import action_fault, id_fault, resource_fault, subject_fault
from enterprise_service.cli.asking import source_at
from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.output import Format, coloured, emit, output_option, table_lines
from enterprise_service.cli.reasons import details, sentence
from enterprise_service.cli.source import Answered
from enterprise_service.cli.tools import Tools

_FAULTS = {"SUBJECT": subject_fault, "ACTION": action_fault, "RESOURCE": resource_fault, "--domain": id_fault}


@click.command
@click.argument("subject")
@click.argument("action")
@click.argument("resource")
@click.option("-d", "--domain", required=True, help="An organization or clinic, or `platform`.")
@click.option("--explain", is_flag=True, help="Show everything that led to the answer.")
@click.option("--at-least", type=click.IntRange(0, 2**53 - 1), help="Answer at this revision or a later one.")
@click.option("--url", help="Ask the service there; else the store of this machine is read.")
@output_option
@click.pass_obj
def check(
    tools: Tools, /, *, explain: bool, at_least: int | None, url: str | None, output: Format, **asked: str
) -> int:
    """May SUBJECT do ACTION to RESOURCE in a domain, now?

    Ends with 0 for ALLOW and 1 for DENY, and with neither when there is no answer.
    """
    question = _question(asked)
    with source_at(tools, url) as source:
        (answered,) = source.ask([question], at_least)
    data = {"allowed": answered.allowed, "revision": answered.revision, "reason": dict(answered.reason)}
    emit(output, data, lambda: _lines(answered, explain=explain))
    return ExitCode.YES if answered.allowed else ExitCode.NO


def _question(asked: dict[str, str]) -> Question:
    question = Question(**asked)
    texts = (question.subject, question.action, question.resource, question.domain)
    for (name, fault_of), text in zip(_FAULTS.items(), texts, strict=True):
        fault = fault_of(text)
        if fault is not None:
            raise click.UsageError(f"{name} {fault}")
    return question


def _lines(answered: Answered, *, explain: bool) -> Iterator[str]:
    yield coloured("ALLOW", good=True) if answered.allowed else coloured("DENY", good=False)
    yield sentence(answered.reason)
    yield f"revision {answered.revision}"
    if explain:
        yield ""
        yield from table_lines(details(answered.reason))
