"""Every text that is allowed comes back as it went in: by the API, the store, exports and imports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from enterprise_policy.values.patterns import pattern_fault
from enterprise_service.bootstrap import build_service, prepare
from enterprise_service.http.app import create_app
from enterprise_service.settings import read_settings
from tests.support.command_line import Machine
from tests.support.management import Management
from tests.support.raw_http import Reply
from tests.support.sample_policy import KEY
from tests.support.strange_texts import REFUSED, TEXTS, near
from tests.support.ways import InProcess

PLACES = {name: f"c{number}" for number, name in enumerate(TEXTS)}
"""The clinic of each text."""

LONGEST = {"name": 256, "attribute": 1024, "reason": 500, "subject": 256, "action": 128, "resource": 1024}
TOOTH = "\U0001f9b7"


@contextmanager
def service(folder: Path) -> Iterator[InProcess]:
    """A process of the service on the store in ``folder``, which is made when there is none."""
    found = {"SQLITE_PATH": str(folder / "data/enterprise.db"), "BOOTSTRAP_API_KEY": KEY}
    settings = read_settings(found)
    prepare(settings)
    with build_service(settings) as built:
        yield InProcess(create_app(built))


def resource_of(text: str) -> str:
    """``text`` as a resource that a role can name, or a path with it."""
    if pattern_fault(text) is None and text[0] != "/":
        return text
    return f"/text/{text.replace('/', '|').replace('*', '+')}/of/:any"


def asked_about(text: str) -> str:
    """The resource of a question that the role is about."""
    return resource_of(text).replace(":any", text.replace("/", "|"))


def written(name: str) -> list[Mapping[str, object]]:
    """The edits that put the text into every field that there is, at its clinic."""
    text, clinic = TEXTS[name], PLACES[name]
    role = {
        "description": text,
        "permissions": [{"resource": resource_of(text), "action": text, "effect": "allow"}],
    }
    domain = {"name": text, "attributes": {text: text}}
    held = {"subject": text, "role": {"domain": clinic, "id": "R"}, "reason": text}
    return [
        {"op": "create", "kind": "clinic", "id": clinic, "fields": {"organization_id": "o1", **domain}},
        {"op": "create", "kind": "role", "domain": clinic, "id": "R", "fields": role},
        {"op": "create", "kind": "assignment", "domain": clinic, "fields": held},
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a store is to which one process has written all texts."""
    folder = tmp_path_factory.mktemp("texts")
    with service(folder) as way:
        api = Management(way)
        api.make("/organizations", {"id": "o1", "name": "One"})
        for name, text in TEXTS.items():
            reply = api.post("/changes", {"edits": written(name)}, x_change_reason=quote(text, safe=""))
            assert reply.status == 201, reply
    return folder


@pytest.fixture(scope="module")
def way(folder: Path) -> Iterator[InProcess]:
    """Another process, which has all of it from the store."""
    with service(folder) as way:
        yield way


@pytest.fixture
def api(way: InProcess) -> Management:
    return Management(way)


@pytest.fixture
def machine(folder: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    return Machine(folder, capsys)


EACH = pytest.mark.parametrize("name", TEXTS)


# --- the API and the store --------------------------------------------------------------------------------


@EACH
def test_it_is_read_as_it_was_written(api: Management, name: str) -> None:
    text, clinic = TEXTS[name], PLACES[name]
    found = api.get(f"/clinics/{clinic}").fields
    assert (found["name"], found["attributes"]) == (text, {text: text})
    role = api.get(f"/domains/{clinic}/roles/R").fields
    assert role["description"] == text
    assert role["permissions"] == [{"resource": resource_of(text), "action": text, "effect": "allow"}]
    (held,) = api.walk(f"/domains/{clinic}/assignments")
    assert (held["subject"], held["reason"]) == (text, text)


@EACH
def test_it_is_found_by_itself_and_by_nothing_near_it(api: Management, name: str) -> None:
    text, clinic = TEXTS[name], PLACES[name]
    (held,) = api.walk(f"/assignments?subject={quote(text, safe='')}")
    assert held["domain"] == clinic
    changes = list(api.walk(f"/changes?subject={quote(text, safe='')}"))
    assert [change["reason"] for change in changes] == [text]
    for other in near(text) - set(TEXTS.values()):
        assert list(api.walk(f"/domains/{clinic}/assignments?subject={quote(other, safe='')}")) == []


@EACH
def test_it_decides_about_itself_and_about_nothing_near_it(way: InProcess, name: str) -> None:
    text, clinic = TEXTS[name], PLACES[name]
    question = {"sub": text, "dom": clinic, "obj": asked_about(text), "act": text}
    assert allowed(way, question) is True
    for other in near(text):
        assert allowed(way, {**question, "sub": other}) is False, other
        assert allowed(way, {**question, "act": other}) is False, other
        if resource_of(text) == text and other[0] != "/":
            assert allowed(way, {**question, "obj": other}) is False, other
    assert allowed(way, {**question, "dom": "o1"}) is False


def allowed(way: InProcess, question: Mapping[str, str]) -> bool:
    reply = way.ask(question)
    assert reply.status == 200, reply
    found: bool = reply.fields["allowed"]
    return found


@EACH
def test_queries_tell_it_as_it_is(way: InProcess, name: str) -> None:
    text, clinic = TEXTS[name], PLACES[name]
    asked = {"sub": text, "dom": clinic, "obj": asked_about(text), "act": text}
    told = {
        "subjects": {"subject": text},
        "permitted-actions": {"action": text},
        "domains": {"domain": clinic},
    }
    for query, item in told.items():
        wanted = {"subjects": ("dom", "obj", "act"), "permitted-actions": ("sub", "dom", "obj")}
        fields = {field: asked[field] for field in wanted.get(query, ("sub", "obj", "act"))}
        reply = way.ask(fields, target=f"/api/v1/queries/{query}")
        assert reply.fields["items"] == [item], (query, reply)
    (permission,) = way.ask({"sub": text, "dom": clinic}, target="/api/v1/queries/permissions").fields["items"]
    assert (permission["resource"], permission["action"]) == (resource_of(text), text)


# --- exports ----------------------------------------------------------------------------------------------


def exported(machine: Machine, form: str) -> Any:  # noqa: ANN401 - JSON
    ended = machine("policy", "export", "--format", form)
    assert ended.code == 0, ended.err
    return json.loads(ended.out) if form == "json" else yaml.safe_load(ended.out)


def test_json_and_yaml_say_the_same_and_all_of_it(machine: Machine) -> None:
    told = exported(machine, "json")
    assert exported(machine, "yaml") == told
    records = told["records"]
    assert {each["id"]: each["name"] for each in records["clinic"]} == {PLACES[name]: TEXTS[name] for name in TEXTS}
    assert [each["attributes"] for each in records["clinic"]] == [
        {each["name"]: each["name"]} for each in records["clinic"]
    ]
    assert {each["subject"] for each in records["assignment"]} == set(TEXTS.values())
    made = [each for each in records["role"] if "built_in" not in each]
    assert {each["description"] for each in made} == set(TEXTS.values())


KINDS = ("organization", "clinic", "role", "assignment")


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_what_was_exported_makes_the_same_policy_elsewhere(machine: Machine, tmp_path: Path, form: str) -> None:
    records = exported(machine, form)["records"]
    edits = [
        edit for kind in ("organization", "clinic", "role", "assignment") for edit in edits_of(kind, records[kind])
    ]
    with service(tmp_path) as way:
        api = Management(way)
        assert api.post("/changes", {"edits": edits}).status == 201
        for name, text in TEXTS.items():
            question = {"sub": text, "dom": PLACES[name], "obj": asked_about(text), "act": text}
            assert allowed(way, question), name
    again = exported(Machine(tmp_path, machine.capture), form)["records"]
    for kind in ("organization", "clinic", "role"):
        assert again[kind] == records[kind]
    assert sorted(map(without_id, again["assignment"])) == sorted(map(without_id, records["assignment"]))


def edits_of(kind: str, records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The edits of `POST /changes` that make ``records``."""
    for record in records:
        if record.get("built_in"):
            continue
        named = {"id"} if kind != "assignment" else {"id", "source", "created_by"}
        beside = {"domain"} & record.keys()
        fields = {name: value for name, value in record.items() if name not in named | beside}
        edit = {"op": "create", "kind": kind, "fields": fields, **{name: record[name] for name in beside}}
        yield edit if kind == "assignment" else {**edit, "id": record["id"]}


def without_id(assignment: Mapping[str, Any]) -> str:
    return json.dumps({**assignment, "id": ""}, sort_keys=True)


def test_casbin_decides_the_same_about_all_of_them(machine: Machine) -> None:
    ended = machine("policy", "verify", "--questions", "500")
    assert ended.code == 0, ended.out + ended.err


@EACH
def test_a_file_of_casbin_holds_it_or_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """There are no quotes in such a file: what would be read as something else is refused."""
    text, here = TEXTS[name], Machine(tmp_path / "here", capsys)
    with service(here.folder) as way:
        api = Management(way)
        api.make("/organizations", {"id": "o1", "name": "One"})
        assert api.post("/changes", {"edits": written(name)}).status == 201
    ended = here("policy", "export")
    assert (ended.code == 0) == is_written_as_csv(text), ended.err
    if ended.code != 0:
        assert ended.out == ""
        return
    (tmp_path / "policy.csv").write_bytes(ended.out.encode())
    there = Machine(tmp_path / "there", capsys)
    loaded = there("policy", "load", tmp_path / "policy.csv", "--patterns", "--unmanaged")
    assert loaded.code == 0, loaded.err
    question = ("check", "-d", PLACES[name], "--", text, text, asked_about(text))
    assert [machine(*question).code for machine in (here, there)] == [0, 0]


def is_written_as_csv(text: str) -> bool:
    return text == text.strip() and not text.startswith("#") and not set(text) & set(',"')


# --- imports ----------------------------------------------------------------------------------------------

MAPPING = """\
kind: import
source: texts
records:
  - make: organization
    when: {type: org}
    fields: {id: id, name: text, attributes: {of: text}}
  - make: assignment
    when: {type: person}
    fields: {domain: org, subject: text, role: {value: auditor}, reason: text}
"""


def test_an_import_takes_it_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(tmp_path, capsys)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    lines = [{"type": "org", "id": f"o{place}", "text": text} for place, text in enumerate(TEXTS.values())]
    lines += [{"type": "person", "org": f"o{place}", "text": text} for place, text in enumerate(TEXTS.values())]
    file = tmp_path / "lines.jsonl"
    file.write_bytes("\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode())
    ended = machine("import", "--mapping", tmp_path / "mapping.yaml", file)
    assert ended.code == 0, ended.out + ended.err
    records = exported(machine, "json")["records"]
    for place, text in enumerate(TEXTS.values()):
        (organization,) = (each for each in records["organization"] if each["id"] == f"o{place}")
        assert (organization["name"], organization["attributes"]) == (text, {"of": text})
        (held,) = (each for each in records["assignment"] if each["domain"] == f"o{place}")
        assert (held["subject"], held["reason"]) == (text, text)


# --- the limits -------------------------------------------------------------------------------------------


@pytest.fixture
def long_way(tmp_path: Path) -> Iterator[InProcess]:
    """A service of its own, with organization `o1`."""
    with service(tmp_path) as way:
        Management(way).make("/organizations", {"id": "o1", "name": "One"})
        yield way


def test_the_longest_texts_are_taken_and_longer_ones_refused(long_way: InProcess) -> None:
    api, long = Management(long_way), {name: TOOTH * length for name, length in LONGEST.items()}
    made = {"name": long["name"], "attributes": {long["name"]: long["attribute"]}}
    api.make("/clinics", {"id": "long", "organization_id": "o1", **made})
    found = api.get("/clinics/long").fields
    assert {name: found[name] for name in made} == made
    permission = {"resource": long["resource"], "action": long["action"], "effect": "allow"}
    api.make("/domains/long/roles", {"id": "R", "permissions": [permission]})
    held = {"subject": long["subject"], "role": "R", "reason": long["reason"]}
    assert api.make("/domains/long/assignments", held)["reason"] == long["reason"]
    question = {"sub": long["subject"], "dom": "long", "obj": long["resource"], "act": long["action"]}
    assert allowed(long_way, question)
    for field, name in (("sub", "subject"), ("obj", "resource"), ("act", "action")):
        assert long_way.ask({**question, field: long[name] + TOOTH}).status == 400
    assert pointers(api.patch("/clinics/long", {"name": long["name"] + TOOTH})) == {"/name"}
    assert pointers(api.post("/domains/long/assignments", {**held, "reason": long["reason"] + TOOTH})) == {"/reason"}
    longer = [{**permission, "resource": long["resource"] + TOOTH, "action": long["action"] + TOOTH}]
    assert pointers(api.patch("/domains/long/roles/R", {"permissions": longer})) == {
        "/permissions/0/resource",
        "/permissions/0/action",
    }


def pointers(reply: Reply) -> set[str]:
    """Where the faults of an input are."""
    assert (reply.status, reply.code) == (400, "invalid_request"), reply
    return {error["pointer"] for error in reply.fields["errors"]}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_text_is_refused_in_every_field(api: Management, name: str) -> None:
    text, before = REFUSED[name], api.get("/organizations/o1").header("x-policy-revision")
    permission = {"resource": text, "action": text}
    refused = {
        "/name": api.post("/organizations", {"name": text}),
        f"/attributes/{text}": api.patch("/clinics/c0", {"attributes": {text: "x"}}),
        "/attributes/x": api.patch("/clinics/c0", {"attributes": {"x": text}}),
        "/description": api.patch("/domains/c0/roles/R", {"description": text}),
        "/permissions/0/resource /permissions/0/action": api.patch(
            "/domains/c0/roles/R", {"permissions": [permission]}
        ),
        "/subject /reason": api.post("/domains/c0/assignments", {"subject": text, "role": "R", "reason": text}),
        "/reason": api.post("/changes", {"reason": text, "edits": written("a comma")}),
        "/edits/0/fields/name": api.post(
            "/changes",
            {"edits": [{"op": "update", "kind": "clinic", "id": "c0", "fields": {"name": text}}]},
        ),
        "/id": api.post("/organizations", {"id": text, "name": "x"}),
    }
    for expected, reply in refused.items():
        if name == "half a pair":
            assert reply.status == 400, (expected, reply)
        else:
            assert " ".join(sorted(pointers(reply))) == " ".join(sorted(expected.split(" "))), expected
    assert api.get("/organizations/o1").header("x-policy-revision") == before


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_text_is_refused_in_headers_and_parameters(api: Management, name: str) -> None:
    escaped = quote(REFUSED[name].encode("utf-8", "surrogatepass"), safe="")
    assert api.patch("/clinics/c0", {"name": "x"}, x_change_reason=escaped).status == 400
    assert api.get(f"/assignments?subject={escaped}").status == 400
