"""Every route, by every kind of caller: the table of `authority_matrix.py`, cell by cell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.change import decode_change
from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.record import Record
from enterprise_service.administer.genesis import AUTHOR, genesis
from tests.http.authority_matrix import BODIES, CALLERS, Cell, cells
from tests.support.gates import Asked
from tests.support.keys import Issued, issued
from tests.support.logs import Process, append
from tests.support.policies import allow, api_key, assignment, clinic, organization, provider, role
from tests.support.raw_http import Reply
from tests.support.ways import InProcess

ACTIONS: Final = tuple(
    CatalogueAction(action=name, label=name, description=name, tenants=name == "read") for name in ("read", "erase")
)
CHARTS: Final = CatalogueResource(
    resource="/charts/:id", label="Charts", group="Care", description="Charts.", actions=ACTIONS
)
WORLD: Final[tuple[Record, ...]] = (
    Catalogue(resources=(CHARTS,)),
    *map(organization, ("o1", "o2", "o9")),
    clinic("g1"),
    clinic("c1", "g1"),
    clinic("c2", "g1"),
    clinic("c9", "c1"),
    clinic("c3", "o2", organization_id="o2"),
    role("chair@platform", allow("/charts/:id", "read")),
    role("eraser@platform", allow("/charts/:id", "erase")),
    role("base@o1", allow("/charts/:id", "read")),
    role("own@c1"),
    assignment("ann", "base@o1", "c1", id="a1"),
    provider("pat", "c1", "base@o1"),
    api_key("kc1", "c1", created_by="bootstrap"),
    api_key("ko1", "o1", created_by="bootstrap"),
)
KEYS: Final = {
    "decide": issued("c1", Scope.DECIDE),
    "other": issued("o2", Scope.MANAGE),
    "sister": issued("c2", Scope.MANAGE),
    "auditor": issued("o1", Scope.AUDIT),
    "clinic": issued("c1", Scope.MANAGE),
    "organization": issued("o1", Scope.MANAGE),
    "platform": issued("platform", Scope.MANAGE),
}
OPERATIONS: Final = ("/health", "/metrics", "/api-docs", "/authorize")


@dataclass(slots=True)
class World:
    """The table's world; ``undo`` takes back what was done in it."""

    process: Process
    way: InProcess
    revisions: dict[str, int]

    def call(self, cell: Cell) -> Reply:
        path = cell.path.format(**self.revisions)
        key: Issued | None = KEYS.get(cell.caller)
        headers = [] if key is None else list(key.authorized.items())
        # An id that was a domain's is never used again.
        body = (
            None if cell.body is None else json.dumps(BODIES[cell.body]).replace('"new"', f'"new{self.head}"').encode()
        )
        if body is not None:
            headers.append(("Content-Type", "application/json"))
        prefix = "" if path.startswith(OPERATIONS) else "/api/v1"
        return self.way.send(cell.method, prefix + path, headers, body)

    @property
    def head(self) -> int:
        return self.process.log.inner.head().revision

    def undo(self) -> None:
        """Put every record back that the last change touched, keys too, past everything that judges changes."""
        (entry,) = self.process.log.inner.read(self.head - 1, 1)
        append(self.process.log.inner, *(Edit(e.after, e.before) for e in reversed(decode_change(entry.body).edits)))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    process = Process()
    process.commit(AUTHOR, genesis(process.model))
    process.make(*map(create, WORLD), *(create(key.record) for key in KEYS.values()))
    revisions = {
        "c1": process.make(create(assignment("eve", "base@o1", "c1"))).revision,
        "o2": process.make(create(role("R@o2"))).revision,
    }
    process.follower.start(3600)
    yield World(process, InProcess(Asked(process=process, empty=True).web.flask), revisions)
    process.follower.stop()


def plain(reply: Reply) -> dict[str, Any]:
    """A problem without what differs at each call."""
    return {name: value for name, value in reply.fields.items() if name != "request_id"}


def test_every_cell_of_the_table_holds(world: World, report: Callable[[str], None]) -> None:
    wrong, seen, hidden = [], 0, set()
    for cell in cells():
        before = world.head
        reply = world.call(cell)
        seen += 1
        if reply.status != cell.status:
            wrong.append((cell, reply.status, reply.body[:200]))
        if reply.status == 404:
            hidden.add(json.dumps(plain(reply)))
        if world.head != before:
            assert reply.status < 300, cell
            world.undo()
    report(f"authority: {seen} cells of {len(CALLERS)} callers, wrong = {len(wrong)}")
    assert not wrong, "\n".join(map(str, wrong))
    assert seen >= 500
    assert len(hidden) == 1


def test_the_table_has_every_route(world: World) -> None:
    flask = world.way.app
    rules = flask.url_map.iter_rules()
    routes = {(method, rule.rule) for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    adapter = flask.url_map.bind("localhost")
    matched = set()
    for cell in cells():
        path = cell.path.partition("?")[0].format(c1=1, o2=1)
        prefix = "" if path.startswith(OPERATIONS) else "/api/v1"
        rule, _ = adapter.match(prefix + path, method=cell.method, return_rule=True)
        matched.add((cell.method, rule.rule))
    assert matched == routes
