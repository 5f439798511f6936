"""Probes, metrics and documentation."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from time import monotonic, sleep
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from enterprise_service.http.edge.problems import PROBLEMS
from tests.support.sample_policy import ALLOWED, AUTHORIZED, DENIED, REASONS
from tests.support.ways import InProcess, Way


def test_liveness(way: Way) -> None:
    assert way.get("/health/liveness").fields == {"status": "ok"}


def test_readiness_tells_revision_staleness_and_the_store(way: Way) -> None:
    reply = way.get("/health/readiness")
    assert reply.status == 200
    fields = reply.fields
    assert 0 <= fields.pop("staleness_seconds") < 60
    assert fields.pop("revision") >= 2
    assert fields == {"status": "ready", "dependencies": {"sqlite": {"status": "connected", "critical": True}}}


# --- metrics --------------------------------------------------------------------------------------------


def numbers(way: Way) -> dict[str, float]:
    """The series that are shown, and their values."""
    lines = way.get("/metrics").body.decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_all_metrics_are_named_for_the_service(way: Way) -> None:
    assert {name.partition("{")[0] for name in numbers(way)} >= {
        "enterprise_service_decisions_total",
        "enterprise_service_policy_revision",
        "enterprise_service_policy_staleness_seconds",
        "enterprise_service_store_up",
        "enterprise_service_build_info",
    }
    assert all(name.startswith("enterprise_service_") for name in numbers(way))


@pytest.fixture(params=["served", "in_process"])
def counting(request: pytest.FixtureRequest) -> Way:
    """The ways in that count together whatever process answers; under gunicorn each process counts for itself."""
    found: Way = request.getfixturevalue(request.param)
    return found


def settled(way: Way) -> dict[str, float]:
    """The numbers, with all that was counted before in them: processes tell once a second."""
    sleep(1.3)
    return numbers(way)


def grown(way: Way, before: dict[str, float], name: str) -> float:
    """By how much the number ``name`` is above ``before``, once all processes have told theirs."""
    return numbers(way).get(name, 0) - before.get(name, 0)


def eventually(way: Way, before: dict[str, float], name: str, expected: float) -> None:
    """The number ``name`` has grown by exactly ``expected`` within a few seconds."""
    until = monotonic() + 5
    while grown(way, before, name) != expected and monotonic() < until:
        sleep(0.1)
    assert grown(way, before, name) == expected


def test_decisions_are_counted_by_outcome(counting: Way) -> None:
    before = settled(counting)
    for _ in range(10):
        counting.ask(ALLOWED)
    counting.ask({**DENIED, "explain": True})
    counting.ask({"checks": [ALLOWED, DENIED, DENIED]}, target="/authorize/batch")
    counting.ask({"checks": [DENIED] * 101}, target="/authorize/batch")
    counting.ask({})
    counting.ask(headers={})
    eventually(counting, before, 'enterprise_service_decisions_total{outcome="allow"}', 11)
    eventually(counting, before, 'enterprise_service_decisions_total{outcome="deny"}', 104)
    eventually(counting, before, 'enterprise_service_decisions_total{outcome="error"}', 2)


def test_requests_are_counted_by_route_and_status(counting: Way) -> None:
    before = settled(counting)
    for _ in range(7):
        counting.ask()
    counting.ask({**ALLOWED, "explain": True})
    counting.ask({})
    labels = 'method="POST",route="/authorize",status="{}"'
    for status, count in ((200, 8), (400, 1)):
        eventually(counting, before, f"enterprise_service_http_requests_total{{{labels.format(status)}}}", count)
        name = f"enterprise_service_http_request_duration_seconds_count{{{labels.format(status)}}}"
        eventually(counting, before, name, count)
    assert numbers(counting)[f"enterprise_service_http_request_duration_seconds_sum{{{labels.format(200)}}}"] > 0


def test_buckets_of_a_duration_add_up(counting: Way) -> None:
    counting.ask()
    shown = numbers(counting)
    pattern = re.compile(r'.*_bucket\{le="([^"]+)",method="POST",route="/authorize",status="200"\}')
    buckets = [value for name, value in shown.items() if pattern.fullmatch(name)]
    assert buckets == sorted(buckets)
    assert len(buckets) == 13


def test_what_callers_make_up_makes_no_series(way: Way) -> None:
    way.ask()
    way.get("/metrics")
    before = numbers(way).keys()
    for number in range(300):
        way.get(f"/made-up/{number}")
        way.ask({**ALLOWED, "sub": f"s{number}", "dom": f"d{number}"})
    for method in ("PUT", "DELETE", "TRACE", "PROPFIND", "LINK"):
        way.send(method, "/authorize")
    assert (
        len(numbers(way).keys() - before) <= 13 * 16
    )  # probes and the like that were first asked meanwhile; far less than were made up


def test_gauges_tell_of_the_policy(way: Way) -> None:
    shown = numbers(way)
    assert shown["enterprise_service_policy_revision"] >= 2
    assert 0 <= shown["enterprise_service_policy_staleness_seconds"] < 60
    assert shown["enterprise_service_store_up"] == 1


def test_other_formats_are_given_to_who_asks(way: Way) -> None:
    reply = way.send("GET", "/metrics", [("Accept", "application/openmetrics-text; version=1.0.0")])
    assert (reply.header("content-type") or "").startswith("application/openmetrics-text")


# --- documentation --------------------------------------------------------------------------------------


def document(way: Way) -> dict[str, Any]:
    found: dict[str, Any] = way.get("/api-docs/openapi.json").fields
    return found


def validator(way: Way, name: str) -> Draft202012Validator:
    """Of the schema ``name``, which may refer to others."""
    return Draft202012Validator({**document(way), "$ref": f"#/components/schemas/{name}"})


def test_the_document_is_openapi_3_1_and_names_every_path(way: Way, in_process: InProcess) -> None:
    found = document(way)
    assert found["openapi"].startswith("3.1")
    routes = {
        (re.sub("<(.+?)>", r"{\1}", rule.rule), method.lower())
        for rule in in_process.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert {
        (path, method) for path, item in found["paths"].items() for method in item if method != "parameters"
    } == routes


def test_every_schema_is_one(way: Way) -> None:
    for schema in document(way)["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_example_fits_its_schema(way: Way) -> None:
    found = document(way)
    operations = [o for item in found["paths"].values() for method, o in item.items() if method != "parameters"]
    holders = [h for o in operations for h in (*o["responses"].values(), o.get("requestBody", {}))]
    contents = [content for holder in holders for content in holder.get("content", {}).values()]
    examples = [(c["schema"], e["value"]) for c in contents for e in c.get("examples", {}).values()]
    assert len(examples) > 80
    for schema, value in examples:
        Draft202012Validator({**found, **schema}).validate(value)


def test_every_problem_is_told_to_programs_by_its_code(in_process: InProcess) -> None:
    operations = [o for item in document(in_process)["paths"].values() for m, o in item.items() if m != "parameters"]
    told = [(int(status), answer) for operation in operations for status, answer in operation["responses"].items()]
    problems = [(status, answer) for status, answer in told if "application/problem+json" in answer.get("content", {})]
    assert len(problems) > 200
    for status, answer in problems:
        assert answer["x-problem-codes"]
        assert {PROBLEMS[code].status for code in answer["x-problem-codes"]} == {status}
        assert all(f"`{code}`" in answer["description"] for code in answer["x-problem-codes"])


def test_no_object_has_fields_but_those_that_are_told(in_process: InProcess) -> None:
    schemas = document(in_process)["components"]["schemas"]
    assert [name for name, schema in schemas.items() if schema.get("additionalProperties") is not False] == []


def test_the_page_shows_every_parameter(in_process: InProcess) -> None:
    page = in_process.get("/api-docs").body.decode()
    items = document(in_process)["paths"].values()
    found = [
        p for item in items for m, o in item.items() for p in (o if m == "parameters" else o.get("parameters", []))
    ]
    assert {"cursor", "dry_run", "Idempotency-Key", "organization_id"} <= {parameter["name"] for parameter in found}
    assert all(f"<td><code>{parameter['name']}</code></td><td>{parameter['in']}</td>" in page for parameter in found)


@pytest.mark.parametrize("code", REASONS)
def test_answers_fit_their_schema(way: Way, code: str) -> None:
    question = {**REASONS[code][0], "explain": True}
    validator(way, "Question").validate(question)
    validator(way, "Decision").validate(way.ask(question).fields)
    batch = way.ask({"checks": [question, ALLOWED]}, target="/authorize/batch")
    validator(way, "BatchDecision").validate(batch.fields)


def test_problems_and_probes_fit_their_schema(way: Way) -> None:
    validator(way, "Problem").validate(way.ask({}).fields)
    validator(way, "Problem").validate(way.get("/nowhere").fields)
    validator(way, "Readiness").validate(way.get("/health/readiness").fields)
    validator(way, "Liveness").validate(way.get("/health/liveness").fields)


@pytest.mark.parametrize("fields", [{"sub": ""}, {"dom": "a b"}, {"at_least": -1}, {"extra": 1}, {"explain": 1}])
def test_the_schema_refuses_what_the_service_refuses(way: Way, fields: dict[str, object]) -> None:
    question = {**ALLOWED, **fields}
    assert not validator(way, "Question").is_valid(question)
    assert way.ask(question).status == 400


def test_every_code_that_was_seen_is_documented_for_its_path(way: Way) -> None:
    responses = document(way)["paths"]["/authorize"]["post"]["responses"]
    plain = way.send("POST", "/authorize", [*AUTHORIZED.items(), ("Content-Type", "text/plain")], b"?")
    replies = (way.ask({}), way.ask(headers={}), plain, way.ask({**ALLOWED, "at_least": 2**53 - 1}))
    for reply in replies:
        assert f"`{reply.code}`" in responses[str(reply.status)]["description"]


def test_the_page_shows_every_path_schema_and_code(way: Way) -> None:
    page = way.get("/api-docs").body.decode()
    found = document(way)
    assert all(path in page for path in found["paths"])
    assert all(f'<h3 id="at-{name.lower()}">{name}</h3>' in page for name in found["components"]["schemas"])
    assert all(f'<tr id="{code}">' in page for code in PROBLEMS)
    assert "/patients/42/chart" in page


def test_every_link_of_the_page_leads_somewhere(way: Way) -> None:
    page = way.get("/api-docs").body.decode()
    anchors = set(re.findall(r'id="([^"]+)"', page))
    links = set(re.findall(r'href="([^"]+)"', page))
    assert len(anchors) == page.count('id="')
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    assert {link for link in links if not link.startswith("#")} == {"/api-docs/openapi.json"}


def test_the_page_needs_nothing_but_itself(way: Way) -> None:
    reply = way.get("/api-docs")
    page = reply.body.decode()
    assert not re.search(r"<script|<link|<img|src=|url\(|@import|https?://|\son\w+=", page)
    policy = reply.header("content-security-policy") or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_the_style_is_the_one_that_the_policy_lets_through(way: Way) -> None:
    reply = way.get("/api-docs")
    (style,) = re.findall(r"<style>(.*?)</style>", reply.body.decode(), re.DOTALL)
    assert b64encode(sha256(style.encode()).digest()).decode() in (reply.header("content-security-policy") or "")


def test_nothing_of_a_tenant_is_shown_without_a_credential(way: Way) -> None:
    way.ask({**ALLOWED, "sub": "a-secret-subject", "dom": "c1"})
    for target in ("/health/liveness", "/health/readiness", "/metrics", "/api-docs", "/api-docs/openapi.json"):
        shown = way.get(target).body
        assert b"a-secret-subject" not in shown
        assert b"dr.old" not in shown
        assert AUTHORIZED["Authorization"].encode() not in shown
        assert json.dumps("o1").encode() not in shown
