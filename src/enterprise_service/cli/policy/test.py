"""``policy test``: are the cases decided as they say?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from enterprise_policy.decide.question import Question
from enterprise_service.bundles.cases import Answer, Outcome, load_cases, run_cases, state_of
from enterprise_service.bundles.draft import Case
from enterprise_service.bundles.parse import parse
from enterprise_service.cli.asking import StateSource, source_at
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.output import Format, coloured, emit, output_option
from enterprise_service.cli.policy.files import PolicyText, faults_shown, path_argument, read_policy
from enterprise_service.cli.source import Source
from enterprise_service.cli.tools import Tools


@click.command
@path_argument
@click.option("--url", help="Ask the service there.")
@click.option("--store", is_flag=True, help="Ask the store of this machine.")
@output_option
@click.pass_obj
def test(tools: Tools, /, *, path: Path | None, url: str | None, store: bool, output: Format) -> int:
    """Are the cases at PATH decided, and for the reason, that they say?

    Without --url and --store the files at PATH decide, samples included, in memory. Ends with 1 when a case fails.
    """
    if store and url is not None:
        raise click.UsageError("give --url or --store, not both")
    text = read_policy(tools, path)
    with faults_shown(text), _source(tools, text, url, store=store) as source:
        cases = load_cases(text.files)
        if not cases:
            raise Failure(ExitCode.INPUT, f"there are no cases at `{text.path}`")
        outcomes = _ask(cases, source)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    emit(output, _data(outcomes, len(failed)), lambda: _lines(outcomes, failed))
    return ExitCode.NO if failed else ExitCode.YES


@contextmanager
def _source(tools: Tools, text: PolicyText, url: str | None, *, store: bool) -> Iterator[Source]:
    if store or url is not None:
        with source_at(tools, url) as source:
            yield source
    else:
        clock = tools.clock()
        yield StateSource(state_of(parse(text.files), clock.now()), clock)


def _ask(cases: Sequence[Case], source: Source) -> list[Outcome]:
    """Ask all at once, so that a service needs a few calls only."""
    questions = [Question(case.subject, case.domain, case.resource, case.action) for case in cases]
    answers = source.ask(questions)
    return run_cases(cases, lambda _case: _next(answers))


def _next(answers: Iterator[Any]) -> Answer:
    answered = next(answers)
    return Answer(allowed=answered.allowed, reason=answered.reason["code"])


def _data(outcomes: Sequence[Outcome], failed: int) -> dict[str, Any]:
    return {"passed": len(outcomes) - failed, "failed": failed, "cases": [_case(outcome) for outcome in outcomes]}


def _case(outcome: Outcome) -> dict[str, Any]:
    case, answer = outcome.case, outcome.answer
    return {
        "path": case.path,
        "line": case.line,
        "name": case.name,
        "passed": outcome.passed,
        "expected": {"allowed": case.allowed, "reason": case.reason},
        "actual": {"allowed": answer.allowed, "reason": answer.reason},
    }


def _lines(outcomes: Sequence[Outcome], failed: Sequence[Outcome]) -> Iterator[str]:
    for outcome in failed:
        case, answer = outcome.case, outcome.answer
        yield f"{coloured('FAILED', good=False)} {case.path}:{case.line}: {case.name}"
        yield f"  expected {_words(case.allowed, case.reason)}"
        yield f"  answered {_words(answer.allowed, answer.reason)}"
    yield f"{len(outcomes)} cases: {len(outcomes) - len(failed)} passed, {len(failed)} failed"


def _words(allowed: bool, reason: str | None) -> str:  # noqa: FBT001 - the answer, not an option
    return f"{'allow' if allowed else 'deny'}, {reason}"
