"""The schema for editors and the reference say what the program reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from enterprise_policy.state.record import Kind
from enterprise_service.bundles.faults import PolicyFilesError
from enterprise_service.imports.conversions import Conversion
from enterprise_service.imports.mapping import SHAPES
from enterprise_service.imports.report import Fate
from tests.support.documents import ROOT, document, unquoted
from tests.unit.imports.bringing import MAPPING, mapping

SCHEMA: dict[str, Any] = json.loads((ROOT / "policies/schemas/import.schema.json").read_text())
VALIDATOR = Draft7Validator(SCHEMA)
PAGE = document("docs/reference/import-mapping.md")
HOW_TO = document("docs/how-to/import-what-you-have.md")

HEAD = "kind: import\nsource: crm\nrecords:\n"
ORG = "  - make: organization\n    fields: {id: a, name: b}\n"

BROKEN = [
    "{}\n",
    "kind: role\nsource: crm\nrecords:\n" + ORG,
    "kind: import\nrecords:\n" + ORG,
    "kind: import\nsource: a b\nrecords:\n" + ORG,
    "kind: import\nsource: crm\nrecords: []\n",
    HEAD + "  - make: role\n    fields: {}\n",
    HEAD + "  - make: clinic\n",
    HEAD + ORG.replace(", name: b", ""),
    HEAD + ORG.replace("name: b", "name: b, naam: c"),
    HEAD + ORG.replace("b}", "b..c}"),
    HEAD + ORG.replace("b}", "{}}"),
    HEAD + ORG.replace("b}", "{from: a, value: b}}"),
    HEAD + ORG.replace("b}", "{text: plain}}"),
    HEAD + ORG.replace("b}", "{from: a, as: date}}"),
    HEAD + ORG.replace("b}", "{from: a, map: [x]}}"),
    HEAD + ORG + "    when: {a: true}\n",
    HEAD + ORG + "    each: a..b\n",
]


def example() -> str:
    (found,) = [block.text for block in HOW_TO.blocks if block.language == "yaml"]
    return found + "\n"


@pytest.mark.parametrize("text", [MAPPING, HEAD + ORG, example()], ids=["all kinds", "least", "how-to"])
def test_schema_and_program_take_what_is_right(text: str) -> None:
    VALIDATOR.validate(yaml.safe_load(text))
    assert mapping(text).source == "crm"


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_schema_and_program_refuse_the_same(text: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(text))
    with pytest.raises(PolicyFilesError):
        mapping(text)


@pytest.mark.parametrize("kind", SHAPES)
def test_the_schema_has_the_fields_of_each_kind(kind: Kind) -> None:
    found = SCHEMA["definitions"][kind.value]
    assert tuple(found["required"]) == SHAPES[kind].required
    assert set(found["properties"]) == {*SHAPES[kind].required, *SHAPES[kind].optional}


def test_the_page_has_the_fields_of_each_kind() -> None:
    told = {(unquoted(name), of, required == "yes") for name, of, required in PAGE.table("Fields of what is made")}
    assert told == {
        (name, kind.value, name in shape.required)
        for kind, shape in SHAPES.items()
        for name in (*shape.required, *shape.optional)
    }


@pytest.mark.parametrize(
    ("heading", "properties"),
    [
        ("Fields of the file", SCHEMA["properties"]),
        ("Fields of a record", SCHEMA["definitions"]["record"]["properties"]),
        ("Values", SCHEMA["definitions"]["made"]["properties"]),
    ],
    ids=["file", "record", "value"],
)
def test_the_page_has_the_fields_of_the_schema(heading: str, properties: dict[str, Any]) -> None:
    assert [unquoted(row[0]) for row in PAGE.table(heading)] == list(properties)


def test_the_page_has_each_fate_and_the_schema_each_conversion() -> None:
    assert [unquoted(row[0]) for row in PAGE.table("What is taken")] == [fate.value for fate in Fate]
    assert SCHEMA["definitions"]["made"]["properties"]["as"]["enum"] == [each.value for each in Conversion]
    text = PAGE.path.read_text()
    assert all(f"| `{each.value}` |" in text for each in Conversion)
