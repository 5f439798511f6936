"""The page about HTTP and the service say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema

from enterprise_service.bootstrap import build_service
from enterprise_service.http.app import create_app
from enterprise_service.http.decisions.schemas import BatchSchema, QuestionSchema
from enterprise_service.secret import Secret
from enterprise_service.settings import Settings
from tests.support.command_line import Machine
from tests.support.documents import Block, document, unquoted

PAGE = "docs/reference/http-api.md"
ASKS = "asks: POST "
KEY = "k" * 32


@pytest.fixture
def settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Settings:
    """A store with the sample data."""
    machine = Machine(tmp_path, capsys)
    machine.load()
    return Settings(sqlite_path=machine.store, bootstrap_api_key=Secret(KEY))


@pytest.fixture
def client(settings: Settings) -> Iterator[FlaskClient]:
    with build_service(settings) as service:
        client = create_app(service).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
        yield client


def test_the_paths_are_those_of_the_application(client: FlaskClient) -> None:
    rules = client.application.url_map.iter_rules()
    served = {(rule.rule, method) for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    told = {(unquoted(row[0]), row[1]) for row in document(PAGE).table("Paths")}
    assert told == {(rule, method) for rule, method in served if not rule.startswith("/api/v1/")}
    assert any(rule.startswith("/api/v1/") for rule, _ in served)


@pytest.mark.parametrize("row", document(PAGE).table("Paths"), ids=lambda row: unquoted(row[0]))
def test_a_path_needs_a_credential_just_where_it_says_so(client: FlaskClient, row: tuple[str, ...]) -> None:
    del client.environ_base["HTTP_AUTHORIZATION"]
    answer = client.open(unquoted(row[0]), method=row[1], json={} if row[1] == "POST" else None)
    assert answer.status_code == (401 if row[2] == "yes" else 200)


@pytest.mark.parametrize(
    ("heading", "schema"), [("POST /authorize", QuestionSchema()), ("POST /authorize/batch", BatchSchema())]
)
def test_the_fields_are_those_that_are_read(heading: str, schema: Schema) -> None:
    told = {unquoted(name): kind.endswith(", required") for name, kind, _ in document(PAGE).table(heading)}
    assert told == {name: field.required for name, field in schema.fields.items()}


def asked() -> list[tuple[Block, Block]]:
    blocks = document(PAGE).blocks
    return [(block, blocks[i + 1]) for i, block in enumerate(blocks) if block.comment.startswith(ASKS)]


def test_every_question_on_the_page_is_answered_as_it_shows(client: FlaskClient) -> None:
    pairs = asked()
    assert len(pairs) >= 5
    for question, answer in pairs:
        given = client.post(question.comment.removeprefix(ASKS), json=json.loads(question.text))
        assert (given.status_code, given.get_json()) == (200, json.loads(answer.text))


def test_the_headers_of_an_answer_are_there(client: FlaskClient) -> None:
    question, _ = asked()[0]
    given = client.post("/authorize", json=json.loads(question.text))
    headers = [unquoted(row[0]) for row in headers_table()]
    assert headers
    assert [name for name in headers if name not in given.headers] == []


def headers_table() -> list[tuple[str, ...]]:
    """The second table of its section."""
    lines = document(PAGE).prose
    start = lines.index("| header of the answer | meaning |")
    rows = [line.split("|") for line in lines[start + 2 : start + 4]]
    return [tuple(cell.strip() for cell in row[1:-1]) for row in rows]


def test_readiness_has_the_form_that_is_shown(client: FlaskClient) -> None:
    (shown,) = [json.loads(block.text) for block in document(PAGE).blocks if '"staleness_seconds"' in block.text]
    said = client.get("/health/readiness").get_json()
    assert said | {"staleness_seconds": 0} == shown | {"staleness_seconds": 0}


def test_an_error_has_the_form_that_is_shown(client: FlaskClient) -> None:
    (shown,) = [json.loads(block.text) for block in document("docs/reference/errors.md").blocks]
    body = {"sub": "dr.lee", "dom": "bright-harbor", "obj": "/patients"}
    said: Any = client.post("/authorize", json=body, headers={"X-Request-ID": shown["request_id"]})
    assert said.mimetype == "application/problem+json"
    assert said.get_json() == shown
