"""Reads policy files into a bundle."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from enterprise_policy.values.names import ID_PATTERN
from enterprise_service.bundles.case_file import read_case_file
from enterprise_service.bundles.catalogue_file import read_catalogue_file
from enterprise_service.bundles.document import MapNode, Node, read_document
from enterprise_service.bundles.draft import Bundle, Case, Draft
from enterprise_service.bundles.faults import START, FileFault, nearest, quoted
from enterprise_service.bundles.role_file import ROLE_FIELDS, read_role_file
from enterprise_service.bundles.section import Notes, Section, choice, read_text
from enterprise_service.bundles.tenant_file import read_tenant_file
from enterprise_service.ports.policy_files import SourceFile

_WORD = re.compile(ID_PATTERN)


def parse(files: Sequence[SourceFile]) -> Bundle:
    """What ``files`` say, with every fault that can be seen in one file alone.

    Never raises for what is in the files: a bundle that has faults is refused where it is planned, together with
    the faults that show only there.
    """
    reading = _Reading()
    for source in files:
        reading.read(source)
    if not files:
        detail = "there are no policy files"
        reading.faults.append(FileFault.at(".", START, detail, "expected files that end in `.yaml`"))
    return Bundle(
        drafts=tuple(reading.drafts),
        domains=reading.domains,
        cases=tuple(reading.cases),
        faults=tuple(reading.faults),
        unread=frozenset(reading.unread),
    )


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    drafts: list[Draft] = field(default_factory=list)
    domains: dict[str, str] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def read(self, source: SourceFile) -> None:
        """Read one file; the words of one that can't be read in full are kept."""
        document = read_document(source)
        notes = Notes(source.path)
        if document.root is None or not self._read_kind(notes, document.root):
            self.unread.update(_WORD.findall(source.text))
        self.faults += [*document.faults, *notes.faults]

    def _read_kind(self, notes: Notes, root: Node) -> bool:
        """Read the file by its kind; whether every record in it has its name."""
        if not isinstance(root, MapNode):
            notes.unlike("fields", root)
            return False
        kind = _kind(notes, root)
        if kind is None:
            return False
        names, read = _KINDS[kind]
        return read(self, Section(notes, root, ("kind", *names)))

    def catalogue(self, section: Section) -> bool:
        """Read a catalogue."""
        self.drafts.append(read_catalogue_file(section))
        return True

    def role(self, section: Section) -> bool:
        """Read a role."""
        draft = read_role_file(section)
        self.drafts += [] if draft is None else [draft]
        return draft is not None

    def tenant(self, section: Section) -> bool:
        """Read a tenant."""
        tenant = read_tenant_file(section)
        if tenant is None:
            return False
        self.drafts += tenant.drafts
        self.domains |= tenant.domains
        return tenant.complete

    def test_cases(self, section: Section) -> bool:
        """Read test cases."""
        self.cases += read_case_file(section)
        return True


_KINDS: dict[str, tuple[tuple[str, ...], Callable[[_Reading, Section], bool]]] = {
    "catalogue": (("resources",), _Reading.catalogue),
    "role": (ROLE_FIELDS, _Reading.role),
    "tenant": (("organization", "clinics", "roles", "providers", "assignments"), _Reading.tenant),
    "cases": (("description", "cases"), _Reading.test_cases),
}


def _kind(notes: Notes, root: MapNode) -> str | None:
    """The file's kind, which its first field says; of one that stands further down it is told and taken."""
    expected = f"{choice(sorted(_KINDS))}, in the first field"
    found = [(place, key, value) for place, (key, value) in enumerate(root.entries) if key.text == "kind"]
    if not found:
        notes.add(root.place, "the field `kind` is missing", expected)
        return None
    ((position, key, node),) = found
    if position:
        notes.add(key.place, "the field `kind` isn't the first", expected)
    text = read_text(notes, node)
    if text is None or text in _KINDS:
        return text
    notes.add(node.place, f"unknown kind {quoted(text)}", choice(sorted(_KINDS)), nearest(text, _KINDS))
    return None
