from __future__ import annotations

import pytest
from casbin import Enforcer
from casbin.persist.adapter import _extract_tokens
from casbin.persist.adapters import FileAdapter
from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.decide.casbin_form import CasbinRules
from enterprise_policy.errors import InvalidRequestError
from enterprise_service.bundles.casbin_rows import format_casbin_csv, read_rows
from enterprise_service.bundles.faults import Place
from enterprise_service.bundles.section import Notes
from tests.support.oracle import MODEL

SIGNS = st.text(alphabet="ab:/*# \t,()[]\"'\r\n\x85\u2028é", max_size=8) | st.text(
    alphabet="ab:/*é()", min_size=1, max_size=5
)


def rows_of(text: str) -> tuple[list[tuple[str, ...]], Notes]:
    notes = Notes("policy.csv")
    return [(row.kind, *row.texts) for row in read_rows(notes, text)], notes


@given(st.lists(SIGNS, min_size=2, max_size=5))
def test_a_line_is_parted_as_pycasbin_parts_it(values: list[str]) -> None:
    line = ",".join(["p", *values]).replace("\n", "").strip()
    found, notes = rows_of(line)

    try:
        expected = _extract_tokens(line)
    except IndexError:
        assert [fault.detail for fault in notes.faults] == ["a bracket that is closed and wasn't opened"]
    else:
        assert found == ([tuple(expected)] if len(expected) in (5, 6) else [])
        assert len(found) + len(notes.faults) == 1


@given(
    st.lists(st.tuples(SIGNS, SIGNS, SIGNS, SIGNS, SIGNS), max_size=3), st.lists(st.tuples(SIGNS, SIGNS), max_size=3)
)
def test_what_is_written_pycasbin_reads_back_as_it_was_or_it_is_refused(
    tmp_path_factory: pytest.TempPathFactory, p: list[tuple[str, str, str, str, str]], g2: list[tuple[str, str]]
) -> None:
    try:
        text = format_casbin_csv(CasbinRules(p=tuple(p), g=(), g2=tuple(g2)))
    except InvalidRequestError:
        return
    path = tmp_path_factory.mktemp("csv") / "policy.csv"
    path.write_bytes(text.encode())
    model = Enforcer.new_model(text=MODEL)
    FileAdapter(str(path)).load_policy(model)

    assert model["p"]["p"].policy == [list(rule) for rule in p]
    assert model["g"]["g2"].policy == [list(edge) for edge in g2]
    assert rows_of(text)[0] == [("p", *rule) for rule in p] + [("g2", *edge) for edge in g2]


def test_rows_are_written_in_their_order_one_a_line() -> None:
    rules = CasbinRules(
        p=(("role:o1/r", "o1", "/x/:id", "*", "deny"),), g=(("ann lee", "role:o1/r", "c1"),), g2=(("c1", "o1"),)
    )

    assert format_casbin_csv(rules) == "p, role:o1/r, o1, /x/:id, *, deny\ng, ann lee, role:o1/r, c1\ng2, c1, o1\n"
    assert format_casbin_csv(CasbinRules(p=(), g=(), g2=())) == ""


@pytest.mark.parametrize(
    "value",
    [
        "eve, admin, c2",
        'say "ann"',
        " ann",
        "ann ",
        "\u2028ann",
        "ann\nbob",
        "ann\rbob",
        "a(b",
        "a)b",
        "a]b[",
        "#ann",
        "",
    ],
)
def test_a_value_that_would_be_read_as_something_else_is_refused_with_its_row(value: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        format_casbin_csv(CasbinRules(p=(), g=((value, "role:o1/r", "o1"),), g2=()))

    assert str(refused.value).startswith("the row `g, ")
    assert "can't be written as CSV" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("value", ["a(b)c", "[x]", "a#b", "o'neill", "牙科", "a b", "(a[b)c]"])
def test_other_values_are_written_as_they_are(value: str) -> None:
    text = format_casbin_csv(CasbinRules(p=(), g=((value, "role:o1/r", "o1"),), g2=()))

    assert rows_of(text)[0] == [("g", value, "role:o1/r", "o1")]


def test_comments_and_empty_lines_are_passed_over_and_places_are_counted() -> None:
    notes = Notes("policy.csv")
    (row,) = read_rows(notes, "# tree\n\n   g2,  c1 ,\t牙科 \r\n")

    assert [value.place for value in row.values] == [
        Place(line=3, column=9, width=2),
        Place(line=3, column=14, width=2),
    ]
    assert row.place == Place(line=3, column=4, width=len("g2,  c1 ,\t牙科"))


@pytest.mark.parametrize(
    ("text", "detail", "column"),
    [
        ("p2, a, b, c, d", "unknown kind of row `p2`", 1),
        ("\ufeffp, a, b, c, d", "unknown kind of row `\\ufeffp`", 1),
        (", a", "unknown kind of row ``", 1),
        ("p, a, b, c", "a row `p` of 3 values", 1),
        ("p, a, b, c, d, allow, x", "a row `p` of 6 values", 1),
        ("  g, a, b", "a row `g` of 2 values", 3),
        ("g, a, b, c, d", "a row `g` of 4 values", 1),
        ("g2, a", "a row `g2` of 1 values", 1),
        ("g2, a), b", "a bracket that is closed and wasn't opened", 1),
    ],
)
def test_what_is_no_row_is_a_fault_and_never_skipped(text: str, detail: str, column: int) -> None:
    found, notes = rows_of(text)

    assert found == []
    assert [(fault.detail, fault.line, fault.column) for fault in notes.faults] == [(detail, 1, column)]
