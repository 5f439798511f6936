"""``policy verify``: does pycasbin decide the same?"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, Final

import click

from enterprise_policy.decide.casbin_form import CasbinRules, effective_rules
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.values.names import is_reserved
from enterprise_policy.values.windows import Instant
from enterprise_service.bundles.cases import state_of
from enterprise_service.bundles.parse import parse
from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.output import Format, coloured, emit, output_option
from enterprise_service.cli.policy.files import faults_shown, path_argument, read_policy
from enterprise_service.cli.policy.questions import Place, sample
from enterprise_service.cli.tools import Tools
from enterprise_service.settings import read_settings

QUESTIONS: Final = 2_000
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """A question with our decision and pycasbin's."""

    question: Question
    ours: bool
    theirs: bool

    @property
    def differs(self) -> bool:
        """Whether they are two."""
        return self.ours is not self.theirs


@click.command
@path_argument
@click.option("--questions", type=click.IntRange(1), default=QUESTIONS, show_default=True, help="How many to ask.")
@click.option("--seed", type=click.IntRange(0), help="Ask the same questions again that had this seed.")
@output_option
@click.pass_obj
def verify(tools: Tools, /, *, path: Path | None, questions: int, seed: int | None, output: Format) -> int:
    """Does pycasbin decide as this program does?

    The policy is that of the store of this machine, or of the files at PATH. Ends with 1 when a decision differs.
    """
    used = SystemRandom().randrange(10**9) if seed is None else seed
    now = tools.clock().now()
    with _snapshot(tools, path, now) as snapshot:
        places = list(sample(snapshot.state, questions, Random(used)))  # noqa: S311 - to be repeated, not to be secret
        compared = [c for place in _with_progress(places) for c in _compare(tools, snapshot, place, now)]
    data = {**_counts(compared), "domains": len(places), "seed": used, "revision": snapshot.revision}
    differences = [_difference(c) for c in compared if c.differs]
    emit(output, {**data, "differences": differences}, lambda: _lines(data, differences))
    return ExitCode.NO if differences else ExitCode.YES


@contextmanager
def _snapshot(tools: Tools, path: Path | None, now: Instant) -> Iterator[Snapshot]:
    if path is None:
        with tools.reading(read_settings(tools.environment)) as reading:
            yield reading.follower.catch_up()
    else:
        text = read_policy(tools, path)
        with faults_shown(text):
            yield build(state_of(parse(text.files), now))


def _with_progress(places: Sequence[Place]) -> Iterator[Place]:
    hidden = not sys.stderr.isatty()
    with click.progressbar(places, label="comparing", file=sys.stderr, hidden=hidden) as shown:
        yield from shown


def _compare(tools: Tools, snapshot: Snapshot, place: Place, now: Instant) -> Iterator[Compared]:
    path = snapshot.state.tree.path(place.domain)
    model = tools.model(read_settings(tools.environment))
    rules = _about(effective_rules(snapshot.state, now, path), place.subjects)
    oracle = tools.oracle(model.text, rules)
    for question in place.questions:
        yield Compared(question, decide(snapshot, question, now), oracle(question))


def _about(rules: CasbinRules, subjects: frozenset[str]) -> CasbinRules:
    """``rules`` without what others than ``subjects`` hold, which decides nothing here: Casbin's cost grows with it."""
    return replace(rules, g=tuple(link for link in rules.g if link[0] in subjects or is_reserved(link[0])))


def _counts(compared: Sequence[Compared]) -> dict[str, Any]:
    allowed = sum(c.ours for c in compared)
    return {"questions": len(compared), "allowed": allowed, "denied": len(compared) - allowed}


def _difference(compared: Compared) -> dict[str, Any]:
    return {**compared.question._asdict(), "ours": compared.ours, "pycasbin": compared.theirs}


def _lines(data: dict[str, Any], differences: Sequence[dict[str, Any]]) -> Iterator[str]:
    for found in differences[:SHOWN]:
        asked = f"{found['subject']} {found['action']} {found['resource']} in {found['domain']}"
        yield f"{coloured('DIFFERS', good=False)} {asked}: ours {found['ours']}, pycasbin's {found['pycasbin']}"
    counts = f"{data['questions']} questions in {data['domains']} domains"
    yield f"{counts}: {data['allowed']} allowed, {data['denied']} denied, {len(differences)} differences"
    yield f"seed {data['seed']}"
