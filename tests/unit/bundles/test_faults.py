from __future__ import annotations

import pytest

from enterprise_policy.errors import Fault, InvalidRequestError
from enterprise_service.bundles.faults import (
    FileFault,
    Place,
    PolicyFilesError,
    in_order,
    nearest,
    quoted,
    render,
    source_lines,
)


def fault(path: str = "a.yaml", line: int = 1, column: int = 1, **more: str) -> FileFault:
    return FileFault.at(path, Place(line=line, column=column), more.pop("detail", "is wrong"), **more)


def test_a_fault_is_shown_with_its_line_underlined() -> None:
    found = FileFault(
        path="policies/roles/dentist.yaml",
        line=7,
        column=5,
        width=8,
        detail="unknown role `hygenist`",
        expected="expected a role made at `platform`",
        hint="did you mean `hygienist`?",
    )

    assert render(found, "\n" * 6 + "  - hygenist\n") == (
        "policies/roles/dentist.yaml:7:5: unknown role `hygenist`\n"
        "  7 |   - hygenist\n"
        "    |     ^^^^^^^^\n"
        "  expected a role made at `platform`\n"
        "  did you mean `hygienist`?"
    )


def test_tabs_and_wide_characters_before_the_place_keep_the_underline_below_it() -> None:
    found = FileFault(path="a", line=1, column=5, width=2, detail="x")

    assert render(found, "\ta牙\N{COMBINING ACUTE ACCENT}bc") == (
        "a:1:5: x\n  1 | \ta牙\N{COMBINING ACUTE ACCENT}bc\n    | \t   ^^"
    )


def test_of_a_long_line_the_part_around_the_place_is_shown() -> None:
    _, line, carets = render(
        FileFault(path="a", line=1, column=1001, width=3, detail="x"), "b" * 1000 + "abc" + "b" * 1000
    ).split("\n")

    assert len(line) < 120
    assert line[carets.index("^") : carets.rindex("^") + 1] == "abc"
    assert line.endswith("…")
    assert line.startswith("  1 | …")


def test_what_a_terminal_could_obey_is_replaced_in_the_line_and_escaped_in_the_sentence() -> None:
    shown = render(fault(detail="`\x1b[31m` and `\u202e` are wrong"), "a\x1b[31mb\u202ec")

    assert shown.isprintable() is False
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert r"`\x1b[31m` and `\u202e`" in shown


def test_a_files_name_is_escaped_too() -> None:
    assert (
        render(fault(path="a\x1b.yaml", expected="see \x1b"), "")
        == r"""a\x1b.yaml:1:1: is wrong
  see \x1b"""
    )


def test_a_fault_in_no_file_is_shown_without_a_line() -> None:
    assert render(fault(path="."), "") == ".:1:1: is wrong"


def test_a_place_beyond_the_file_is_shown_without_a_line() -> None:
    assert render(fault(line=9), "one line") == "a.yaml:9:1: is wrong"


def test_faults_are_ordered_by_path_line_and_column_and_each_is_told_once() -> None:
    faults = [fault("b", 1), fault("a", 10), fault("a", 9, 2), fault("a", 9, 1), fault("b", 1)]

    assert [found.where for found in in_order(faults)] == ["a:9:1", "a:9:2", "a:10:1", "b:1:1"]


def test_the_error_has_every_fault_and_is_an_invalid_request() -> None:
    error = PolicyFilesError([fault("b"), fault("a"), fault("c")])

    assert isinstance(error, InvalidRequestError)
    assert str(error) == "a:1:1: is wrong (and 2 more)"
    assert error.faults[0] == Fault("a:1:1", "is wrong")
    assert [found.path for found in error.file_faults] == ["a", "b", "c"]


def test_the_error_of_one_fault_counts_no_others() -> None:
    assert str(PolicyFilesError([fault()])) == "a.yaml:1:1: is wrong"


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("nurs", ["nurse", "dentist"], "did you mean `nurse`?"),
        ("Nurse", ["nurse", "nurses"], "did you mean `nurse`?"),
        ("DENY", ["allow", "deny"], "did you mean `deny`?"),
        ("plumber", ["nurse", "dentist"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_known_name_is_offered(word: str, known: list[str], hint: str | None) -> None:
    assert nearest(word, known) == hint


def test_the_nearest_of_very_many_names_is_found_quickly() -> None:
    names = [f"clinic-{number:06}" for number in range(50_000)]

    assert nearest("clinik-012345", names) == "did you mean `clinic-012345`?"


def test_quoted_text_is_cut_and_escaped() -> None:
    assert quoted("a\nb\u200bc") == r"`a\nb\u200bc`"
    assert quoted("a" * 80) == "`" + "a" * 80 + "`"
    assert quoted("a" * 81) == "`" + "a" * 80 + "…`"


def test_only_the_ends_of_lines_that_editors_know_end_a_line() -> None:
    assert source_lines("a\nb\r\nc\rd\x0be\x85f\u2028g") == ["a", "b", "c", "d\x0be\x85f\u2028g"]
