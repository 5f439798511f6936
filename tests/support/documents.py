"""The documents as data: headings, tables, links and fenced blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

_FENCE: Final = re.compile(r"(?P<indent> *)(?P<marks>`{3,})(?P<language>[\w+-]*)")
_HEADING: Final = re.compile(r"(#{1,6}) +(.+?) *$")
_LINK: Final = re.compile(r"(?<!!)\[[^\]\[]*\]\(([^)\s]+)\)")
_COMMENT: Final = re.compile(r"<!-- *(.*?) *-->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: its ``language``, the ``text`` in it, the ``line`` that it begins on.

    ``comment`` is the HTML comment on the line before, ``section`` the heading of second level that it stands under.
    """

    page: Path
    line: int
    language: str
    text: str
    comment: str
    section: str

    @property
    def where(self) -> str:
        """For messages and names of tests."""
        return f"{_shown(self.page)}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A document: its ``blocks``, and its ``prose``, the lines outside them with blank ones in their place."""

    path: Path
    blocks: tuple[Block, ...]
    prose: tuple[str, ...]

    @property
    def name(self) -> str:
        """The path from the root of the project."""
        return _shown(self.path)

    def anchors(self) -> set[str]:
        """What a link may name after `#`."""
        return {_anchor(found[2]) for line in self.prose if (found := _HEADING.fullmatch(line))}

    def links(self) -> Iterator[str]:
        """The targets of all links."""
        for line in self.prose:
            yield from _LINK.findall(_without_code(line))

    def table(self, heading: str) -> list[tuple[str, ...]]:
        """The rows of the first table under the heading of that text, without its head; cells as they are written."""
        rows = _rows_after(self.prose, heading)
        if len(rows) < 2:
            raise LookupError(f"{self.name} has no table under `{heading}`")
        return rows[2:]


def read_page(path: Path) -> Page:
    """The document at ``path``."""
    blocks: list[Block] = []
    prose: list[str] = []
    section, comment = "", ""
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    for number, line in lines:
        fence = _FENCE.match(line)
        if fence is None:
            section = _section(line) or section
            comment = _comment(line, comment)
            prose.append(line)
            continue
        inside = _inside(lines, fence)
        text = "".join(f"{row.removeprefix(fence['indent'])}\n" for row in inside)
        language = fence["language"]
        blocks.append(Block(page=path, line=number, language=language, text=text, comment=comment, section=section))
        prose.extend([""] * (len(inside) + 2))
        comment = ""
    return Page(path=path, blocks=tuple(blocks), prose=tuple(prose))


def all_pages() -> list[Page]:
    """Every document of the project, those at the root first."""
    return [read_page(path) for path in (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))]


def document(name: str) -> Page:
    """The document of that path from the root."""
    return read_page(ROOT / name)


def unquoted(cell: str) -> str:
    """A cell without the backticks around it."""
    return cell.removeprefix("`").removesuffix("`")


def words_in(cell: str) -> list[str]:
    """The parts of a cell that stand in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _inside(lines: Iterator[tuple[int, str]], fence: re.Match[str]) -> list[str]:
    inside: list[str] = []
    for _, line in lines:
        if line.strip() == fence["marks"]:
            return inside
        inside.append(line)
    raise ValueError(f"a block that begins with `{fence[0]}` has no end")


def _section(line: str) -> str | None:
    found = _HEADING.fullmatch(line)
    return found[2] if found and len(found[1]) == 2 else None


def _comment(line: str, before: str) -> str:
    """The comment that a block after ``line`` has: one right before it, blank lines aside."""
    found = _COMMENT.fullmatch(line.strip())
    if found:
        return found[1]
    return "" if line.strip() else before


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    plain = re.sub(r"[^\w\- ]", "", heading.lower())
    return plain.replace(" ", "-")


def _without_code(line: str) -> str:
    return re.sub(r"`[^`]*`", "", line)


def _rows_after(prose: tuple[str, ...], heading: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    found = False
    for line in prose:
        title = _HEADING.fullmatch(line)
        if title:
            if rows:
                break
            found = title[2] == heading
        elif found and line.startswith("|"):
            rows.append(_cells(line))
        elif rows:
            break
    return rows


def _cells(line: str) -> tuple[str, ...]:
    """The cells of a row; an escaped bar is part of a cell."""
    parts = re.split(r"(?<!\\)\|", line.strip())[1:-1]
    return tuple(part.strip().replace("\\|", "|") for part in parts)
