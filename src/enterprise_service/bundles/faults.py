"""What is wrong in a policy file, where, and how it is shown to whoever wrote the file."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from enterprise_policy.errors import Fault, InvalidRequestError

_QUOTED_LENGTH = 80
_EXCERPT_LENGTH = 100
# Among many names only those that look alike at once are compared letter by letter.
_MANY_NAMES = 1_000
_FAR = 3
_LIKENESS = 0.7
_LINE_ENDS = str.maketrans({"\r": "\n"})


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where something stands in a file: line and column, from 1, and its width, all in characters."""

    line: int
    column: int
    width: int = 1


START = Place(line=1, column=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """One thing wrong in one file.

    ``detail`` says what, ``expected`` what the file should have there, ``hint`` what its writer may have
    meant; the last two are whole sentences, or ``None``. ``width`` is how many characters are wrong.
    """

    path: str
    line: int
    column: int
    detail: str
    expected: str | None = None
    hint: str | None = None
    width: int = 1

    @classmethod
    def at(
        cls, path: str, place: Place, detail: str, expected: str | None = None, hint: str | None = None
    ) -> FileFault:
        """The fault at ``place`` of the file ``path``."""
        return cls(
            path=path,
            line=place.line,
            column=place.column,
            width=place.width,
            detail=printable(detail),
            expected=expected,
            hint=hint,
        )

    @property
    def where(self) -> str:
        """``path:line:column``."""
        return f"{printable(self.path)}:{self.line}:{self.column}"


class PolicyFilesError(InvalidRequestError):
    """Policy files have faults, and nothing of them is applied.

    ``file_faults`` has all, by path, line and column.
    """

    def __init__(self, file_faults: Iterable[FileFault]) -> None:
        """``file_faults`` in any order, at least one."""
        self.file_faults = in_order(file_faults)
        first, count = self.file_faults[0], len(self.file_faults)
        others = "" if count == 1 else f" (and {count - 1} more)"
        super().__init__(
            f"{first.where}: {first.detail}{others}",
            faults=tuple(Fault(fault.where, fault.detail) for fault in self.file_faults),
        )


class StoreConflictError(PolicyFilesError):
    """The files are right, but records that they name are in the store already and belong to somebody else."""


def in_order(faults: Iterable[FileFault]) -> tuple[FileFault, ...]:
    """``faults`` by path, line and column, each once."""
    return tuple(sorted(set(faults), key=lambda fault: (fault.path, fault.line, fault.column, fault.detail)))


def quoted(text: str) -> str:
    """``text`` in backticks for a message; what can't be printed is escaped, and a long end is cut."""
    shown = printable(text[: _QUOTED_LENGTH + 1])
    return f"`{shown[:_QUOTED_LENGTH]}…`" if len(shown) > _QUOTED_LENGTH else f"`{shown}`"


def printable(text: str) -> str:
    """``text`` with escapes for what a terminal might not show, or take for a command."""
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The question whether one of the ``known`` names was meant, or ``None`` when none is like ``word``."""
    names = set(known)
    folded = word.casefold()
    same = sorted(name for name in names if name.casefold() == folded)
    if len(names) > _MANY_NAMES:
        names = {name for name in names if _is_near(name, word)}
    found = same or difflib.get_close_matches(word, sorted(names), n=1, cutoff=_LIKENESS)
    return f"did you mean {quoted(found[0])}?" if found else None


def _is_near(name: str, word: str) -> bool:
    """Whether ``name`` shares a half of ``word`` with it: a slip of the pen leaves one half as it is."""
    half = len(word) // 2
    return abs(len(name) - len(word)) < _FAR and (name.startswith(word[:half]) or name.endswith(word[half:]))


def render(fault: FileFault, source_text: str) -> str:
    """``fault`` with its line of ``source_text``, the place underlined; no newline at the end.

    An empty ``source_text`` is for a fault that stands in no file.
    """
    shown = [f"{fault.where}: {fault.detail}"]
    lines = source_lines(source_text) if source_text else []
    if fault.line <= len(lines):
        shown += _excerpt(fault, lines[fault.line - 1])
    shown += [f"  {printable(sentence)}" for sentence in (fault.expected, fault.hint) if sentence]
    return "\n".join(shown)


def source_lines(text: str) -> list[str]:
    """The lines of a file as an editor counts them: they end with LF, CR LF or CR, and with nothing else."""
    return text.replace("\r\n", "\n").translate(_LINE_ENDS).split("\n")


def _excerpt(fault: FileFault, line: str) -> list[str]:
    start = fault.column - 1
    first = max(0, start - _EXCERPT_LENGTH // 2) if len(line) > _EXCERPT_LENGTH else 0
    last = first + _EXCERPT_LENGTH
    shown = "".join(map(_visible, line[first:last]))
    before, marked = shown[: start - first], shown[start - first : start - first + fault.width]
    blank = "".join("\t" if char == "\t" else " " * _cells(char) for char in before)
    carets = "^" * max(1, sum(map(_cells, marked)))
    number, cut, more = str(fault.line), "…" * (first > 0), "…" * (last < len(line))
    return [f"  {number} | {cut}{shown}{more}".rstrip(), f"  {' ' * len(number)} | {' ' * len(cut)}{blank}{carets}"]


def _visible(char: str) -> str:
    return char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}"


def _cells(char: str) -> int:
    """How many columns a terminal gives to ``char``."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
