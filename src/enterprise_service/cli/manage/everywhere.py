"""``assignment delete``: one assignment, or everything that a subject holds, in one change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from enterprise_service.bundles.faults import quoted
from enterprise_service.cli.conversation import Conversation, json_call, strange
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.manage.noun import API, Given, Noun, filled
from enterprise_service.cli.manage.nouns import ASSIGNMENT, PROVIDER
from enterprise_service.cli.manage.options import options
from enterprise_service.cli.manage.pages import read_list
from enterprise_service.cli.manage.places import conversation_at
from enterprise_service.cli.manage.reading import place_of
from enterprise_service.cli.manage.words import SUBJECT
from enterprise_service.cli.manage.writes import (
    Write,
    carry_out,
    carry_out_in,
    changed_lines,
    refuse_unasked,
)
from enterprise_service.cli.manage.writing import DELETE_OPTIONS, deletion
from enterprise_service.cli.output import emit, note
from enterprise_service.cli.tools import Tools

EDITS_LIMIT: Final = 1000
"""Edits that one change takes."""


@click.command("delete")
@options(*place_of(ASSIGNMENT, required=False))
@click.option("--subject", type=SUBJECT, help="With --everywhere: whose assignments.")
@click.option("--everywhere", is_flag=True, help="All that the subject holds, wherever you may see it, in one change.")
@options(*DELETE_OPTIONS)
@click.pass_obj
def delete(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
    """Delete one, named by ID and --domain; or all that a subject holds, by --subject and --everywhere.

    What a subject holds as a provider goes with the provider's records, in the same change.
    """
    if _is_everywhere(given):
        refuse_unasked(given)
        with conversation_at(tools, given["url"]) as conversation:
            _delete_all(conversation, given)
    else:
        carry_out(tools, deletion(ASSIGNMENT, given), given)
    return ExitCode.YES


def _is_everywhere(given: Given) -> bool:
    """Which of the two is meant. Raises ``click.UsageError`` when neither is, or something of both."""
    one = [given["record"] is not None, given["domain"] is not None]
    all_of_them = [given["subject"] is not None, given["everywhere"]]
    if all(one) and not any(all_of_them):
        return False
    if not all(all_of_them) or any(one):
        raise click.UsageError("give ID and --domain, or --subject and --everywhere")
    if given["if_match"] is not None:
        raise click.UsageError("--if-match is for one assignment")
    return True


def _delete_all(conversation: Conversation, given: Given) -> None:
    subject = given["subject"]
    edits = _deletions(subject, read_list(conversation, filled("/assignments", {}), {"subject": subject}).items)
    if len(edits) > EDITS_LIMIT:
        says = f"{len(edits):,} edits are needed, and one change takes {EDITS_LIMIT:,}: nothing was done"
        raise Failure(ExitCode.CONFLICT, says, "first delete some with `assignment delete ID --domain DOMAIN`")
    if not edits:
        note(f"{quoted(subject)} holds nothing, as far as you may see")
        emit(given["output"], {"revision": None, "edits": []}, lambda: iter(()))
        return
    call = json_call("POST", f"{API}/changes", {"edits": edits})
    carry_out_in(conversation, Write(call=call, asks=True, lines=changed_lines), given)


def _deletions(subject: str, held: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, str]]:
    """An edit for each assignment; for those of a provider at one clinic, an edit of that record."""
    edits = {}
    for assignment in held:
        match assignment:
            case {"source": "provider", "domain": str(clinic)}:
                edits[clinic, ""] = _deletion(PROVIDER, clinic, subject)
            case {"domain": str(domain), "id": str(key)}:
                edits[domain, key] = _deletion(ASSIGNMENT, domain, key)
            case _:
                raise strange("the service")
    return list(edits.values())


def _deletion(noun: Noun, domain: str, key: str) -> Mapping[str, str]:
    return {"op": "delete", "kind": noun.kind, "domain": domain, "id": key}
