"""``completion``: the script for a shell."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.main import COMPLETE, NAME

_SHELLS: Final = ("bash", "zsh", "fish")


@click.command
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, /, *, shell: str) -> int:
    r"""Print the script that lets SHELL complete commands and their options.

    \b
    bash: eval "$(enterprise-service completion bash)"
    zsh:  eval "$(enterprise-service completion zsh)"
    fish: enterprise-service completion fish | source
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"`{shell}` isn't known here")
    click.echo(kind(ctx.find_root().command, {}, NAME, COMPLETE).source(), nl=False)
    return ExitCode.YES
