"""A mapping is read whole, or every fault of it is told in its place."""

from __future__ import annotations

import pytest

from enterprise_policy.state.record import Kind
from enterprise_service.bundles.faults import PolicyFilesError
from enterprise_service.imports.mapping_file import read_mapping
from enterprise_service.ports.policy_files import SourceFile
from tests.unit.imports.bringing import MAPPING, mapping

HEAD = "kind: import\nsource: crm\nrecords:\n"
ORG = "  - make: organization\n    fields: {id: a, name: b}\n"
NO_PATH = "is no path: names with a `.` between two of them, and one before them for a field of the item"
NO_ITEM = "is a path in an item, and the rule has no `each`"
NO_ID = "must be 1 to 128 letters, digits and `.`, `_`, `:`, `-`, and begin with a letter or digit"
QUOTES = "put it in quotes"


def faults(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(PolicyFilesError) as refused:
        read_mapping(SourceFile(path="m.yaml", text=text))
    return [(fault.line, fault.column, fault.detail) for fault in refused.value.file_faults]


def name_is(value: str) -> str:
    """A mapping in which the name of an organization is ``value``."""
    return HEAD + ORG.replace("b}", f"{value}}}")


def test_every_kind_of_record_is_read() -> None:
    assert [rule.kind for rule in mapping(MAPPING).rules] == [
        Kind.ORGANIZATION,
        Kind.CLINIC,
        Kind.PROVIDER_ASSIGNMENT,
        Kind.ASSIGNMENT,
    ]


@pytest.mark.parametrize(
    ("marked", "detail"),
    [
        ("§", "the file is empty"),
        ("kind: §role\nsource: crm\nrecords:\n" + ORG, "unknown word `role`"),
        ("§kind: import\nrecords:\n" + ORG, "the field `source` is missing"),
        ("kind: import\nsource: §a b\nrecords:\n" + ORG, f"`a b` {NO_ID}"),
        (
            f"kind: import\nsource: §{'a' * 65}\nrecords:\n{ORG}",
            f"`{'a' * 65}` must have at most 64 characters",
        ),
        ("kind: import\nsource: crm\nrecords: §[]\n", "the list `records` is empty"),
        (HEAD + "  - make: §role\n    fields: {}\n", "unknown word `role`"),
        (HEAD + "  - §make: clinic\n", "the field `fields` is missing"),
        (HEAD + "  - make: organization\n    fields: §{id: a}\n", "the field `name` is missing"),
        (name_is("b, §naam: c"), "unknown field `naam`"),
        (HEAD + "  - make: clinic\n    fields: §[a]\n", "expected fields, found a list"),
        (name_is("b, attributes: {c: §7}"), f"expected text, found a number: {QUOTES}"),
        (name_is("§b..c"), f"`b..c` {NO_PATH}"),
        (name_is("§.c"), f"`.c` {NO_ITEM}"),
        (name_is("§{}"), "one of three fields says where the value is from"),
        (name_is("§{from: a, value: b}"), "one of three fields says where the value is from"),
        (
            name_is("{text: §plain}"),
            "`plain` has no `{path}` in it; a text that is always the same is a `value`",
        ),
        (name_is("{text: §'{.c}'}"), f"`.c` {NO_ITEM}"),
        (name_is("{from: a, as: §date}"), "unknown word `date`"),
        (name_is("{from: a, map: §[x]}"), "expected fields, found a list"),
        (name_is("{from: a, map: {x: §1}}"), f"expected text, found a number: {QUOTES}"),
        (name_is("{from: §7}"), f"expected text, found a number: {QUOTES}"),
        (HEAD + ORG + "    when: {a: §true}\n", f"expected text, found true or false: {QUOTES}"),
        (HEAD + ORG + "    when: §text\n", "expected fields, found text"),
        (HEAD + ORG + "    each: §a..b\n", f"`a..b` {NO_PATH}"),
        (HEAD + ORG + "    each: §.a\n", f"`.a` {NO_ITEM}"),
    ],
)
def test_a_fault_is_told_in_its_place(marked: str, detail: str) -> None:
    before, _, after = marked.partition("§")
    place = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    assert faults(before + after) == [(*place, detail)]


def test_all_faults_are_told_at_once() -> None:
    text = HEAD + ORG.replace("a,", "a.,") + "  - make: clinic\n    each: x\n    fields: {id: .a}\n"
    assert [line for line, *_ in faults(text)] == [5, 8, 8]
