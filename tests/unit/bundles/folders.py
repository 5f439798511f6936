"""Random policy folders without a fault, of a few domains, roles and people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

ORGANIZATIONS = ("o1", "o2")
CLINICS = {"a1": "o1", "a2": "o1", "a3": "o1", "b1": "o2", "b2": "o2"}
ROLES = ("r1", "r2", "r3", "r4")
PEOPLE = ("ann", "bob", "eve")
RESOURCES = ("/x", "/x/:id", "/x/*", "note", "*")
WINDOWS: tuple[dict[str, str], ...] = (
    {},
    {"ends_at": "2020-01-01T00:00:00Z"},
    {"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"},
    {"starts_at": "2099-01-01T00:00:00Z"},
)

# Folders take a while to make, and on a busy machine longer than the check allows.
UNHURRIED = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])

Draw = Callable[[st.SearchStrategy[Any]], Any]
Json = dict[str, Any]


@st.composite
def folders(draw: Draw) -> tuple[str, ...]:
    """The texts of a folder's files: its tenants, and the roles made at `platform`."""
    parents = _parents(draw)
    made = _made(draw, parents)
    roles = [_role(draw, parents, made, key) for key in made]
    roles += _extensions(draw, parents, made)
    tenants = [_tenant(draw, parents, made, domain) for domain in ORGANIZATIONS if domain in parents]
    for tenant in tenants:
        organization = tenant["organization"]["id"]
        tenant["roles"] = [role for role in roles if _top(parents, role["domain"]) == organization]
    platform = [{"kind": "role", **role} for role in roles if role["domain"] == "platform"]
    files = [yaml.safe_dump(file, sort_keys=False) for file in (*tenants, *platform)]
    return tuple(draw(st.permutations(files)))


def _parents(draw: Draw) -> dict[str, str]:
    """A tree: the organizations that there are, and below them clinics, each below one that comes before it."""
    parents: dict[str, str] = dict.fromkeys(draw(st.lists(st.sampled_from(ORGANIZATIONS), unique=True)), "platform")
    for clinic in draw(st.permutations(sorted(CLINICS))):
        organization = CLINICS[clinic]
        if organization in parents and draw(st.booleans()):
            above = [organization, *(c for c in parents if CLINICS.get(c) == organization)]
            parents[clinic] = draw(st.sampled_from(above))
    return parents


def path(parents: dict[str, str], domain: str) -> list[str]:
    """From ``domain`` up to `platform`."""
    found = [domain]
    while found[-1] in parents:
        found.append(parents[found[-1]])
    return found


def _top(parents: dict[str, str], domain: str) -> str:
    return path(parents, domain)[-2] if domain in parents else domain


def _made(draw: Draw, parents: dict[str, str]) -> list[tuple[str, str]]:
    """Which roles are made where; each may inherit those after it."""
    places = st.sampled_from(["platform", *parents])
    return draw(st.lists(st.tuples(places, st.sampled_from(ROLES)), unique=True, max_size=8))


def _role(draw: Draw, parents: dict[str, str], made: list[tuple[str, str]], key: tuple[str, str]) -> Json:
    visible = path(parents, key[0])
    after = [_named(other) for other in made[made.index(key) + 1 :] if other[0] in visible]
    return {
        "id": key[1],
        "domain": key[0],
        "inherits": draw(st.lists(st.sampled_from(after), unique_by=str, max_size=2)) if after else [],
        "permissions": _permissions(draw),
    }


def _extensions(draw: Draw, parents: dict[str, str], made: list[tuple[str, str]]) -> list[Json]:
    extended: dict[tuple[str, str], Json] = {}
    for base, role_id in made:
        below = [domain for domain in parents if base in path(parents, domain)[1:]]
        for domain in draw(st.lists(st.sampled_from(below), unique=True, max_size=2)) if below else ():
            if (domain, role_id) not in made:
                extended[domain, role_id] = {
                    "id": role_id, "domain": domain, "extends": base, "permissions": _permissions(draw)
                }  # fmt: skip
    return list(extended.values())


def _permissions(draw: Draw) -> list[Json]:
    permission = st.fixed_dictionaries(
        {
            "resource": st.sampled_from(RESOURCES),
            "actions": st.lists(st.sampled_from(["read", "write", "*"]), min_size=1, unique=True),
            "effect": st.sampled_from(["allow", "allow", "deny"]),
        }
    )
    return draw(st.lists(permission, max_size=2))


def _tenant(draw: Draw, parents: dict[str, str], made: list[tuple[str, str]], organization: str) -> Json:
    inside = [domain for domain in parents if _top(parents, domain) == organization]
    clinics = [domain for domain in inside if domain != organization]
    return {
        "kind": "tenant",
        "organization": {
            "id": organization,
            "name": draw(st.sampled_from(["One", "Two"])),
            "status": draw(st.sampled_from(["active", "active", "suspended"])),
        },
        "clinics": [
            {"id": clinic, "name": clinic, "parent": parents[clinic]} for clinic in draw(st.permutations(clinics))
        ],
        "providers": _providers(draw, parents, made, clinics),
        "assignments": _assignments(draw, parents, made, inside),
    }


def _providers(draw: Draw, parents: dict[str, str], made: list[tuple[str, str]], clinics: list[str]) -> list[Json]:
    providers = []
    for clinic in clinics:
        visible = [key for key in made if key[0] in path(parents, clinic)]
        if visible and draw(st.booleans()):
            held = draw(st.lists(st.sampled_from(visible), min_size=1, max_size=2, unique=True))
            window = draw(st.sampled_from(WINDOWS))
            providers.append({"provider": "lee", "clinic": clinic, "roles": [*map(_named, held)], **window})
    return providers


def _assignments(draw: Draw, parents: dict[str, str], made: list[tuple[str, str]], domains: list[str]) -> list[Json]:
    places = [(domain, key) for domain in domains for key in made if key[0] in path(parents, domain)]
    if not places:
        return []
    chosen = draw(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(places)), unique=True, max_size=6))
    return [
        {"subject": subject, "role": _named(key), "domain": domain, **draw(st.sampled_from(WINDOWS))}
        for subject, (domain, key) in chosen
    ]


def _named(key: tuple[str, str]) -> Json:
    return {"domain": key[0], "id": key[1]}
