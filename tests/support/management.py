"""A client of the management API, as tests use it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from enterprise_policy.state.edits import create
from enterprise_policy.state.record import Record
from enterprise_service.administer.genesis import genesis
from tests.support.agreeing import Agreeing
from tests.support.gates import Asked
from tests.support.logs import AUTHOR, MODEL_READ
from tests.support.policies import allow, clinic, organization, role
from tests.support.raw_http import Reply
from tests.support.sample_policy import KEY
from tests.support.ways import InProcess, Way

API: Final = "/api/v1"
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"

RECORDS: Final[tuple[Record, ...]] = (
    organization("o1"),
    clinic("c1"),
    clinic("g1"),
    clinic("c2", "g1"),
    organization("o2"),
    clinic("c3", "o2", organization_id="o2"),
    role("dentist@o1", allow("/charts/:id", "read")),
)


class Management:
    """Calls by ``way`` with the credential ``key``, or without one.

    Paths are those below ``/api/v1``. Headers are named as Python can: ``if_match='"3"'`` is ``If-Match: "3"``.
    """

    def __init__(self, way: Way, key: str | None = KEY) -> None:
        """Nothing is sent yet."""
        self._way = way
        self._key = key

    def with_key(self, key: str | None) -> Management:
        """The same way with another credential."""
        return Management(self._way, key)

    def get(self, path: str, **headers: str) -> Reply:
        """The answer to a read."""
        return self.send("GET", path, None, headers)

    def post(self, path: str, fields: object = None, **headers: str) -> Reply:
        """The answer to ``POST`` of ``fields``."""
        return self.send("POST", path, {} if fields is None else fields, {"content_type": JSON, **headers})

    def patch(self, path: str, fields: object, **headers: str) -> Reply:
        """The answer to the merge patch ``fields``."""
        return self.send("PATCH", path, fields, {"content_type": MERGE_PATCH, **headers})

    def delete(self, path: str, **headers: str) -> Reply:
        """The answer to ``DELETE``."""
        return self.send("DELETE", path, None, headers)

    def send(self, method: str, path: str, fields: object, headers: Mapping[str, str]) -> Reply:
        """The answer to any call; ``fields`` that are bytes are sent as they are, ``None`` is no body."""
        body = fields if fields is None or isinstance(fields, bytes) else json.dumps(fields).encode()
        given = [(name.replace("_", "-").title(), value) for name, value in headers.items()]
        own = [] if self._key is None else [("Authorization", f"Bearer {self._key}")]
        return self._way.send(method, API + path, [*own, *given], body)

    def make(self, path: str, fields: object, **headers: str) -> Any:  # noqa: ANN401 - whatever was made
        """The record that ``POST`` makes. Raises ``AssertionError`` when it is refused."""
        reply = self.post(path, fields, **headers)
        assert reply.status == 201, reply
        return reply.fields

    def make_key(self, domain: str, *scopes: str, **more: object) -> str:
        """A new API key."""
        key: str = self.make("/api-keys", {"name": "a key", "domain": domain, "scopes": scopes, **more})["key"]
        return key

    def walk(self, path: str, limit: int = 500) -> Iterator[Any]:
        """All items of a list, page by page. Raises ``AssertionError`` when a page is refused."""
        joint, cursor = "&" if "?" in path else "?", ""
        while True:
            reply = self.get(f"{path}{joint}limit={limit}{cursor}")
            assert reply.status == 200, reply
            yield from reply.fields["items"]
            if reply.fields["next_cursor"] is None:
                return
            cursor = f"&cursor={reply.fields['next_cursor']}"


@dataclass(slots=True, kw_only=True)
class Office:
    """A service in this process, on a store in memory that has a small policy; no thread runs.

    Organization `o1` has clinic `c1` and clinic group `g1`, which has `c2`; `o2` has `c3`. Role `dentist` of `o1` reads
    charts. ``asked`` has the clock, and the store with its troubles. Every answer is held against the OpenAPI document.
    """

    asked: Asked = field(default_factory=lambda: Asked(empty=True))
    way: Agreeing = field(init=False)
    api: Management = field(init=False)

    def __post_init__(self) -> None:
        """The policy is made by the owner of the program."""
        self.asked.process.commit(AUTHOR, genesis(MODEL_READ))
        self.asked.process.make(*map(create, RECORDS))
        self.way = Agreeing(InProcess(self.asked.web.flask))
        self.api = Management(self.way)

    def key(self, domain: str, *scopes: str) -> Management:
        """The same way with a new API key."""
        return self.api.with_key(self.api.make_key(domain, *scopes))

    def beside(self) -> Management:
        """Another worker on the same store, which has read what is there."""
        other = Asked(empty=True, process=self.asked.process.beside())
        other.process.follower.catch_up()
        return Management(InProcess(other.web.flask))
