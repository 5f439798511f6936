"""``who-can`` and ``what-can``: questions whose answers are lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from enterprise_service.cli.conversation import Answer
from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.manage.noun import API, Given
from enterprise_service.cli.manage.options import limit_option, options, url_option
from enterprise_service.cli.manage.pages import read_pages, tell_of
from enterprise_service.cli.manage.places import conversation_at
from enterprise_service.cli.manage.shown import list_lines
from enterprise_service.cli.manage.words import ACTION, ID, RESOURCE, SUBJECT
from enterprise_service.cli.output import emit, output_option
from enterprise_service.cli.tools import Tools

_OPTIONS: Final = (
    click.option("-d", "--domain", type=ID, required=True, help="An organization or clinic, or `platform`."),
    click.option("--at-least", type=click.IntRange(0, 2**53 - 1), help="Answer at this revision or a later one."),
    limit_option,
    url_option,
    output_option,
)

_SUBJECTS: Final = (("SUBJECT", "subject"),)
_PERMISSIONS: Final = (
    ("EFFECT", "effect"),
    ("ACTION", "action"),
    ("RESOURCE", "resource"),
    ("ROLE", "role"),
    ("HELD IN", "assigned_in"),
    ("VIA", "via"),
    ("FROM", "starts_at"),
    ("UNTIL", "ends_at"),
)


@click.command("who-can")
@click.argument("action", type=ACTION)
@click.argument("resource", type=RESOURCE)
@options(*_OPTIONS)
@click.pass_obj
def who_can(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
    """Who may do ACTION to RESOURCE in a domain, now? API keys aren't told."""
    asked = {"dom": given["domain"], "obj": given["resource"], "act": given["action"]}
    return _tell(tools, "subjects", asked, _SUBJECTS, given)


@click.command("what-can")
@click.argument("subject", type=SUBJECT)
@options(*_OPTIONS)
@click.pass_obj
def what_can(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
    """What do SUBJECT's roles allow and deny in a domain, and where do they come from?"""
    return _tell(tools, "permissions", {"dom": given["domain"], "sub": given["subject"]}, _PERMISSIONS, given)


def _tell(
    tools: Tools, query: str, asked: Mapping[str, str], columns: Sequence[tuple[str, str]], given: Given
) -> ExitCode:
    body = {**asked, **({} if given["at_least"] is None else {"at_least": given["at_least"]})}
    with conversation_at(tools, given["url"]) as conversation:

        def ask(page: Mapping[str, Any]) -> Answer:
            return conversation.send("POST", f"{API}/queries/{query}", {**body, **page})

        listing = read_pages(ask, given["limit"])
    tell_of(listing)
    items = list(listing.items)
    data = {"items": items, "revision": listing.last.fields.get("revision")}
    emit(given["output"], data, lambda: list_lines(columns, items))
    return ExitCode.YES
