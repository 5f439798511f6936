"""A way into the service on which every answer is held against the OpenAPI document that the service shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

from tests.support.raw_http import Headers, Reply
from tests.support.ways import Way


class Agreeing(Way):
    """Sends by another way. An answer that the document doesn't tell of raises ``AssertionError``."""

    def __init__(self, inner: Way) -> None:
        """``inner`` is asked for the document when an answer first needs it."""
        self.name = inner.name
        self._inner = inner
        self._validators: dict[str, Draft202012Validator] = {}

    def send(self, method: str, target: str, headers: Headers = (), body: bytes | None = None) -> Reply:
        """See ``Way``."""
        reply = self._inner.send(method, target, headers, body)
        path = unquote(target.partition("?")[0])
        for pattern, item in self._paths:
            if pattern.fullmatch(path) and method.lower() in item:
                self._check(reply, item[method.lower()]["responses"])
                break
        return reply

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The OpenAPI document."""
        found: Mapping[str, Any] = self._inner.get("/api-docs/openapi.json").fields
        return found

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], Mapping[str, Any]]]:
        """The paths as patterns, those without variable parts first."""
        items = sorted(self.document["paths"].items(), key=lambda pair: pair[0].count("{"))
        return [(re.compile(re.sub(r"\\\{.+?\\\}", "[^/]+", re.escape(path))), item) for path, item in items]

    def _check(self, reply: Reply, responses: Mapping[str, Any]) -> None:
        assert str(reply.status) in responses, reply
        told = responses[str(reply.status)]
        assert reply.code is None or reply.code in told["x-problem-codes"], reply
        known = {name.lower() for name in told.get("headers", {})}
        required = {name.lower() for name, header in told.get("headers", {}).items() if header.get("required")}
        sent = {name for name, _ in reply.headers}
        assert required <= sent, reply
        own = {"etag", "location", "x-policy-revision", "x-policy-staleness-ms", "idempotency-replayed"}
        assert reply.status >= 400 or sent & own <= known, reply
        self._check_body(reply, told.get("content"))

    def _check_body(self, reply: Reply, content: Mapping[str, Any] | None) -> None:
        if content is None:
            assert not reply.body, reply
            return
        schema = content[reply.header("content-type") or ""]["schema"]
        name = repr(schema)
        if name not in self._validators:
            components = {"components": self.document["components"]}
            self._validators[name] = Draft202012Validator({**components, **schema})
        self._validators[name].validate(reply.fields)
