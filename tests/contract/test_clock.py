"""The promises of ``Clock``, on the system's and the one that is moved by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from enterprise_adapters.memory import ManualClock
from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.values.windows import DAY, SECOND
from enterprise_service.ports.clock import Clock
from tests.support.threads import at_once

SAY_ELAPSED = """
from enterprise_adapters.system_clock import SystemClock
clock = SystemClock()
while True:
    input()
    print(clock.elapsed(), flush=True)
"""


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()], ids=["system", "manual"])
def test_time_never_passes_backwards_whoever_looks(clock: Clock) -> None:
    """Clock 1, 3: eight threads look at once, and each sees less or the same before."""

    def look(_: int) -> tuple[list[float], list[int]]:
        return [clock.elapsed() for _ in range(500)], [clock.now() for _ in range(500)]

    for elapsed, now in at_once(8, look):
        assert elapsed == sorted(elapsed)
        assert all(isinstance(moment, int) for moment in now)


def test_the_wall_clock_steps_back_and_no_time_passes() -> None:
    """Clock 2, 3: a step shows in one of the two only."""
    clock = ManualClock()
    clock.advance(1.5)
    now, elapsed = clock.now(), clock.elapsed()
    clock.set(now - DAY)
    assert (clock.now(), clock.elapsed()) == (now - DAY, elapsed)


def test_time_that_passes_by_hand_shows_on_both() -> None:
    clock = ManualClock(now=5 * SECOND)
    clock.advance(2.5)
    assert (clock.now(), clock.elapsed()) == (7_500_000, 2.5)
    with pytest.raises(ValueError, match="never gets less"):
        clock.advance(-0.1)


def test_the_systems_wall_clock_counts_microseconds_since_1970() -> None:
    """Clock 2: it is the system's, so it steps with it."""
    before, now, after = time.time(), SystemClock().now(), time.time()
    assert before - 1 <= now / SECOND <= after + 1


def test_time_passes_for_a_process_that_is_stopped() -> None:
    """Clock 4: by the clock of the system that counts suspended time, where there is one."""
    clock_of_system = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    assert abs(SystemClock().elapsed() - time.clock_gettime(clock_of_system)) < 1
    command = [sys.executable, "-c", SAY_ELAPSED]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        before = ask(process)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGCONT)
        assert ask(process) - before >= 0.3
        process.kill()


def ask(process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())
