"""Writes `docs/reference/management-api.md` from the OpenAPI document that the service serves.

    .venv/bin/python ops/reference.py

A test fails when the page differs from what this makes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from enterprise_service.bootstrap import build_service, prepare
from enterprise_service.http.app import create_app
from enterprise_service.http.edge.problems import PROBLEMS
from enterprise_service.settings import Settings

PAGE: Final = Path(__file__).resolve().parents[1] / "docs/reference/management-api.md"
MANY: Final = 4
"""A parameter of so many calls is told once."""

PREFIX: Final = "/api/v1"

INTRODUCTION: Final = """\
# Management API

Every path under `/api/v1`: what it takes, what it answers, and the problem codes that it may answer with. The page is
made from the OpenAPI document by `ops/reference.py`. The running service shows the same at `/api-docs`, with examples.

What all calls have in common (bodies, credentials, tags, idempotency, lists, dry runs) is told in [HTTP
API](http-api.md#management). What each code means is in [errors](errors.md), and who may make which call in
[authority](authority.md)."""

PARAMETERS: Final = """\
## Parameters of many calls

| parameter | in | type | meaning |
|---|---|---|---|"""

PROBLEMS_OF_ALL: Final = "## Problems of every call"

RECORDS: Final = """\
## What bodies and answers hold

Where some fields are marked as required, the others may be missing; where none is, all of them are always there."""

Json = Mapping[str, Any]


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(), "utf-8")


def page() -> str:
    """The page, as the program is now."""
    return page_of(Contract(served()))


def page_of(contract: Contract) -> str:
    """The page of ``contract``."""
    return "\n".join(_lines(contract)) + "\n"


def served() -> Json:
    """The OpenAPI document of a service that does everything."""
    with TemporaryDirectory() as folder:
        settings = Settings(sqlite_path=Path(folder) / "data" / "enterprise.db")
        prepare(settings)
        with build_service(settings) as service:
            answer = create_app(service).test_client().get("/api-docs/openapi.json")
            document: Json = answer.get_json()
            return document


# --- what the document says ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operation:
    """A call: its method, its path, and what the document says of it."""

    method: str
    path: str
    about: Json
    parameters: tuple[Json, ...]

    @property
    def codes(self) -> set[str]:
        """The problems that it may be answered with."""
        return {code for answer in self.about["responses"].values() for code in answer.get("x-problem-codes", ())}


class Contract:
    """The document, as far as it is about `/api/v1`."""

    def __init__(self, document: Json) -> None:
        self.tags = document["tags"]
        self.schemas: Json = document["components"]["schemas"]
        self.operations = [
            Operation(method.upper(), path, about, (*item.get("parameters", ()), *about.get("parameters", ())))
            for path, item in document["paths"].items()
            if path.startswith(PREFIX)
            for method, about in item.items()
            if method != "parameters"
        ]
        self.common = set.intersection(*(operation.codes for operation in self.operations))
        named = Counter(_identity(each) for operation in self.operations for each in operation.parameters)
        self.shared = {
            identity for identity, times in named.items() if times >= MANY and not identity.startswith("path ")
        }

    def shared_parameters(self) -> list[Json]:
        """Those that more than one call has, each once, in the order in which they come."""
        every = (each for operation in self.operations for each in operation.parameters)
        return list({_identity(each): each for each in every if _identity(each) in self.shared}.values())


def _identity(parameter: Json) -> str:
    return f"{parameter['in']} {parameter['name']}: {parameter['description']}"


# --- lines -------------------------------------------------------------------------------------------------------


def _lines(contract: Contract) -> Iterator[str]:
    yield from (INTRODUCTION, "", PARAMETERS, *map(_parameter_row, contract.shared_parameters()))
    yield from ("", PROBLEMS_OF_ALL, "", *_problem_rows(contract.common))
    for tag in contract.tags:
        found = [operation for operation in contract.operations if operation.about["tags"] == [tag["name"]]]
        if found:
            yield from ("", f"## Calls: {tag['name']}", "", tag["description"])
            for operation in found:
                yield from _operation(contract, operation)
    yield from ("", RECORDS, *_records(contract))


def _operation(contract: Contract, operation: Operation) -> Iterator[str]:
    about = operation.about
    yield from ("", f"### {operation.method} {operation.path}", "", _sentences(about))
    yield from _parameters(contract, operation)
    if "requestBody" in about:
        yield from ("", *_body(contract, about["requestBody"]["content"]))
    yield from ("", "| answer | when | holds |", "|---|---|---|", *_answers(about["responses"]))
    own = operation.codes - contract.common
    if own:
        yield from ("", *_problem_rows(own))


def _sentences(about: Json) -> str:
    summary: str = about["summary"]
    return f"{summary}{'' if summary.endswith('?') else '.'} {_flat(about['description'])}"


def _parameters(contract: Contract, operation: Operation) -> Iterator[str]:
    own = [each for each in operation.parameters if _identity(each) not in contract.shared]
    if own:
        yield from ("", "| parameter | in | type | meaning |", "|---|---|---|---|", *map(_parameter_row, own))
    shared = [f"`{each['name']}`" for each in operation.parameters if _identity(each) in contract.shared]
    if shared:
        yield from ("", f"[Parameters of many calls](#parameters-of-many-calls): {', '.join(shared)}.")


def _parameter_row(parameter: Json) -> str:
    required = ", required" if parameter.get("required") and parameter["in"] != "path" else ""
    default = parameter["schema"].get("default")
    told = "" if default is None else f" Default `{str(default).lower()}`."
    kind = _type(parameter["schema"])
    return _row(f"`{parameter['name']}`", parameter["in"], kind + required, _flat(parameter["description"]) + told)


def _body(contract: Contract, content: Json) -> Iterator[str]:
    (first, *_) = content.values()
    yield f"The body, {' or '.join(f'`{media_type}`' for media_type in content)}:"
    yield from ("", *_fields(contract.schemas[_name(first["schema"])]))


def _answers(responses: Json) -> Iterator[str]:
    for status, answer in responses.items():
        if "x-problem-codes" not in answer:
            kinds = (_type(content["schema"]) for content in answer.get("content", {}).values())
            yield _row(status, answer["description"], ", ".join(kinds) or "nothing")


def _problem_rows(codes: Iterable[str]) -> Iterator[str]:
    yield from ("| status | code | meaning |", "|---|---|---|")
    for code in sorted(codes, key=lambda code: (PROBLEMS[code].status, code)):
        yield _row(str(PROBLEMS[code].status), f"`{code}`", PROBLEMS[code].title)


def _records(contract: Contract) -> Iterator[str]:
    for name in _named(contract):
        schema = contract.schemas[name]
        yield from ("", f"### {name}", "", *_fields(schema))


def _named(contract: Contract) -> list[str]:
    """The schemas that answers are made of, and those in them and in bodies, in the order of the document."""
    waiting = [name for operation in contract.operations for name in _names(operation.about["responses"])]
    for operation in contract.operations:
        for body in _names(operation.about.get("requestBody", {})):
            waiting.extend(_names(contract.schemas[body]))
    found = set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_names(contract.schemas[name]))
    return [name for name in contract.schemas if name in found]


def _fields(schema: Json) -> Iterator[str]:
    required = schema.get("required", ())
    if not schema.get("properties"):
        yield "No fields."
        return
    yield from ("| field | type | meaning |", "|---|---|---|")
    always = required and len(required) == len(schema["properties"])
    for name, value in schema["properties"].items():
        mark = ", required" if name in required and not always else ""
        yield _row(f"`{name}`", _type(value) + mark, _flat(value.get("description", "")))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


# --- types -------------------------------------------------------------------------------------------------------


def _type(schema: Json) -> str:
    """The type of a value, in words."""
    if "$ref" in schema:
        name = _name(schema)
        return f"[{name}](#{name.lower()})"
    if "oneOf" in schema:
        return " or ".join(map(_type, schema["oneOf"]))
    if "enum" in schema:
        return " or ".join(f"`{'null' if value is None else value}`" for value in schema["enum"])
    kinds = schema.get("type", "object")
    if isinstance(kinds, list):
        return " or ".join("`null`" if kind == "null" else _type({**schema, "type": kind}) for kind in kinds)
    return _plain(kinds, schema)


def _plain(kind: str, schema: Json) -> str:
    match kind:
        case "string":
            return _text(schema)
        case "array":
            return f"list of {_type(schema.get('items', {}))}"
        case "integer":
            return f"whole number{_bounds(schema, 'minimum', 'maximum')}"
        case "object" if schema.get("properties"):
            return " and ".join(f"`{name}`" for name in schema["properties"])
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return "object of texts"
    return {"boolean": "`true` or `false`"}.get(kind, kind)


def _text(schema: Json) -> str:
    if schema.get("format") == "date-time":
        return "time"
    if "A-Za-z0-9" in schema.get("pattern", ""):
        return "id"
    return f"text{_bounds(schema, 'minLength', 'maxLength')}"


def _bounds(schema: Json, least: str, most: str) -> str:
    if most not in schema:
        return ""
    low, high = schema.get(least, 0), schema[most]
    return f", {low} to {'2^53-1' if high == 2**53 - 1 else f'{high:,}'}"


def _names(schema: Json) -> Iterator[str]:
    """The schemas that are named anywhere in ``schema``."""
    yield from re.findall(r"#/components/schemas/(\w+)", repr(schema))


def _name(schema: Json) -> str:
    (name,) = _names(schema)
    return name


def _flat(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
