from __future__ import annotations

import pytest
import yaml

from enterprise_service.bundles import document
from enterprise_service.bundles.document import (
    MAX_BYTES,
    Document,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    read_document,
)
from enterprise_service.bundles.faults import Place
from enterprise_service.ports.policy_files import SourceFile


def read(text: str) -> Document:
    return read_document(SourceFile(path="a.yaml", text=text))


def value_of(text: str) -> Node:
    root = read(text).root
    assert isinstance(root, MapNode)
    ((_, value),) = root.entries
    return value


def scalar_of(text: str) -> ScalarNode:
    value = value_of(text)
    assert isinstance(value, ScalarNode)
    return value


def test_a_value_knows_its_line_column_and_width() -> None:
    assert scalar_of("# note\n\n  id: nurse # more\n").place == Place(line=3, column=7, width=5)


def test_places_count_characters_and_not_bytes() -> None:
    root = read("{é: 😀, b: x}\n").root

    assert isinstance(root, MapNode)
    assert root.entries[1][1].place == Place(line=1, column=11, width=1)


def test_a_byte_order_mark_shifts_nothing() -> None:
    assert scalar_of("\ufeffid: nurse\n").place == Place(line=1, column=5, width=5)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_editors_count_them(end: str) -> None:
    assert scalar_of(f"# one{end}# two{end}id: nurse{end}").place.line == 3


def test_a_list_in_brackets_is_marked_whole_and_one_on_lines_where_it_begins() -> None:
    assert value_of("a: [b, c]\n").place == Place(line=1, column=4, width=6)
    assert value_of("a:\n  - b\n  - c\n").place == Place(line=2, column=3, width=1)


def test_an_empty_value_stands_at_its_field() -> None:
    assert scalar_of("inherits:\n").place == Place(line=1, column=1, width=8)


@pytest.mark.parametrize(
    ("text", "plain", "lines"),
    [("a: b c", True, 1), ("a: 'b c'", False, 1), ('a: "b c"', False, 1), ("a: b\n   c", True, 2)],
)
def test_it_is_told_how_text_is_written(text: str, lines: int, *, plain: bool) -> None:
    node = scalar_of(text)

    assert (node.text, node.plain, node.lines) == ("b c", plain, lines)


def test_lists_and_maps_keep_their_order() -> None:
    value = value_of("a: [3, 1, 2]")

    assert isinstance(value, ListNode)
    assert [item.text for item in value.items if isinstance(item, ScalarNode)] == ["3", "1", "2"]


def test_reading_goes_on_after_an_anchor_a_tag_and_a_field_twice() -> None:
    found = read("a: &x 1\nb: !!int 2\nc: *x\na: 3\n").faults

    assert [(fault.line, fault.column) for fault in found] == [(1, 4), (2, 4), (3, 4), (4, 1)]


def test_a_syntax_error_comes_after_the_faults_before_it_and_leaves_no_tree() -> None:
    document = read("a: &x 1\nb: 'c\n")

    assert document.root is None
    assert [fault.line for fault in document.faults] == [1, 2]


def test_aliases_can_not_make_a_small_file_large() -> None:
    lines = ["a0: &a0 [x, x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 200)]
    document = read("\n".join(lines))

    assert len(document.faults) == 200 + 2 * 199


def test_nesting_of_any_depth_is_refused_without_using_up_the_stack() -> None:
    for text in ("[" * 500_000, "- " * 500_000 + "x", "{a: " * 500_000):
        document = read(text)
        assert document.root is None
        assert "nested deeper than 32" in document.faults[-1].detail


def test_32_levels_are_read() -> None:
    assert read("[" * 32 + "]" * 32).faults == ()


def test_a_file_of_8_mib_is_read_and_one_byte_more_is_refused() -> None:
    text = "a: " + "é" * ((MAX_BYTES - 4) // 2) + "b"
    assert len(text.encode()) == MAX_BYTES

    assert read(text).faults == ()
    (fault,) = read(f"{text}b").faults
    assert (fault.line, fault.column, fault.detail) == (1, 1, "the file is over 8 MiB")


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", None)])
def test_an_escape_for_half_a_character_is_refused(loader: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_LOADER", loader or yaml.SafeLoader)

    assert len(read('a: "\\ud800"\n').faults) == 1
