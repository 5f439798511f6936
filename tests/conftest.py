"""What every test stands on: how many cases the property tests try, and where tests tell how much they have tried."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from hypothesis import settings

# No deadline: on a busy machine it would measure the machine. The blob lets a failure be replayed elsewhere.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("long", settings.get_profile("default"), max_examples=5_000)
settings.load_profile("default")

# Programs that tests start take over what is ignored: a shell's background job would have them ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.support.servers.fixtures"]

TOLD = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Takes a line that is shown when all tests have run."""
    return pytestconfig.stash.setdefault(TOLD, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the lines."""
    told: list[str] = config.stash.setdefault(TOLD, [])
    for line in sorted(told):
        terminalreporter.write_line(line)
