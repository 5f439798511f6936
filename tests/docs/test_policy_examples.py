"""Policy files in the documents are policy files, and what they say of decisions is so."""

from __future__ import annotations

from functools import cache
from itertools import groupby

import pytest

from enterprise_adapters.policy_files import DiskPolicyFiles
from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.question import Question
from enterprise_service.bundles.cases import Answer, Outcome, run_cases, state_of
from enterprise_service.bundles.draft import Case
from enterprise_service.bundles.faults import PolicyFilesError
from enterprise_service.bundles.parse import parse
from enterprise_service.ports.policy_files import SourceFile
from tests.support.documents import ROOT, Block, all_pages

NOT_A_POLICY = "not a policy:"
"""The beginning, or a part, of a comment on a block that is no policy by itself, with the reason."""


def examples() -> list[list[Block]]:
    """The policy files of each section of each page: those of one section belong together."""
    blocks = [block for page in all_pages() for block in page.blocks if is_example(block)]
    return [list(group) for _, group in groupby(blocks, key=lambda block: (block.page, block.section))]


def is_example(block: Block) -> bool:
    mapping = block.text.startswith("kind: import\n")
    return block.language == "yaml" and NOT_A_POLICY not in block.comment and not mapping


@cache
def shipped() -> tuple[SourceFile, ...]:
    """The shipped catalogue, roles and samples, on which examples stand."""
    return tuple(file for file in DiskPolicyFiles(ROOT / "policies").read() if "/tests/" not in file.path)


def with_shipped(files: list[SourceFile]) -> tuple[SourceFile, ...]:
    """`files` and what they stand on; one that is a catalogue itself stands alone."""
    alone = any(file.text.startswith("kind: catalogue\n") for file in files)
    return tuple(files) if alone else (*shipped(), *files)


def outcomes(blocks: list[Block]) -> list[Outcome]:
    """The cases in ``blocks``, asked of the shipped policy with ``blocks`` added to it."""
    files = [SourceFile(path=block.where, text=block.text) for block in blocks]
    clock = SystemClock()
    state = state_of(parse(with_shipped(files)), clock.now())
    snapshot = build(state)

    def ask(case: Case) -> Answer:
        asked, now = Question(case.subject, case.domain, case.resource, case.action), clock.now()
        return Answer(allowed=decide(snapshot, asked, now), reason=explain(state, asked, now).code.value)

    return run_cases(parse(files).cases, ask)


@pytest.mark.parametrize("blocks", examples(), ids=lambda blocks: blocks[0].where)
def test_a_policy_in_a_document_is_valid_and_its_cases_pass(blocks: list[Block]) -> None:
    failed = [f"{outcome.case.name}: {outcome.answer}" for outcome in outcomes(blocks) if not outcome.passed]
    assert failed == []


def test_the_documents_show_cases_of_both_answers() -> None:
    cases = [outcome.case for blocks in examples() for outcome in outcomes(blocks)]
    assert len([case for case in cases if case.allowed]) >= 10
    assert len([case for case in cases if not case.allowed]) >= 10


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("inherits: [dentist]", "inherits: [dentits]"),
        ("expect: allow", "expect: deny"),
        ("actions: [read]", "action: [read]"),
    ],
)
def test_an_example_that_is_wrong_is_noticed(old: str, new: str) -> None:
    (blocks,) = [blocks for blocks in examples() if blocks[0].section == "A role has what it inherits"]
    broken = [SourceFile(path=block.where, text=block.text.replace(old, new, 1)) for block in blocks]
    with pytest.raises(PolicyFilesError):
        state_of(parse(with_shipped(broken)))
