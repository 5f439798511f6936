"""The files in `policies/`: each has the form of its kind, and together they say what they mean to say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from enterprise_policy.state.built_in import BUILT_IN_IDS
from enterprise_policy.values.patterns import covers, matches

POLICIES = Path(__file__).resolve().parents[3] / "policies"
KINDS = {
    "catalogue.yaml": "catalogue",
    "roles/*.yaml": "role",
    "samples/tenants/*.yaml": "tenant",
    "tests/*_test.yaml": "cases",
}
FILES = {path: kind for where, kind in KINDS.items() for path in sorted(POLICIES.glob(where))}
EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(POLICIES)))

REASONS = {
    "unknown_domain",
    "domain_suspended",
    "denied_by_permission",
    "allowed_by_permission",
    "assignment_not_current",
    "no_matching_permission",
    "no_assignment",
}


class TextTimesLoader(yaml.SafeLoader):
    """Leaves times as the text that they are written in."""


TextTimesLoader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> dict[str, Any]:
    loader = TextTimesLoader(path.read_text(encoding="utf-8"))
    document: dict[str, Any] = loader.get_single_data()
    return document


def read_all(kind: str) -> list[dict[str, Any]]:
    return [read(path) for path, its_kind in FILES.items() if its_kind == kind]


CATALOGUE: list[dict[str, Any]] = read(POLICIES / "catalogue.yaml")["resources"]
ROLES = {role["id"]: role for role in read_all("role")}
TENANTS = read_all("tenant")
CASES = [case for document in read_all("cases") for case in document["cases"]]
TENANT_ROLES = [role for tenant in TENANTS for role in tenant["roles"]]
DOMAINS = {"platform"} | {domain["id"] for tenant in TENANTS for domain in [tenant["organization"], *tenant["clinics"]]}

Right = tuple[str, str, str]
"""Resource pattern, action, effect."""


def rights(role: dict[str, Any]) -> Iterator[Right]:
    for permission in role.get("permissions", []):
        for action in permission["actions"]:
            yield permission["resource"], action, permission.get("effect", "allow")


def every_right() -> list[tuple[str, *Right]]:
    return [(role["id"], *right) for role in [*ROLES.values(), *TENANT_ROLES] for right in rights(role)]


def offers(resource: str, action: str) -> list[dict[str, Any]]:
    """The actions of the catalogue that stand for ``action`` on all that the pattern ``resource`` matches."""
    entries = [entry for entry in CATALOGUE if covers(entry["resource"], resource)]
    return [offer for entry in entries for offer in entry["actions"] if offer["action"] == action]


# -- each file by itself ---------------------------------------------------------------------------------


def test_every_file_of_the_folder_is_of_a_known_kind() -> None:
    assert set(POLICIES.rglob("*.yaml")) == set(FILES)
    assert set(FILES.values()) == set(KINDS.values())


@EVERY_FILE
def test_a_file_has_the_form_of_its_kind(path: Path) -> None:
    schema = json.loads((POLICIES / "schemas" / f"{FILES[path]}.schema.json").read_text(encoding="utf-8"))
    faults = [f"{fault.json_path}: {fault.message}" for fault in Draft7Validator(schema).iter_errors(read(path))]
    assert faults == []


@EVERY_FILE
def test_the_first_line_leads_an_editor_to_the_schema_of_the_kind(path: Path) -> None:
    mark, _, target = path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")
    assert mark == "# yaml-language-server: "
    assert (path.parent / target).resolve() == POLICIES / "schemas" / f"{FILES[path]}.schema.json"
    assert (path.parent / target).is_file()


@EVERY_FILE
def test_the_kind_comes_first(path: Path) -> None:
    assert next(iter(read(path).items())) == ("kind", FILES[path])


@EVERY_FILE
def test_a_file_uses_no_anchor_alias_or_tag(path: Path) -> None:
    tokens = yaml.scan(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    assert not [token for token in tokens if isinstance(token, (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken))]


@pytest.mark.parametrize("kind", ["role", "tenant"])
def test_a_file_bears_the_id_of_what_it_holds(kind: str) -> None:
    for path in (path for path, its_kind in FILES.items() if its_kind == kind):
        document = read(path)
        assert path.stem == (document["organization"] if kind == "tenant" else document)["id"]


# -- the catalogue ---------------------------------------------------------------------------------------


def test_every_text_of_the_catalogue_says_something() -> None:
    for entry in CATALOGUE:
        for thing in [entry, *entry["actions"]]:
            texts = [text for text in thing.values() if isinstance(text, str)]
            assert all(text and text == text.strip() for text in texts), thing


def test_nothing_is_in_the_catalogue_twice() -> None:
    assert most_common(entry["resource"] for entry in CATALOGUE) == 1
    assert most_common((entry["group"], entry["label"]) for entry in CATALOGUE) == 1
    for entry in CATALOGUE:
        assert most_common(offer["action"] for offer in entry["actions"]) == 1
        assert most_common(offer["label"] for offer in entry["actions"]) == 1


def test_the_catalogue_has_dangerous_actions_and_some_for_the_platform_alone() -> None:
    actions = [offer for entry in CATALOGUE for offer in entry["actions"]]
    assert {offer["dangerous"] for offer in actions} == {True, False}
    assert {offer["tenants"] for offer in actions} == {True, False}
    outward = {"delete", "export", "import", "merge", "refund", "renew", "void"}
    assert all(offer["dangerous"] for offer in actions if offer["action"] in outward)


def test_nobody_is_offered_a_right_to_manage() -> None:
    assert not [entry for entry in CATALOGUE if entry["resource"].startswith("/management")]


# -- the roles -------------------------------------------------------------------------------------------


def test_what_a_role_holds_is_in_the_catalogue() -> None:
    strange = [right for right in every_right() if not offers(right[1], right[2])]
    # A deny gives nothing: it may be wider than anything that there is to give.
    assert strange == [("on-leave", "*", "*", "deny")]


def test_a_role_that_a_tenant_made_gives_only_what_tenants_are_offered() -> None:
    given = [right for role in TENANT_ROLES for right in rights(role) if right[2] == "allow"]
    beyond = [right for right in given for offer in offers(*right[:2]) if not offer["tenants"]]
    assert (beyond, len(given) > 10) == ([], True)


def test_only_the_role_for_systems_gives_what_tenants_are_not_offered() -> None:
    held = [(role["id"], offer) for role in ROLES.values() for r in rights(role) for offer in offers(*r[:2])]
    beyond = {role for role, offer in held if not offer["tenants"]}
    assert beyond == {"integration-service"}


def test_roles_inherit_roles_that_exist_and_bear_no_built_in_id() -> None:
    assert not ROLES.keys() & BUILT_IN_IDS
    for role in [*ROLES.values(), *TENANT_ROLES]:
        assert set(role.get("inherits", [])) <= ROLES.keys()


def test_the_samples_give_every_role_to_somebody() -> None:
    named = [held["role"] for tenant in TENANTS for held in tenant["assignments"]]
    named += [role for tenant in TENANTS for held in tenant["providers"] for role in held["roles"]]
    given = {name if isinstance(name, str) else name["id"] for name in named}
    made = {role["id"] for role in TENANT_ROLES}
    assert given == ROLES.keys() | made | (BUILT_IN_IDS & given)
    assert given >= BUILT_IN_IDS


# -- the cases -------------------------------------------------------------------------------------------


def test_there_are_cases_enough_of_both_outcomes() -> None:
    outcomes = Counter(case["expect"] for case in CASES)
    assert len(CASES) >= 80
    assert all(outcomes[expected] >= 0.4 * len(CASES) for expected in ("allow", "deny"))


def test_every_reason_is_expected_several_times() -> None:
    reasons = Counter(case["reason"] for case in CASES)
    assert reasons.keys() == REASONS
    assert all(count >= 5 for count in reasons.values())


def test_the_name_of_a_case_is_a_sentence_and_stands_once_in_its_file() -> None:
    for document in read_all("cases"):
        assert most_common(case["name"] for case in document["cases"]) == 1
        assert all(case["name"][0].isupper() and len(case["name"].split()) > 3 for case in document["cases"])


def test_no_question_is_asked_twice_in_a_file() -> None:
    for document in read_all("cases"):
        parts = ("subject", "action", "resource", "domain")
        assert most_common(tuple(case[part] for part in parts) for case in document["cases"]) == 1


def test_a_domain_is_called_unknown_just_where_the_samples_have_none() -> None:
    for case in CASES:
        assert (case["reason"] == "unknown_domain") == (case["domain"] not in DOMAINS), case["name"]


def test_every_right_is_expected_by_some_case() -> None:
    assert [right for right in every_right() if not any(shows(case, *right[1:]) for case in CASES)] == []


def shows(case: dict[str, Any], resource: str, action: str, effect: str) -> bool:
    """Whether ``case`` expects what a permission of this kind brings about."""
    reason = "allowed_by_permission" if effect == "allow" else "denied_by_permission"
    asked = action in ("*", case["action"]) and matches(resource, case["resource"])
    return asked and case["reason"] == reason


def most_common(values: Iterable[Hashable]) -> int:
    """How often the most frequent of ``values`` occurs."""
    return Counter(values).most_common(1)[0][1]
