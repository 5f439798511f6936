from __future__ import annotations

import pytest
import yaml

from enterprise_service.bundles import document
from tests.unit.bundles.broken_files import Example, examples, shown_for

ALL = list(examples())


@pytest.mark.parametrize("example", ALL, ids=[example.name for example in ALL])
def test_each_fault_is_shown_with_its_place_and_what_would_be_right(example: Example) -> None:
    assert shown_for(example.files) == example.shown


@pytest.mark.parametrize("example", ALL, ids=[example.name for example in ALL])
def test_the_same_is_shown_where_the_yaml_library_came_without_its_c_part(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "_LOADER", yaml.SafeLoader)

    assert shown_for(example.files) == example.shown


def test_there_are_enough_examples_and_each_has_its_own_name() -> None:
    assert len({example.name for example in ALL}) == len(ALL) >= 70


def test_no_files_at_all_are_a_fault() -> None:
    assert shown_for({}) == ".:1:1: there are no policy files\n  expected files that end in `.yaml`"


def test_a_tab_in_the_indentation_is_told_as_one() -> None:
    assert shown_for({"a.yaml": "kind: role\nid: a\npermissions:\n\t- {}\n"}) == (
        "a.yaml:4:1: a tab in the indentation\n  4 | \t- {}\n    | ^\n  expected blanks"
    )


def test_a_control_character_is_never_sent_to_the_terminal() -> None:
    assert shown_for({"a.yaml": "kind: role\nid: nu\x1b[31mrse\n"}) == (
        "a.yaml:2:7: the character `\\x1b` can't stand in a file\n"
        "  2 | id: nu\N{REPLACEMENT CHARACTER}[31mrse\n"
        "    |       ^\n"
        "  expected its escape, in double quotes"
    )


@pytest.mark.parametrize("char", ["\x00", "\x85", "\u2028", "\u2029", "\ufeff", "\ufffe", "\ud800"])
def test_characters_that_yaml_reads_otherwise_than_an_editor_are_refused(char: str) -> None:
    assert shown_for({"a.yaml": f"kind: role\nid: a{char}\n"}).startswith("a.yaml:2:6: the character")


def test_roles_that_inherit_each_other_are_told_as_a_cycle_at_the_link_that_closes_it() -> None:
    shown = shown_for({"a.yaml": "kind: role\nid: a\ninherits: [b]\n", "b.yaml": "kind: role\nid: b\ninherits: [a]\n"})

    first, *excerpt = shown.split("\n")
    assert first in {
        f"b.yaml:3:11: roles would inherit themselves in `platform`: {cycle}"
        for cycle in ("`a` > `b` > `a`", "`b` > `a` > `b`")
    }
    assert excerpt == ["  3 | inherits: [a]", "    |           ^^^"]
