"""The schemas that editors use: they refuse what the program refuses, and explain what they ask for."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from enterprise_policy.state.built_in import BUILT_IN_IDS
from enterprise_policy.values import names, patterns
from enterprise_policy.values.windows import parse_instant

FOLDER = Path(__file__).resolve().parents[3] / "policies" / "schemas"
SCHEMAS: dict[str, dict[str, Any]] = {
    kind: json.loads((FOLDER / f"{kind}.schema.json").read_text(encoding="utf-8"))
    for kind in ("catalogue", "role", "tenant", "cases")
}
EVERY_KIND = pytest.mark.parametrize("kind", SCHEMAS)

GOOD: dict[str, dict[str, Any]] = {
    "catalogue": {
        "kind": "catalogue",
        "resources": [
            {
                "resource": "/payments/:payment_id",
                "label": "One payment",
                "group": "Money",
                "description": "The amount and the way of one payment.",
                "actions": [{"action": "refund", "label": "Pay back", "description": "Return money."}],
            }
        ],
    },
    "role": {
        "kind": "role",
        "id": "dentist",
        "inherits": ["hygienist", {"domain": "platform", "id": "assistant"}],
        "permissions": [{"resource": "/patients/:patient_id", "actions": ["read"], "effect": "deny"}],
    },
    "tenant": {
        "kind": "tenant",
        "organization": {"id": "bright", "name": "Bright", "status": "active", "attributes": {"size": "12"}},
        "clinics": [{"id": "harbor", "name": "Harbor", "parent": "bright"}],
        "roles": [{"id": "front-desk", "domain": "harbor", "extends": "platform", "permissions": []}],
        "providers": [{"provider": "dr.lee", "clinic": "harbor", "roles": ["dentist"]}],
        "assignments": [{"subject": "zoë", "role": "owner", "domain": "bright", "starts_at": "2024-01-01T00:00:00Z"}],
    },
    "cases": {
        "kind": "cases",
        "cases": [
            {
                "name": "A dentist reads a chart",
                "subject": "dr.lee",
                "action": "read",
                "resource": "/patients/42/chart",
                "domain": "harbor",
                "expect": "allow",
                "reason": "allowed_by_permission",
            }
        ],
    },
}

GONE: Final = object()
"""In place of a value: the field is taken out."""

# kind, where, and what is put there.
BROKEN: list[tuple[str, str, object]] = [
    ("catalogue", "kind", "role"),
    ("catalogue", "kind", GONE),
    ("catalogue", "resources", GONE),
    ("catalogue", "resources", {}),
    ("catalogue", "resources/0/label", ""),
    ("catalogue", "resources/0/group", GONE),
    ("catalogue", "resources/0/colour", "red"),
    ("catalogue", "resources/0/label", "two\nlines"),
    ("catalogue", "resources/0/description", "a\ttab"),
    ("catalogue", "resources/0/resource", "/payments/"),
    ("catalogue", "resources/0/actions", []),
    ("catalogue", "resources/0/actions/0/action", "*"),
    ("catalogue", "resources/0/actions/0/dangerous", "yes"),
    ("catalogue", "resources/0/actions/0/tenants", 1),
    ("role", "kind", "Role"),
    ("role", "id", GONE),
    ("role", "id", "-dentist"),
    ("role", "id", "den tist"),
    ("role", "id", "dentist\n"),
    ("role", "id", "d" * 129),
    ("role", "id", 7),
    ("role", "id", "auditor"),
    ("role", "subjects", ["dr.lee"]),
    ("role", "extends", "platform"),
    ("role", "inherits", "hygienist"),
    ("role", "inherits/0", {"domain": "platform"}),
    ("role", "inherits/1", "hygienist"),
    ("role", "permissions/0/resource", GONE),
    ("role", "permissions/0/resource", "/patients/*/chart"),
    ("role", "permissions/0/resource", "/patients/:/chart"),
    ("role", "permissions/0/resource", "/patients/../chart"),
    ("role", "permissions/0/resource", "/management/roles"),
    ("role", "permissions/0/actions", "read"),
    ("role", "permissions/0/actions", []),
    ("role", "permissions/0/actions", ["read", "read"]),
    ("role", "permissions/0/actions/0", True),
    ("role", "permissions/0/effect", "Deny"),
    ("tenant", "organization", GONE),
    ("tenant", "organization/id", "platform"),
    ("tenant", "organization/name", GONE),
    ("tenant", "organization/status", "closed"),
    ("tenant", "organization/attributes/size", 12),
    ("tenant", "clinics/0/id", "Zahnärzte"),
    ("tenant", "clinics/0/parent_id", "bright"),
    ("tenant", "roles/0/id", "platform-admin"),
    ("tenant", "providers/0/roles", []),
    ("tenant", "providers/0/roles", "dentist"),
    ("tenant", "providers/0/provider", "system:sweep"),
    ("tenant", "providers/0/provider", "zoë"),
    ("tenant", "providers/0/ends_at", "2026-01-31"),
    ("tenant", "providers/0/ends_at", "2026-01-31T08:00:00+01:00"),
    ("tenant", "assignments/0/subject", "role:platform/owner"),
    ("tenant", "assignments/0/subject", "bootstrap"),
    ("tenant", "assignments/0/subject", ""),
    ("tenant", "assignments/0/role", GONE),
    ("tenant", "assignments/0/starts_at", 1704067200),
    ("tenant", "assignments/0/reason", "r" * 501),
    ("cases", "cases", []),
    ("cases", "cases/0/name", ""),
    ("cases", "cases/0/subject", GONE),
    ("cases", "cases/0/action", "re\tad"),
    ("cases", "cases/0/resource", "/patients//chart"),
    ("cases", "cases/0/domain", "two words"),
    ("cases", "cases/0/expect", "allowed"),
    ("cases", "cases/0/reason", "no_assignment"),
    ("cases", "cases/0/reason", "forbidden"),
    ("cases", "cases/0/skip", True),
]


def broken(kind: str, where: str, value: object) -> dict[str, Any]:
    document = copy.deepcopy(GOOD[kind])
    *steps, last = (int(step) if step.isdigit() else step for step in where.split("/"))
    place: Any = document
    for step in steps:
        place = place[step]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return document


def faults(kind: str, document: dict[str, Any]) -> list[str]:
    """Where ``document`` breaks the schema: a pointer for each fault."""
    errors = Draft7Validator(SCHEMAS[kind]).iter_errors(document)
    return ["/".join(map(str, error.absolute_path)) for error in errors]


@EVERY_KIND
def test_a_good_document_passes(kind: str) -> None:
    assert faults(kind, GOOD[kind]) == []


@pytest.mark.parametrize(
    ("kind", "where", "value"),
    [pytest.param(*row, id=f"{i}-{row[0]}-{row[1].replace('/', '.')}") for i, row in enumerate(BROKEN)],
)
def test_a_broken_document_is_refused_where_it_is_broken(kind: str, where: str, value: object) -> None:
    found = faults(kind, broken(kind, where, value))
    assert found
    # What is missing or unknown is reported at the object that should or shouldn't have it.
    assert all(f"{where}/".startswith(f"{fault}/" if fault else "") for fault in found)


@pytest.mark.parametrize(("expect", "reason"), [("deny", "allowed_by_permission"), ("allow", "no_assignment")])
def test_the_reason_of_a_case_fits_its_answer(expect: str, reason: str) -> None:
    document = broken("cases", "cases/0/expect", expect)
    document["cases"][0]["reason"] = reason
    assert faults("cases", document) == ["cases/0/reason"]


@pytest.mark.parametrize("role", sorted(BUILT_IN_IDS))
def test_built_in_roles_can_be_given_and_not_made(role: str) -> None:
    assert faults("role", broken("role", "id", role)) == ["id"]
    assert faults("tenant", broken("tenant", "roles/0/id", role)) == ["roles/0/id"]
    assert faults("tenant", broken("tenant", "assignments/0/role", role)) == []


# -- the schemas and the program refuse the same names ---------------------------------------------------

LETTERS = st.text(alphabet="ab9/:*._-~ \n\t\x85é", max_size=12)
LONG = st.builds(lambda text, times: text * times, LETTERS, st.sampled_from([1, 20, 100]))


def accepts(definition: str, text: str, kind: str = "tenant") -> bool:
    """Whether the schema's ``definition`` takes ``text``."""
    schema = {"$ref": f"#/definitions/{definition}", "definitions": SCHEMAS[kind]["definitions"]}
    return Draft7Validator(schema).is_valid(text)


@given(LONG)
@example("a")
@example("a\n")
@example("a" * 128)
@example("a" * 129)
def test_ids_are_the_programs(text: str) -> None:
    assert accepts("domain", text) == (names.id_fault(text) is None)
    assert accepts("provider", text) == (names.provider_fault(text) is None)


@given(st.builds(str.__add__, st.sampled_from(["", "role:", "key:", "system:", "bootstrap", "keys:"]), LONG))
@example("bootstrap")
@example("bootstraps")
@example("x" * 256)
@example("x" * 257)
def test_subjects_are_the_programs(text: str) -> None:
    assert accepts("subject", text) == (names.subject_fault(text) is None)


@given(st.builds(str.__add__, st.sampled_from(["", "/", "/a/", "/:", "/a/*"]), LONG))
@example("*")
@example(":")
@example("/")
@example("/*")
@example("/a/..")
@example("/...")
@example("/a/:")
@example("/a\n")
@example("/" + "a" * 1023)
@example("/" + "a" * 1024)
def test_patterns_and_resources_are_the_programs(text: str) -> None:
    assert accepts("pattern", text) == (patterns.pattern_fault(text) is None)
    question = broken("cases", "cases/0/resource", text)
    assert (faults("cases", question) == []) == (names.resource_fault(text) is None)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T08:00:00Z",
        "2026-01-31t08:00:00.5z",
        "2026-01-31T08:00:00-00:00",
        "2026-01-31T08:00:00",
        "2026-01-31T08:00:00Z\n",
        "2026-01-31 08:00:00Z",
        "2026-13-01T08:00:00Z",
        "2026-01-32T08:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T08:00:60Z",
        "2026-01-31T08:00:00.1234567Z",
        "2026-01-31T08:00:00+02:00",
    ],
)
def test_times_are_the_programs(text: str) -> None:
    assert accepts("time", text) == is_read(parse_instant, text)


def is_read(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


# -- what an editor shows --------------------------------------------------------------------------------


def parts(schema: object) -> Iterator[dict[str, Any]]:
    """Every JSON object anywhere in ``schema``, itself included."""
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from parts(inner)


def fields(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each named field anywhere in the schema, with what describes it."""
    definitions = SCHEMAS[kind]["definitions"]
    for part in parts(SCHEMAS[kind]):
        if part.get("type") == "object":
            for name, field in part.get("properties", {}).items():
                yield name, definitions[field["$ref"].rpartition("/")[2]] if "$ref" in field else field


@EVERY_KIND
def test_a_schema_is_one_that_editors_understand(kind: str) -> None:
    assert SCHEMAS[kind]["$schema"] == "http://json-schema.org/draft-07/schema#"
    Draft7Validator.check_schema(SCHEMAS[kind])


@EVERY_KIND
def test_every_field_has_a_title_and_a_description(kind: str) -> None:
    assert [name for name, field in fields(kind) if not (field["title"] and field["description"])] == []


@EVERY_KIND
def test_no_object_takes_a_field_that_it_does_not_know(kind: str) -> None:
    objects = [part for part in parts(SCHEMAS[kind]) if part.get("type") == "object"]
    assert objects
    assert all(part["additionalProperties"] is not True for part in objects)


@EVERY_KIND
def test_examples_and_defaults_are_right(kind: str) -> None:
    definitions = SCHEMAS[kind]["definitions"]
    for schema in [SCHEMAS[kind], *(field for _, field in fields(kind)), *definitions.values()]:
        validator = Draft7Validator({**schema, "definitions": definitions})
        shown = [*schema.get("examples", []), *([schema["default"]] if "default" in schema else [])]
        assert all(validator.is_valid(value) for value in shown), schema["title"]


def test_a_definition_is_the_same_in_every_schema() -> None:
    for schema in SCHEMAS.values():
        for name, definition in schema["definitions"].items():
            homes = [other["definitions"][name] for other in SCHEMAS.values() if name in other["definitions"]]
            assert homes == [definition] * len(homes)
