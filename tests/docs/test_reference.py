"""The reference and the program say the same, both ways round."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from prometheus_client import CollectorRegistry

from enterprise_policy import errors
from enterprise_policy.decide.reason import ELSEWHERE_SHOWN, ROLES_SHOWN, Reason, ReasonCode
from enterprise_policy.errors import EnterpriseError, OperatorError
from enterprise_policy.state.built_in import BUILT_IN_IDS
from enterprise_service.http.edge.problems import INTERNAL, PROBLEMS
from enterprise_service.http.edge.strict_questions import TEXTS
from enterprise_service.http.operations.families import LABELS, Families
from enterprise_service.http.operations.store_metrics import StoreMetrics
from enterprise_service.setting_table import Plane
from ops.reference import served
from tests.support.documents import ROOT, all_pages, document, unquoted, words_in

KINDS: Final = ("catalogue", "role", "tenant", "cases")
ITEMS: Final = {
    "resources": "resource",
    "actions": "action",
    "permissions": "permission",
    "clinics": "clinic",
    "roles": "role",
    "providers": "provider",
    "assignments": "assignment",
    "cases": "case",
}
"""What an item of each list in a policy file is called."""

OF_ANY_PATH: Final = {"not_found", "method_not_allowed", INTERNAL}
"""Codes that a path may be answered with that isn't documented, since it doesn't exist or should not happen."""


# --- errors -----------------------------------------------------------------------------------------------


def error_classes(kind: type[EnterpriseError] = EnterpriseError) -> Iterator[type[EnterpriseError]]:
    for found in vars(errors).values():
        if inspect.isclass(found) and issubclass(found, kind) and "code" in vars(found):
            yield found


def error_rows() -> list[tuple[str, ...]]:
    return document("docs/reference/errors.md").table("Codes of HTTP answers")


def test_errors_has_each_code_of_an_answer_with_its_status() -> None:
    told = {unquoted(code): int(status) for status, code, *_ in error_rows()}
    assert told == {code: problem.status for code, problem in PROBLEMS.items()}


def test_errors_has_each_class_of_the_tree() -> None:
    told = {unquoted(code) for _, code, *_ in error_rows()} - {INTERNAL}
    operators = {unquoted(row[0]) for row in document("docs/reference/errors.md").table("What the program refuses")}
    assert operators == {kind.code for kind in error_classes(OperatorError)}
    assert told | operators == {kind.code for kind in error_classes()}


def test_errors_calls_later_what_no_part_of_the_program_raises() -> None:
    source = "\n".join(
        path.read_text()
        for folder in ("src", "adapters")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "errors.py"
    )
    raised = {kind.code for kind in error_classes() if re.search(rf"\b{kind.__name__}(\.at)?\(", source)}
    later = {unquoted(code) for _, code, _, where in error_rows() if where == "`later`"}
    assert later == {code for code in PROBLEMS if code != INTERNAL} - raised - told_by_flask()


def test_errors_says_which_calls_are_answered_with_a_code() -> None:
    documented: dict[str, set[str]] = {}
    for path, item in served()["paths"].items():
        asks = path.startswith(("/authorize", "/api/v1/queries"))
        for call in (about for method, about in item.items() if method != "parameters"):
            for code in (code for answer in call["responses"].values() for code in answer.get("x-problem-codes", ())):
                documented.setdefault(code, set()).add("questions" if asks else "management")
    told = {unquoted(code): unquoted(where) for _, code, _, where in error_rows()}
    assert {code for code, where in told.items() if where == "any"} == OF_ANY_PATH
    said = {code: by for code, by in told.items() if by not in {"any", "later"}}
    assert said == {c: "both" if len(by) == 2 else min(by) for c, by in documented.items() if c not in OF_ANY_PATH}


def told_by_flask() -> set[str]:
    """Codes that are given for a status and have no exception."""
    return {"not_found", "method_not_allowed"}


# --- reasons -----------------------------------------------------------------------------------------------


def test_reason_codes_are_told_in_their_order() -> None:
    rows = document("docs/reference/reason-codes.md").table("Codes")
    assert [unquoted(row[0]) for row in rows] == [code.value for code in ReasonCode]
    todo = document("docs/reference/reason-codes.md").table("What to do")
    assert [row[0] for row in todo] == [row[0] for row in rows]


@pytest.mark.parametrize("row", document("docs/reference/reason-codes.md").table("Codes"), ids=lambda row: row[0])
def test_a_reason_has_the_decision_and_fields_that_are_told(row: tuple[str, ...]) -> None:
    code, decision, _, fields = row
    reason = Reason(code=ReasonCode(unquoted(code)))
    assert decision == ("allow" if reason.allowed else "deny")
    assert {"code", *words_in(fields)} == reason.to_fields().keys()


def test_reason_codes_explains_every_field() -> None:
    page = document("docs/reference/reason-codes.md")
    told = {word for row in page.table("Fields") for word in words_in(row[0])}
    assert told == {word for row in page.table("Codes") for word in words_in(row[3])}
    assert [f"at most {count}" in "".join(page.prose) for count in (ROLES_SHOWN, ELSEWHERE_SHOWN)] == [True, True]


# --- metrics -----------------------------------------------------------------------------------------------


def test_metrics_are_those_that_are_served() -> None:
    registry = CollectorRegistry()
    families = Families(registry, "0")
    families.durations.labels(*LABELS)
    families.requests.labels(*LABELS)
    store = StoreMetrics()
    store.register(registry)
    store.connection_closed("idle")
    store.checkout_failed("timeout")
    store.command("find", 0.1, failed=False)
    served = {
        (name_of(family.name, family.type), family.type, frozenset(family.samples[0].labels) - {"le"})
        for family in registry.collect()
    }
    rows = document("docs/reference/metrics.md").table("Names")
    assert {(unquoted(name), kind, frozenset(words_in(labels))) for name, kind, labels, _ in rows} == served


def name_of(family: str, kind: str) -> str:
    return f"{family}_total" if kind == "counter" else family


def test_no_document_names_a_metric_that_is_not_there() -> None:
    known = {unquoted(row[0]) for row in document("docs/reference/metrics.md").table("Names")}
    named = {word for page in all_pages() for word in re.findall(r"enterprise_service_\w+", page.path.read_text())}
    assert {word for word in named if re.sub("_(bucket|count|sum)$", "", word) not in known} == set()


# --- policy files -----------------------------------------------------------------------------------------------


def schema(kind: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / "policies" / "schemas" / f"{kind}.schema.json").read_text())
    return read


def schema_fields(root: Mapping[str, Any], node: Mapping[str, Any], of: str) -> Iterator[tuple[str, str, str]]:
    """Each field of the object ``node``, which is called ``of``, and of what is in it: name, of, required."""
    for name, found in node.get("properties", {}).items():
        yield name, of, "yes" if name in node.get("required", ()) else ""
        value = resolved(root, found)
        inner = resolved(root, value.get("items", value))
        for choice in inner.get("oneOf", ()):
            yield from schema_fields(root, resolved(root, choice), "role name")
        yield from schema_fields(root, inner, ITEMS.get(name, name))


def resolved(root: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in node:
        return node
    found: Mapping[str, Any] = root["definitions"][node["$ref"].removeprefix("#/definitions/")]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_policy_files_has_the_fields_of_the_schemas(kind: str) -> None:
    root = schema(kind)
    rows = document("docs/reference/policy-files.md").table(f"kind: {kind}")
    told = [(unquoted(name), of, required) for name, of, required, _ in rows]
    assert len(told) == len(set(told))
    assert set(told) == set(schema_fields(root, root, "file"))


def test_policy_files_names_the_built_in_roles() -> None:
    text = document("docs/reference/policy-files.md").path.read_text()
    (names,) = re.findall(r"ids of the built-in roles \(([^)]*)\)", text)
    assert set(words_in(names)) == BUILT_IN_IDS


# --- words -----------------------------------------------------------------------------------------------------


def test_the_glossary_has_the_names_on_the_wire() -> None:
    rows = document("docs/explanation/glossary.md").table("Words")
    told = {unquoted(letter): word for word, _, letter in rows}
    assert {wire: word for wire, (word, _) in TEXTS.items()}.items() <= told.items()


def test_the_glossary_explains_each_word_once() -> None:
    rows = document("docs/explanation/glossary.md").table("Words")
    words = [row[0] for row in rows]
    assert len(set(words)) == len(words) >= 25
    assert all(row[1] for row in rows)


def test_the_glossary_has_the_planes() -> None:
    (plane,) = [row[1] for row in document("docs/explanation/glossary.md").table("Words") if row[0] == "plane"]
    assert words_in(plane) == [plane.value for plane in (Plane.ALL, Plane.MANAGEMENT, Plane.DECISION)]
