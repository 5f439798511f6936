"""Reads a mapping from its file, with every fault in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from enterprise_policy.state.record import Kind
from enterprise_policy.values.names import id_fault
from enterprise_service.bundles.document import ListNode, MapNode, Node, ScalarNode, read_document
from enterprise_service.bundles.faults import PolicyFilesError, quoted
from enterprise_service.bundles.section import Notes, Section, choice, read_section, read_text
from enterprise_service.imports.conversions import Conversion
from enterprise_service.imports.mapping import ANYTHING, ATTRIBUTES, SHAPES, Condition, ImportMapping, Rule
from enterprise_service.imports.source_path import SourcePath, parse_path, path_fault
from enterprise_service.imports.values import Template, Value, parse_template, template_fault
from enterprise_service.ports.policy_files import SourceFile

SOURCE_LIMIT: Final = 64

_FILE_FIELDS: Final = ("kind", "source", "records")
_RULE_FIELDS: Final = ("make", "files", "when", "unless", "each", "fields")
_ORIGINS: Final = ("from", "text", "value")
_VALUE_FIELDS: Final = (*_ORIGINS, "split", "drop", "map", "other", "as", "default")


class _FileKind(StrEnum):
    IMPORT = "import"


class _Made(StrEnum):
    ORGANIZATION = "organization"
    CLINIC = "clinic"
    PROVIDER_ASSIGNMENT = "provider_assignment"
    ASSIGNMENT = "assignment"


def read_mapping(file: SourceFile) -> ImportMapping:
    """The mapping in ``file``. Raises ``PolicyFilesError`` with all that is wrong with it."""
    document = read_document(file)
    notes = Notes(file.path)
    section = None if document.root is None else read_section(notes, document.root, _FILE_FIELDS)
    mapping = None if section is None else _mapping(section)
    faults = [*document.faults, *notes.faults]
    if faults or mapping is None:
        raise PolicyFilesError(faults)
    return mapping


def _mapping(section: Section) -> ImportMapping:
    section.required_word("kind", _FileKind)
    source = section.text("source", required=True) or ""
    fault = id_fault(source) or (f"must have at most {SOURCE_LIMIT} characters" if len(source) > SOURCE_LIMIT else None)
    node = section.get("source")
    if source and fault is not None and node is not None:
        section.notes.add(node.place, f"{quoted(source)} {fault}")
    read = (_rule(section.notes, item) for item in section.items("records", required=True))
    return ImportMapping(source=source, rules=tuple(rule for rule in read if rule is not None))


def _rule(notes: Notes, node: Node) -> Rule | None:
    section = read_section(notes, node, _RULE_FIELDS)
    made = None if section is None else section.required_word("make", _Made)
    if section is None or made is None:
        return None
    kind = Kind(made.value)
    each = section.text("each")
    reader = _Reader(notes, in_list=each is not None)
    fields = section.get("fields", required=True)
    values = None if fields is None else _fields(notes, fields, kind)
    return Rule(
        kind=kind,
        files=section.text("files") or ANYTHING,
        when=tuple(reader.conditions(section.get("when"))),
        unless=tuple(reader.conditions(section.get("unless"))),
        each=None if each is None else _Reader(notes, in_list=False).path(each, section.get("each") or node),
        values={} if values is None else dict(reader.values(values, kind)),
        attributes={} if values is None else dict(reader.attributes(values.get(ATTRIBUTES))),
    )


def _fields(notes: Notes, node: Node, kind: Kind) -> Section | None:
    required, optional = SHAPES[kind]
    section = read_section(notes, node, (*required, *optional))
    if section is not None:
        for name in required:
            section.get(name, required=True)
    return section


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what a rule is made of; ``in_list``: it makes records of the items of a list."""

    notes: Notes
    in_list: bool

    def path(self, text: str, node: Node) -> SourcePath:
        """The path ``text``; one that is none is noted."""
        fault = path_fault(text)
        if fault is None and text.startswith(".") and not self.in_list:
            fault = "is a path in an item, and the rule has no `each`"
        if fault is None:
            return parse_path(text)
        self.notes.add(node.place, f"{quoted(text)} {fault}")
        return SourcePath((), in_item=False)

    def conditions(self, node: Node | None) -> Iterator[Condition]:
        """The conditions at ``node``."""
        for key, value in self._entries(node):
            words = self._words(value)
            yield Condition(self.path(key.text, key), frozenset(words))

    def values(self, section: Section, kind: Kind) -> Iterator[tuple[str, Value]]:
        """What each field is made of."""
        required, optional = SHAPES[kind]
        for name in (*required, *optional):
            node = None if name == ATTRIBUTES else section.get(name)
            value = None if node is None else self._value(node)
            if value is not None:
                yield name, value

    def attributes(self, node: Node | None) -> Iterator[tuple[str, Value]]:
        """What each attribute is made of."""
        for key, found in self._entries(node):
            value = self._value(found)
            if value is not None:
                yield key.text, value

    def _value(self, node: Node) -> Value | None:
        if not isinstance(node, MapNode):
            text = read_text(self.notes, node)
            return None if text is None else Value(origin=self.path(text, node))
        section = Section(self.notes, node, _VALUE_FIELDS)
        origin = self._origin(section)
        if origin is None:
            return None
        drop, words = section.get("drop"), section.get("map")
        return Value(
            origin=origin,
            split=section.text("split"),
            drop=frozenset(() if drop is None else self._words(drop)),
            words=None if words is None else self._dictionary(words),
            other=section.text("other"),
            conversion=self._conversion(section),
            default=section.text("default"),
        )

    def _origin(self, section: Section) -> SourcePath | Template | str | None:
        given = [(name, node) for name in _ORIGINS if (node := section.get(name)) is not None]
        if len(given) != 1:
            expected = choice(_ORIGINS)
            self.notes.add(section.node.place, "one of three fields says where the value is from", expected)
            return None
        ((name, node),) = given
        text = read_text(self.notes, node)
        if text is None or name == "value":
            return text
        return self.path(text, node) if name == "from" else self._template(text, node)

    def _template(self, text: str, node: Node) -> Template:
        fault = template_fault(text)
        if fault is not None:
            self.notes.add(node.place, f"{quoted(text)} {fault}")
            return Template((text,), ())
        template = parse_template(text)
        for path in template.paths:
            self.path(path.text, node)
        return template

    def _conversion(self, section: Section) -> Conversion | None:
        return None if section.get("as") is None else section.required_word("as", Conversion)

    def _dictionary(self, node: Node) -> Mapping[str, str]:
        read = ((key.text, read_text(self.notes, value)) for key, value in self._entries(node))
        return {key: text for key, text in read if text is not None}

    def _words(self, node: Node) -> list[str]:
        """The text at ``node``, or the texts of the list there."""
        read = (read_text(self.notes, item) for item in (node.items if isinstance(node, ListNode) else [node]))
        return [text for text in read if text is not None]

    def _entries(self, node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
        if isinstance(node, MapNode):
            yield from node.entries
        elif node is not None:
            self.notes.unlike("fields", node)
