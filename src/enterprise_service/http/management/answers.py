"""Answers of the management API, made of fields and revisions."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from flask import Response

from enterprise_policy.state.edits import Edit
from enterprise_policy.state.record import Fields
from enterprise_service.http.documented import JSON
from enterprise_service.http.edge.etag import etag_of

REVISION: Final = "X-Policy-Revision"


def answer(fields: Fields, revision: int, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """``fields``, of what was read or made at ``revision``."""
    body = json.dumps(fields).encode("ascii")
    return Response(body, status, {REVISION: str(revision)}, content_type=JSON)


def empty(status: HTTPStatus, revision: int) -> Response:
    """An answer that has no body."""
    response = Response(b"", status, {REVISION: str(revision)})
    del response.headers["Content-Type"]
    return response


def tagged(response: Response, revision: int) -> Response:
    """``response`` with the tag of a record that was last changed at ``revision``."""
    response.headers["ETag"] = etag_of(revision)
    return response


def tried(edits: tuple[Edit, ...], revision: int) -> Response:
    """What a dry run at ``revision`` would have done."""
    return answer({"edits": [edit.shown() for edit in edits], "impact": None}, revision)


def page(items: list[Any], next_cursor: str | None) -> Fields:
    """A page of a list."""
    return {"items": items, "next_cursor": next_cursor}
