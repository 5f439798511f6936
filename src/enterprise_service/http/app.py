"""The Flask application: every path of the service, each error as the contract has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, Request
from flask_smorest import Api
from werkzeug.routing import MapAdapter

from enterprise_service.follow.follower import Store
from enterprise_service.follow.past import Past
from enterprise_service.http.decisions.routes import decision_routes
from enterprise_service.http.edge.decisions import Decisions
from enterprise_service.http.edge.gate import Gate
from enterprise_service.http.edge.protocol import Way
from enterprise_service.http.edge.request_ids import RequestIds
from enterprise_service.http.edge.tally import Tally
from enterprise_service.http.hooks import Hooks
from enterprise_service.http.management.routes import management_routes
from enterprise_service.http.operations.docs import Documentation
from enterprise_service.http.operations.metrics import Metrics
from enterprise_service.http.operations.routes import operation_routes
from enterprise_service.http.queries.pages import Pages
from enterprise_service.http.queries.routes import query_routes
from enterprise_service.http.service import Service

DESCRIPTION: Final = """\
Answers, for other services, whether a subject may do an action to a resource in a domain, now. A deny is an answer, \
not an error; an error is never an allow.

What is decided by is managed under `/api/v1`. Every call that writes is one change with a revision of its own, or \
nothing at all; every answer says in `X-Policy-Revision` which revision it read or made. What you may not see is \
answered like what isn't there.

Bodies are JSON in UTF-8, with a `Content-Length`, at most 1 MiB. Every answer carries `X-Request-ID`: yours, if you \
sent 1 to 128 printable ASCII characters, else a new one. The log knows requests by it."""


class EnterpriseFlask(Flask):
    """Flask that finds a route by path and method alone: no header has a say in it."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """The adapter for ``request``; there is none outside a request, since no URL is ever built."""
        if request is None:
            return None
        path = request.environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        return self.url_map.bind("localhost", path_info=path, default_method=request.method)


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """One process's HTTP side: the application, and the gate, which answers before it (see ``edge/protocol.py``)."""

    flask: Flask
    gate: Gate
    ways: dict[bytes, Way]
    request_ids: RequestIds
    metrics: Metrics


def create_web(service: Service) -> Web:
    """The HTTP side of ``service``."""
    request_ids = RequestIds()
    decisions = Decisions(service.follower, service.clock, service.max_staleness)
    gate = Gate(service.credentials, decisions, request_ids)
    ways = {
        b"/authorize": Way(gate.authorize, Tally("/authorize")),
        b"/authorize/batch": Way(gate.authorize_batch, Tally("/authorize/batch")),
    }
    ways = ways if service.decides else {}
    metrics = Metrics(service, [way.tally for way in ways.values()])
    flask = _flask(service, gate, metrics, request_ids)
    return Web(flask=flask, gate=gate, ways=ways, request_ids=request_ids, metrics=metrics)


def create_app(service: Service) -> Flask:
    """The application alone, for any WSGI server."""
    return create_web(service).flask


class _Api(Api):
    """The paths and their documentation; what every path may answer is said once, on the page."""

    DEFAULT_ERROR_RESPONSE_NAME = ""


def _flask(service: Service, gate: Gate, metrics: Metrics, request_ids: RequestIds) -> Flask:
    app = _empty_app(service)
    api: Any = _Api(app)  # type: ignore[no-untyped-call]  # flask-smorest has no types
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    documentation = Documentation()
    for blueprint in _blueprints(service, gate, metrics):
        api.register_blueprint(blueprint)
    api.register_blueprint(documentation.routes())
    documentation.publish(api.spec.to_dict())
    Hooks(metrics, request_ids).register(app)
    return app


def _blueprints(service: Service, gate: Gate, metrics: Metrics) -> Iterator[Any]:
    if service.decides:
        yield decision_routes(gate, metrics)
    yield query_routes(
        service, Pages(service, Past(Store(log=service.log, checkpoints=service.checkpoints), service.keyring))
    )
    if service.commit is not None:
        yield from management_routes(service, service.commit)
    yield operation_routes(service, metrics)


def _empty_app(service: Service) -> Flask:
    app = EnterpriseFlask("enterprise_service", static_folder=None, template_folder=None, root_path=os.sep)
    app.config.update(
        API_TITLE="Enterprise service",
        API_VERSION=service.version,
        API_SPEC_OPTIONS={"info": {"description": DESCRIPTION}},
        OPENAPI_VERSION="3.1.0",
        PROVIDE_AUTOMATIC_OPTIONS=False,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.url_map.merge_slashes = False
    return app
