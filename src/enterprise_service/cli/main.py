"""The command line's one way in and out."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from enterprise_policy.errors import EnterpriseError
from enterprise_service.cli.exit_codes import MEANINGS, ExitCode, Failure, failure_of
from enterprise_service.cli.lazy import LazyGroup, Place
from enterprise_service.cli.tools import Tools

NAME: Final = "enterprise-service"
COMPLETE: Final = "_ENTERPRISE_SERVICE_COMPLETE"
"""A shell that completes a command asks through this variable, as click has it."""

_COMMANDS: Final = {
    "serve": Place("serve:serve", "Run the service."),
    "check": Place("check:check", "May SUBJECT do ACTION to RESOURCE in a domain, now?"),
    "policy": Place("policy.group:policy", "Validate, test, load, export and verify policies."),
    "import": Place("importing:import_", "Bring in what an enterprise has already."),
    "org": Place("manage.groups:org", "Organizations."),
    "clinic": Place("manage.groups:clinic", "Clinics and groups of clinics."),
    "provider": Place("manage.groups:provider", "Providers at clinics."),
    "role": Place("manage.groups:role", "Roles, and what they allow and deny."),
    "assignment": Place("manage.groups:assignment", "Who holds which role where."),
    "key": Place("manage.groups:key", "API keys, for services and tools."),
    "change": Place("manage.groups:change", "What was changed, by whom; undo it, or make changes from a file."),
    "who-can": Place("queries:who_can", "Who may do ACTION to RESOURCE in a domain, now?"),
    "what-can": Place("queries:what_can", "What do SUBJECT's roles allow and deny in a domain?"),
    "migrate": Place("migrate:migrate", "Bring the store's indexes and exports to what this version needs."),
    "verify": Place("verify_export:verify", "Compare what was made from the policy with the policy."),
    "completion": Place("completion:completion", "Print the script that lets a shell complete commands."),
    "doctor": Place("doctor:doctor", "Tell what is set, what is there, and what to mend."),
}

_EPILOG: Final = "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {meaning}" for code, meaning in MEANINGS.items())


def _version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's way
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - nobody else needs to wait for it

        click.echo(f"{NAME} {version('backend-enterprise-service')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    places=_COMMANDS,
    name=NAME,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def root() -> None:
    """Who may do what, where: the policy of an enterprise, asked, loaded and served."""


def run(arguments: Sequence[str], tools: Tools) -> int:
    """Run one command and return its exit code; nothing is raised, but in processes that were forked meanwhile.

    Data goes to stdout, everything else to stderr.
    """
    owner = os.getpid()
    # A command says itself what went wrong; `serve` sets the log up, and then it goes there.
    logging.getLogger("enterprise_service").addHandler(logging.NullHandler())
    try:
        typed = tools.environment.get(COMPLETE)
        if typed:
            return _complete(typed)
        returned = root.main(list(arguments), prog_name=NAME, obj=tools, standalone_mode=False)
        sys.stdout.flush()
        return ExitCode(returned or ExitCode.YES)
    except SystemExit:
        if os.getpid() != owner:
            raise
        return ExitCode.UNREAD  # click ends so when nobody reads its output
    except BrokenPipeError:
        return _unread()
    except click.ClickException as error:
        error.show()
        return ExitCode.INPUT
    except BaseException as error:  # noqa: BLE001 - whatever it is, it must not look like an answer
        _drop_what_cannot_be_written()
        return _end(_failure(error))


def _complete(instruction: str) -> ExitCode:
    from click.shell_completion import shell_complete  # noqa: PLC0415 - only shells want it

    return ExitCode.INPUT if shell_complete(root, {}, NAME, COMPLETE, instruction) else ExitCode.YES


def _failure(error: BaseException) -> Failure:
    match error:
        case Failure():
            return error
        case EnterpriseError():
            return failure_of(error)
        case click.Abort() | KeyboardInterrupt():
            return Failure(ExitCode.INTERRUPTED, "interrupted")
        case OSError():
            return Failure(ExitCode.FAULT, f"the system refuses: {(error.strerror or str(error)).lower()}")
        case _:
            _show_trace(error)
            return Failure(ExitCode.FAULT, "this is a fault of the program; the lines above say where")


def _end(failure: Failure) -> ExitCode:
    for sentence in failure.sentences:
        click.echo(f"error: {sentence}", err=True)
    return failure.code


def _unread() -> ExitCode:
    _drop_output()
    return ExitCode.UNREAD


def _drop_what_cannot_be_written() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _drop_output()


def _drop_output() -> None:
    """Python would try to write the rest again at its own end, complain, and end with a code of its own."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_trace(error: BaseException) -> None:
    import traceback  # noqa: PLC0415 - seldom needed

    traceback.print_exception(error)
