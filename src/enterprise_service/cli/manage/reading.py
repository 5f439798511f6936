"""``list`` and ``show``, for every noun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.manage.noun import Given, Noun, Option, body_of, filled
from enterprise_service.cli.manage.options import limit_option, options, stale_option, url_option
from enterprise_service.cli.manage.pages import read_list, tell_age, tell_of
from enterprise_service.cli.manage.places import conversation_at
from enterprise_service.cli.manage.shown import list_lines, record_lines
from enterprise_service.cli.output import emit, output_option
from enterprise_service.cli.tools import Tools


def list_command(noun: Noun) -> click.Command:
    """``list``: all records of a noun that the caller may read."""

    @click.command("list", help=f"Show all that you may see. {noun.says}")
    @options(*(option.add for option in _of_list(noun)), limit_option, stale_option, url_option, output_option)
    @click.pass_obj
    def command(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
        path = _path(noun, given)
        with conversation_at(tools, given["url"]) as conversation:
            listing = read_list(conversation, path, _query(noun, given), given["limit"])
        tell_of(listing)
        if given["stale"]:
            tell_age(listing.last)
        items = listing.items
        emit(given["output"], {"items": list(items)}, lambda: list_lines(noun.columns, items))
        return ExitCode.YES

    return command


def _of_list(noun: Noun) -> tuple[Option, ...]:
    """The options of ``list``; what says where isn't needed if there is a list beyond."""
    if noun.within is None:
        return noun.filters
    return (replace(noun.within, required=noun.across is None), *noun.filters)


def _path(noun: Noun, given: Given) -> str:
    """The list in one domain, or the one across them. Raises ``click.UsageError`` when neither is asked for."""
    if noun.within is None or noun.across is None:
        return noun.path(given)
    here, (across,) = noun.within, (option for option in noun.filters if option.parameter == noun.across.by)
    is_here, is_across = given[here.parameter] is not None, given[across.parameter] is not None
    if not is_here and not is_across:
        raise click.UsageError(f"give {here.flags[-1]} or {across.flags[-1]}")
    if is_here and is_across and not across.sets:
        raise click.UsageError(f"give {here.flags[-1]} or {across.flags[-1]}, not both")
    return noun.path(given) if is_here else filled(noun.across.path, given)


def _query(noun: Noun, given: Given) -> dict[str, str]:
    asked = body_of([option for option in noun.filters if option.sets], given)
    query = {name: "true" if value is True else str(value) for name, value in asked.items()}
    return {**query, **_stale(given)}


def _stale(given: Given) -> dict[str, str]:
    return {"stale": "true"} if given["stale"] else {}


def show_command(noun: Noun) -> click.Command:
    """``show``: one record."""

    @click.command("show", help=f"Show one, with everything that is known of it. {noun.says}")
    @options(*place_of(noun), stale_option, url_option, output_option)
    @click.pass_obj
    def command(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
        with conversation_at(tools, given["url"]) as conversation:
            answer = conversation.get(noun.path(given, given["record"]), _stale(given))
        if given["stale"]:
            tell_age(answer)
        emit(given["output"], answer.fields, lambda: (noun.lines or record_lines)(answer.fields))
        return ExitCode.YES

    return command


def place_of(noun: Noun, *, required: bool = True) -> tuple[Callable[[Any], Any], ...]:
    """The argument and the option that name one record."""
    metavar = noun.word if required else f"[{noun.word}]"
    argument = click.argument("record", type=noun.key_type, metavar=metavar, required=required)
    return (argument,) if noun.within is None else (argument, replace(noun.within, required=required).add)
