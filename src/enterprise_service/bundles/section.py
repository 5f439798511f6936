"""The fields of a policy file, read by name: what is wrong is noted, and the reading goes on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import Final, TypeVar

from enterprise_policy.values.windows import ALWAYS, Instant, Window, parse_instant
from enterprise_service.bundles.document import BrokenNode, ListNode, MapNode, Node, ScalarNode
from enterprise_service.bundles.faults import FileFault, Place, nearest, quoted

E = TypeVar("E", bound=Enum)

# What YAML reads as something else than text where it stands without quotes: the core schema of YAML 1.2, and the
# words that were truth values before it.
_NUMBER: Final = re.compile(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_TRUE: Final = ("true", "True", "TRUE")
_FALSE: Final = ("false", "False", "FALSE")
_NULL: Final = ("null", "Null", "NULL", "~")
_YES_NO: Final = re.compile("yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF")


class Notes:
    """The faults of one file, gathered while it is read. ``path`` is the file's."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[FileFault] = []

    def add(self, place: Place, detail: str, expected: str | None = None, hint: str | None = None) -> None:
        """Note a fault at ``place``."""
        self.faults.append(FileFault.at(self.path, place, detail, expected, hint))

    def unlike(self, wanted: str, node: Node) -> None:
        """Note that something else than ``wanted`` stands at ``node``; nothing where a fault is noted already."""
        if isinstance(node, BrokenNode):
            return
        found, remedy = describe(node), ""
        if wanted == "text" and isinstance(node, ScalarNode) and node.text:
            remedy = ": put it in quotes"
        self.add(node.place, f"expected {wanted}, found {found}{remedy}")


def describe(node: Node) -> str:
    """What stands at ``node``, in words."""
    if isinstance(node, ListNode):
        return "a list"
    if not isinstance(node, ScalarNode):
        return "fields"
    return _describe_plain(node.text) if node.plain else "text"


def _describe_plain(text: str) -> str:
    if not text:
        return "nothing"
    if text in _NULL:
        return quoted(text)
    if text in _TRUE + _FALSE:
        return "true or false"
    if _NUMBER.fullmatch(text):
        return "a number"
    return "yes or no" if _YES_NO.fullmatch(text) else "text"


def read_text(notes: Notes, node: Node, *, lines: bool = False) -> str | None:
    """The text at ``node``, on one line unless ``lines``; ``None``, and noted, when there is something else."""
    if not isinstance(node, ScalarNode) or describe(node) != "text":
        notes.unlike("text", node)
        return None
    if node.plain and node.lines > 1 and not lines:
        notes.add(node.place, "text that goes on in the next line", "expected it on one line, or in quotes")
        return None
    return node.text


def read_section(notes: Notes, node: Node, names: Sequence[str]) -> Section | None:
    """The fields at ``node``; ``None``, and noted, when there is something else."""
    if isinstance(node, MapNode):
        return Section(notes, node, names)
    notes.unlike("fields", node)
    return None


def choice(words: Sequence[str]) -> str:
    """``words`` as a sentence that says what is expected."""
    shown = [f"`{word}`" for word in words]
    return f"expected {' or '.join(filter(None, (', '.join(shown[:-1]), shown[-1])))}"


class Section:
    """A map of a file. Fields that are none of ``names`` are noted as soon as it is made."""

    def __init__(self, notes: Notes, node: MapNode, names: Sequence[str]) -> None:
        self.node = node
        self.notes = notes
        self._values = {key.text: value for key, value in node.entries}
        for key, _ in node.entries:
            if key.text not in names:
                hint = nearest(key.text, set(names) - self._values.keys())
                notes.add(key.place, f"unknown field {quoted(key.text)}", choice(names), hint)

    def get(self, name: str, *, required: bool = False) -> Node | None:
        """What stands in the field, or ``None``; noted when it is missing and ``required``."""
        found = self._values.get(name)
        if found is None and required:
            self.notes.add(self.node.place, f"the field `{name}` is missing")
        return found

    def nodes(self, **pointers: str) -> dict[str, Node]:
        """The nodes of the named fields, those that are there, by the pointers given for them."""
        return {f"/{pointer}": self._values[name] for name, pointer in pointers.items() if name in self._values}

    def text(self, name: str, *, required: bool = False) -> str | None:
        """The text in the field, on one line."""
        node = self.get(name, required=required)
        return None if node is None else read_text(self.notes, node)

    def prose(self, name: str, *, required: bool = False) -> str | None:
        """The text in the field, on any number of lines, which are joined with blanks."""
        node = self.get(name, required=required)
        text = None if node is None else read_text(self.notes, node, lines=True)
        return text and text.replace("\n", " ").strip()

    def word(self, name: str, words: type[E], default: E) -> E:
        """The member of ``words`` that the field spells exactly."""
        return self.required_word(name, words) or default if name in self._values else default

    def required_word(self, name: str, words: type[E]) -> E | None:
        """The same of a field that has to be there."""
        text = self.text(name, required=True)
        found = next((member for member in words if member.value == text), None)
        if text is not None and found is None:
            spelt = [str(member.value) for member in words]
            place = self._values[name].place
            self.notes.add(place, f"unknown word {quoted(text)}", choice(spelt), nearest(text, spelt))
        return found

    def flag(self, name: str, *, default: bool) -> bool:
        """The field's true or false."""
        node = self.get(name)
        if node is None:
            return default
        if isinstance(node, ScalarNode) and node.plain and node.text in _TRUE + _FALSE:
            return node.text in _TRUE
        self.notes.unlike("true or false", node)
        return default

    def window(self) -> Window:
        """The window of the fields ``starts_at`` and ``ends_at``."""
        starts_at, ends_at = self._moment("starts_at"), self._moment("ends_at")
        try:
            return Window(starts_at, ends_at)
        except ValueError as error:
            self.notes.add(self._values["ends_at"].place, f"`ends_at` {error}")
            return ALWAYS

    def _moment(self, name: str) -> Instant | None:
        node = self.get(name)
        if node is None:
            return None
        if not isinstance(node, ScalarNode) or (node.plain and describe(node) != "text"):
            self.notes.unlike("a time", node)
            return None
        try:
            return parse_instant(node.text)
        except ValueError as error:
            self.notes.add(node.place, f"{quoted(node.text)} {error}")
            return None

    def items(self, name: str, *, required: bool = False) -> tuple[Node, ...]:
        """The list in the field; a ``required`` one has something in it."""
        node = self.get(name, required=required)
        if node is None:
            return ()
        if not isinstance(node, ListNode):
            self.notes.unlike("a list", node)
            return ()
        if required and not node.items:
            self.notes.add(node.place, f"the list `{name}` is empty", "expected at least one")
        return node.items

    def texts(self, name: str) -> tuple[tuple[str, str], ...]:
        """The map of texts in the field, as pairs ordered by name."""
        node = self.get(name)
        if node is None:
            return ()
        if not isinstance(node, MapNode):
            self.notes.unlike("fields", node)
            return ()
        read = ((key.text, read_text(self.notes, value)) for key, value in node.entries)
        return tuple(sorted((key, text) for key, text in read if text is not None))
