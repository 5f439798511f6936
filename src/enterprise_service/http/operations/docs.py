"""``/api-docs`` for people and ``/api-docs/openapi.json`` for programs, each made once, when it is first wanted."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, Final

from flask import Response

from enterprise_service.http.documented import Body, Outcome, Path, blueprint_of
from enterprise_service.http.operations.docs_page import POLICY, render

_UNUSED: Final = ("Error", "PaginationMetadata")
"""Schemas that flask-smorest brings along, and no path has."""


class Documentation:
    """The document and the page; nothing is there before ``publish``."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}

    def publish(self, document: dict[str, Any]) -> None:
        """Show ``document``, an OpenAPI document of all paths, from now on."""
        for name in _UNUSED:
            document["components"]["schemas"].pop(name, None)
        document["components"].pop("responses", None)
        self._found = document

    @cached_property
    def _page(self) -> str:
        return render(self._found)

    @cached_property
    def _document(self) -> str:
        return json.dumps(self._found, indent=1)

    def routes(self) -> Any:  # noqa: ANN401 (flask-smorest has no types)
        """The views, as a blueprint."""
        page = Body(schema={"type": "string"}, examples={}, media_types=("text/html",))
        document = Body(schema={"type": "object"}, examples={})
        paths = (
            Path(
                rule="/api-docs",
                method="GET",
                summary="This documentation, for people",
                view=self._show_page,
                outcomes=(Outcome(status=200, description="A page without scripts.", body=page),),
            ),
            Path(
                rule="/api-docs/openapi.json",
                method="GET",
                summary="This documentation, for programs",
                view=self._show_document,
                outcomes=(Outcome(status=200, description="An OpenAPI 3.1 document.", body=document),),
            ),
        )
        return blueprint_of("documentation", "What can be asked, and how.", paths)

    def _show_page(self) -> Response:
        """Needs nothing from another host."""
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return Response(self._page, headers=headers, content_type="text/html; charset=utf-8")

    def _show_document(self) -> Response:
        """All that the page shows was made of it."""
        return Response(self._document, content_type="application/json")
