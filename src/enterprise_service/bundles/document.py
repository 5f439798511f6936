"""YAML text as a tree of nodes that know where they stand.

What YAML can do and a policy file has no use for is refused here: anchors, aliases and tags (text that grows
or changes its type while it is read), several documents, a field twice, deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import yaml

from enterprise_service.bundles import syntax
from enterprise_service.bundles.faults import START, FileFault, Place, quoted, source_lines
from enterprise_service.ports.policy_files import SourceFile

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 32

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# What YAML doesn't take as it is, and U+2028 and U+2029: it ends lines there, and editors don't.
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarNode:
    """Text. ``plain``: it stands there without quotes; ``lines`` is how many lines it takes."""

    place: Place
    text: str
    plain: bool
    lines: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode:
    """A list, in order."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """Named values, in order, each name once."""

    place: Place
    entries: tuple[tuple[ScalarNode, Node], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenNode:
    """Something that was refused already; whoever meets it says nothing more."""

    place: Place


Node = ScalarNode | ListNode | MapNode | BrokenNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What was read of a file: ``root`` is ``None`` when nothing could be, and then there are ``faults``."""

    root: Node | None
    faults: tuple[FileFault, ...]


def read_document(source: SourceFile) -> Document:
    """The tree of ``source``, with every fault that its YAML has (one that ends the reading is the last)."""
    refusal = _refusal(source)
    if refusal:
        return Document(root=None, faults=(refusal,))
    text = source.text.removeprefix("\ufeff")
    lines = source_lines(text)
    builder = _Builder(source.path, lines)
    try:
        builder.run(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        line, column, detail, expected = syntax.explain(error, lines)
        builder.broken(Place(line=line + 1, column=column + 1), detail, expected)
    return Document(root=builder.root, faults=tuple(builder.faults))


def _refusal(source: SourceFile) -> FileFault | None:
    """The fault for which the file isn't given to the parser at all."""
    text = source.text.removeprefix("\ufeff")
    # A character is at most four bytes: most files needn't be encoded to know that they are small enough.
    if len(text) * 4 > MAX_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return FileFault.at(source.path, START, "the file is over 8 MiB", "expected several smaller files")
    found = _UNREADABLE.search(text)
    if not found:
        return None
    before = source_lines(text[: found.start()])
    place = Place(line=len(before), column=len(before[-1]) + 1)
    escape = quoted(found.group())
    detail = f"the character {escape} can't stand in a file"
    return FileFault.at(source.path, place, detail, "expected its escape, in double quotes")


@dataclass(slots=True)
class _Frame:
    """A list or map that is being read."""

    place: Place
    is_map: bool
    flow: bool
    items: list[Node] = field(default_factory=list)

    def at(self, place: Place) -> Place:
        """Where a value stands: one that is empty stands at its field."""
        return self.items[-1].place if self.is_map and len(self.items) % 2 else place


def _marks(event: yaml.Event) -> tuple[yaml.Mark, yaml.Mark]:
    """Where ``event`` begins and ends; the parser always says it."""
    return cast("yaml.Mark", event.start_mark), cast("yaml.Mark", event.end_mark)


class _Builder:
    """Makes nodes of the parser's events; it is no recursion, so that nesting can't exhaust the stack."""

    def __init__(self, path: str, lines: list[str]) -> None:
        self.root: Node | None = None
        self.faults: list[FileFault] = []
        self._path = path
        self._lines = lines
        self._frames: list[_Frame] = []
        self._stopped = False
        self._readers: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.DocumentStartEvent: self._document,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
        }

    def run(self, events: Iterator[yaml.Event]) -> None:
        """Read ``events`` to their end, or to the fault after which nothing makes sense."""
        for event in events:
            reader = self._readers.get(type(event))
            if reader:
                reader(event)
            if self._stopped:
                return
        if self.root is None:
            self._fault(START, "the file is empty", "expected fields such as `kind: role`")

    def broken(self, place: Place, detail: str, expected: str) -> None:
        """Note the fault that ends the reading; a half-read tree is no tree."""
        self._fault(place, detail, expected)
        self.root = None
        self._stopped = True

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        if self.root is not None:
            expected = "expected one document a file: drop the `---`"
            self.broken(self._place(event), "a second document begins", expected)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._properties(event)
        place = self._place(event)
        if not event.value and self._frames and not event.style:
            place = self._frames[-1].at(place)
        if _SURROGATE.search(event.value):
            self._fault(place, "an escape that stands for half a character", "expected whole characters")
        start, end = _marks(event)
        lines = end.line - start.line + 1
        self._add(ScalarNode(place=place, text=event.value, plain=not event.style, lines=lines))

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = self._place(event)
        expected = "expected the value itself, written out; text that begins with `*` belongs in quotes"
        self._fault(place, f"{quoted(f'*{event.anchor}')} refers to another place", expected)
        self._add(BrokenNode(place=place))

    def _start(self, event: yaml.SequenceStartEvent | yaml.MappingStartEvent) -> None:
        self._properties(event)
        place = self._place(event)
        if len(self._frames) == MAX_DEPTH:
            self.broken(place, f"nested deeper than {MAX_DEPTH}", "expected the fields of the file's kind")
            return
        self._frames.append(
            _Frame(place=place, is_map=isinstance(event, yaml.MappingStartEvent), flow=bool(event.flow_style))
        )

    def _end(self, event: yaml.SequenceEndEvent | yaml.MappingEndEvent) -> None:
        frame = self._frames.pop()
        place = self._spanned(frame, event)
        if frame.is_map:
            self._add(MapNode(place=place, entries=tuple(self._entries(frame))))
        else:
            self._add(ListNode(place=place, items=tuple(frame.items)))

    def _entries(self, frame: _Frame) -> Iterator[tuple[ScalarNode, Node]]:
        seen: dict[str, Place] = {}
        for key, value in zip(frame.items[::2], frame.items[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                self._fault(key.place, "a field's name has to be text", "expected a name and `:`")
            elif key.text in seen:
                expected = f"expected it once; it stands on line {seen[key.text].line} too"
                self._fault(key.place, f"the field {quoted(key.text)} twice", expected)
            else:
                seen[key.text] = key.place
                yield key, value

    def _add(self, node: Node) -> None:
        if self._frames:
            self._frames[-1].items.append(node)
        else:
            self.root = node

    def _properties(self, event: yaml.NodeEvent) -> None:
        """Refuse an anchor or a tag on a node."""
        place = self._place(event)
        if event.anchor:
            expected = "expected the value alone; text that begins with `&` belongs in quotes"
            self._fault(place, f"{quoted('&' + event.anchor)} is an anchor", expected)
        if getattr(event, "tag", None):
            expected = "expected the value alone; text that begins with `!` belongs in quotes"
            self._fault(place, "a YAML tag changes how a value is read", expected)

    def _place(self, event: yaml.Event) -> Place:
        start, end = _marks(event)
        stop = end.column if end.line == start.line else len(self._lines[start.line].rstrip())
        return Place(line=start.line + 1, column=start.column + 1, width=max(1, stop - start.column))

    def _spanned(self, frame: _Frame, end: yaml.Event) -> Place:
        """The place of a list or map: what stands in brackets on one line is marked whole."""
        _, mark = _marks(end)
        if not frame.flow or mark.line + 1 != frame.place.line:
            return Place(line=frame.place.line, column=frame.place.column)
        width = mark.column + 1 - frame.place.column
        return Place(line=frame.place.line, column=frame.place.column, width=width)

    def _fault(self, place: Place, detail: str, expected: str) -> None:
        self.faults.append(FileFault.at(self._path, place, detail, expected))
