"""The world that `problem_table.py` speaks of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.assignment import Source
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.key_rules import LINE_LIMIT
from enterprise_policy.state.record import Record
from enterprise_policy.state.role import Role
from enterprise_policy.values.windows import Window
from tests.support.gates import Asked
from tests.support.keys import Issued, issued
from tests.support.management import JSON, MERGE_PATCH, Office
from tests.support.policies import allow, api_key, assignment, clinic, deny, organization, provider, role
from tests.support.raw_http import Reply
from tests.support.sample_policy import KEY

READ: Final = ("/charts/:id", "read")
ERASE: Final = ("/charts/:id", "erase")
BUNDLE: Final = "policies"
Route = tuple[str, str]


def resource(pattern: str, *actions: str, offered: str) -> CatalogueResource:
    return CatalogueResource(
        resource=pattern,
        label=pattern,
        group="Care",
        description=pattern,
        actions=tuple(
            CatalogueAction(action=name, label=name, description=name, tenants=name == offered) for name in actions
        ),
    )


def chain(*names: str) -> list[Role]:
    """Roles of `o1`, of which each inherits the next."""
    links = zip(names, (*names[1:], None), strict=True)
    return [role(f"{name}@o1", inherits=[] if after is None else [f"{after}@o1"]) for name, after in links][::-1]


def without(made: Role) -> Edit:
    return update(made, replace(made, permissions=(), inherits=()))


DEEP: Final = ("o1", "d1", "d2", "d3", "d4", "d5", "d6")
SHORTENED: Final = role("w@o1", inherits=["s2@o1"])
UNBOUND: Final = role("x@o1", inherits=["y@o1"])
EMPTIED: Final = role("eraser@o1", allow(*ERASE))
GIVEN: Final = assignment("gil", "base@o1", "o1", id="gil")
TAKEN: Final = assignment("zoe", "gone@o1", "o1", id="zoe")
MUZZLED: Final = assignment("ann", "muzzle@o1", "g2", id="ag")

RECORDS: Final[tuple[Record, ...]] = (
    Catalogue(
        resources=(resource("/charts/:id", "read", "erase", offered="read"), resource("/*", "read", offered="read"))
    ),
    organization("empty"),
    *(clinic(name, above) for above, name in pairwise(DEEP)),
    *(clinic(name) for name in ("c4", "c6", "g2")),
    clinic("c5", "g2"),
    clinic("c7", "g2"),
    role("local@g2"),
    assignment("lou", "local@g2", "c7"),
    role("base@o1", allow(*READ)),
    role("upon@o1", inherits=["base@o1"]),
    role("unused@o1"),
    role("reader@o1", allow(*READ)),
    role("muzzle@o1", deny(*READ)),
    role("reader@c6", deny(*READ), extends="o1"),
    *chain("r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"),
    *chain("s2", "s3", "s4", "s5", "s6", "s7", "s8"),
    *(role(f"{name}@o1") for name in ("s9", "y", "gone")),
    SHORTENED,
    UNBOUND,
    EMPTIED,
    GIVEN,
    TAKEN,
    assignment("root", "platform-admin@platform", "platform", id="root"),
    assignment("ann", "organization-admin@platform", "o1"),
    assignment("ann", "reader@o1", "o1"),
    assignment("ann", "muzzle@o1", "c1", id="am"),
    provider("ann", "c2", "muzzle@o1"),
    provider("pat", "c1", "base@o1"),
    assignment("pat", "reader@o1", "c1"),
    assignment("kim", "base@o1", "o1", id="old", window=Window(None, 1)),
    api_key("k1", "o1", created_by="bootstrap"),
)
MANAGED: Final[tuple[Record, ...]] = (
    organization("om", managed_by=BUNDLE),
    clinic("cm", managed_by=BUNDLE),
    role("rm@o1", managed_by=BUNDLE),
    provider("max", "c1", "base@o1", managed_by=BUNDLE),
    assignment("mia", "base@o1", "o1", id="mm", managed_by=BUNDLE, source=Source.BUNDLE),
)


@dataclass(slots=True)
class World:
    """An office with what the table speaks of; ``revisions`` are those of the changes that it names."""

    office: Office
    revisions: dict[str, int]
    keys: dict[str, str]
    documented: Mapping[Route, set[str]]

    def send(self, method: str, path: str, body: object, *, caller: str = "boss", **headers: str) -> Reply:
        """The answer to a call of ``path``, with the revisions in it."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        types = {} if body is None else {"content_type": MERGE_PATCH if method == "PATCH" else JSON}
        shown = {"authorization": f"Bearer {self.keys[caller]}"} if caller in self.keys else {}
        given = {**shown, **types, **headers}
        lines = [(name.replace("_", "-").title(), value) for name, value in given.items()]
        return self.office.way.send(method, path.format(**self.revisions), lines, content)

    def route(self, method: str, path: str) -> Route:
        """The documented route that ``path`` is of."""
        plain = path.format(**self.revisions).partition("?")[0]
        found = [route for route in self.documented if route[0] == method and _pattern(route[1]).fullmatch(plain)]
        return min(found, key=lambda route: route[1].count("{"))


def _pattern(rule: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", rule))


def line_of_keys() -> Iterator[Issued]:
    """As many keys as a line may have, each made by the one before."""
    maker = "bootstrap"
    for _ in range(LINE_LIMIT):
        made = issued("o1", Scope.MANAGE, Scope.DECIDE, created_by=maker)
        maker = made.record.subject
        yield made


def make_world() -> World:
    office = Office(asked=Asked(empty=True, tokens={"token-of-ann": "ann"}))
    key, line = issued("o1", Scope.DECIDE), list(line_of_keys())
    made = office.asked.process.make
    revisions = {"world": office.asked.process.follower.catch_up().revision}
    made(*map(create, RECORDS), *(create(each.record) for each in (key, *line)))
    kim = assignment("kim", "base@o1", "o1", id="kim", window=Window(2, None))
    changes: dict[str, tuple[Edit, ...]] = {
        "kim": (create(kim),),
        "both": (create(role("both@o1")), create(role("both@o2"))),
        "muzzled": (create(MUZZLED),),
        "given": (delete(GIVEN),),
        "given again": (create(replace(GIVEN, id="gil-again")),),
        "taken": (delete(TAKEN),),
        "gone": (delete(role("gone@o1")),),
        "emptied": (without(EMPTIED),),
        "unbound": (without(UNBOUND),),
        "bound": (update(role("y@o1"), role("y@o1", inherits=["x@o1"])),),
        "shortened": (without(SHORTENED),),
        "longer": (update(role("s8@o1"), role("s8@o1", inherits=["s9@o1"])),),
    }
    revisions |= {name: made(*edits).revision for name, edits in changes.items()}
    revisions["loaded"] = made(*map(create, MANAGED), bundle=BUNDLE).revision
    keys = {"boss": KEY, "ann": "token-of-ann", "key": key.text, "last": line[-1].text}
    return World(office, revisions, keys, _documented(office.way.document))


def _documented(document: Mapping[str, Any]) -> dict[Route, set[str]]:
    """The codes of each route that has any."""
    found = {
        (method.upper(), path): {
            code for told in about["responses"].values() for code in told.get("x-problem-codes", ())
        }
        for path, item in document["paths"].items()
        for method, about in item.items()
        if method != "parameters"
    }
    return {route: codes for route, codes in found.items() if codes}
