"""Documents lead where they say, and name only what is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from enterprise_service.cli.main import root
from enterprise_service.setting_table import TABLE
from tests.docs.executed import EXECUTED
from tests.support.documents import ROOT, Block, Page, all_pages, document, read_page, unquoted, words_in

PAGES = all_pages()
PRESENT = [page for page in PAGES if "/decisions/" not in page.name]
"""Pages about what there is; decision records also tell of what might have been."""

NOT_RUN = "not run:"
OTHER_VARIABLES = {
    "BENCH_RULES",
    "ENTERPRISE_SERVICE_KEY",
    "ENTERPRISE_SERVICE_KEY_FILE",
    "HYPOTHESIS_PROFILE",
    "NAME_FILE",
    "NO_COLOR",
    "PYTHON",
    "SIMULATION_SEEDS",
    "SOAK_SECONDS",
    "TOOLS_CACHE",
    "UPGRADE",
}
"""Names in capitals that are no settings of the service."""

WORDS_IN_CAPITALS = {
    "ALLOW",
    "DENY",
    "ERROR",
    "INFO",
    "MEND",
    "WARNING",
    "SIGTERM",
    "SIGINT",
    "POST",
    "GET",
    "PATCH",
    "DELETE",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_project_resolves(page: Page) -> None:
    broken = [link for link in page.links() if not re.match("[a-z]+:", link) and not resolves(page, link)]
    assert broken == []


def resolves(page: Page, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.path.parent / path).resolve() if path else page.path
    if not target.exists():
        return False
    return not anchor or anchor in read_page(target).anchors()


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# One\n\n[a](page.md#one) [b](page.md#two) [c](other.md)\n")
    page = read_page(path)
    assert [link for link in page.links() if not resolves(page, link)] == ["page.md#two", "other.md"]


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path not in reached and path.suffix == ".md":
            reached.add(path)
            page = read_page(path)
            links = (link.partition("#")[0] for link in page.links() if not re.match("[a-z]+:", link))
            waiting.extend(found for link in links if link and (found := (path.parent / link).resolve()).is_file())
    assert {page.name for page in PAGES if page.path not in reached and "decisions" not in page.name} == set()


def test_every_path_that_the_architecture_names_exists() -> None:
    paths = [unquoted(row[1]) for row in document("docs/explanation/architecture.md").table("Where things are")]
    assert len(paths) >= 40
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_every_law_that_the_semantics_names_is_a_test() -> None:
    named = [name for row in document("docs/explanation/semantics.md").table("The laws") for name in words_in(row[2])]
    tests = "\n".join(path.read_text() for path in (ROOT / "tests" / "laws").glob("test_*.py"))
    assert [name for name in named if f"def {name}(" not in tests] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_shell_block_is_run_or_says_why_not(page: Page) -> None:
    shown = [block for block in page.blocks if block.language == "sh" and page.name not in EXECUTED]
    assert [block.where for block in shown if not re.match(f"{NOT_RUN} .", block.comment)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is_written_in(page: Page) -> None:
    known = {"", "json", "python", "sh", "text", "yaml"}
    assert [block.where for block in page.blocks if block.language not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_can_be_given(page: Page) -> None:
    for block in page.blocks:
        if block.language == "sh":
            for words in commands(block):
                check_command(words)


def commands(block: Block) -> list[list[str]]:
    """The words after each `enterprise-service` in the block, up to what the shell takes for itself."""
    found: list[list[str]] = []
    text = re.sub(r'"\$\([^)]*\)"', "substituted", block.text)
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        places = [i for i, word in enumerate(words) if word.rpartition("/")[2] == "enterprise-service"]
        for place in places:
            rest = words[place + 1 :]
            ends = [i for i, word in enumerate(rest) if word in {"|", ">", "2>&1", "&&", "||", ";"}]
            found.append(rest[: min(ends, default=len(rest))])
    return found


def check_command(words: list[str]) -> None:
    """Parse ``words`` as the program would, and do nothing. Raises ``click.UsageError``."""
    command: click.Command = root
    context = click.Context(root)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0]) if words else None
        if found is None:
            assert words in (["--version"], ["--help"]), words
            return
        command, words = found, words[1:]
    command.make_context("documented", list(words), resilient_parsing=False)


def test_a_command_that_cannot_be_given_is_noticed() -> None:
    with pytest.raises(click.UsageError):
        check_command(["check", "somebody", "read", "/patients"])
    with pytest.raises(click.UsageError):
        check_command(["policy", "load", "--no-such-option"])


@pytest.mark.parametrize("page", PRESENT, ids=lambda page: page.name)
def test_every_setting_that_is_named_exists(page: Page) -> None:
    known = {setting.name for setting in TABLE} | {f"{setting.name}_FILE" for setting in TABLE if setting.secret}
    words = (word for line in page.prose for word in words_in(line))
    named = {found[0] for word in words if (found := re.match(r"[A-Z][A-Z_]{3,}\b", word))}
    assert named - known - OTHER_VARIABLES - WORDS_IN_CAPITALS == set()


LATER = re.compile(r"JWT|Kubernetes|access tokens")
"""What is planned, and not there."""

SAYS_SO = re.compile(r"\b(no|not|isn't|doesn't|later)\b")


@pytest.mark.parametrize("page", PRESENT, ids=lambda page: page.name)
def test_what_is_not_in_this_version_is_named_only_to_say_so(page: Page) -> None:
    assert told_as_if_there(page) == []


def told_as_if_there(page: Page) -> list[str]:
    """Paragraphs that name something of a later version and don't say so, nor stand under a heading that does."""
    found, heading = [], ""
    for part in "\n".join(page.prose).split("\n\n"):
        heading = part.splitlines()[0] if part.startswith("#") else heading
        if LATER.search(part) and not SAYS_SO.search(part) and "Not in this version" not in heading:
            found.append(part)
    return found


def test_a_page_that_tells_of_what_is_not_there_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("# Callers\n\nA caller shows a JWT.\n\n## Not in this version\n\n- Kubernetes\n")
    assert told_as_if_there(read_page(path)) == ["A caller shows a JWT."]
