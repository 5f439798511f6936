"""Starts the service with sample data, for a first look: `make run`, or `make run PORT=3018`.

The data is in `var/` of the checkout. Settings come from the environment, and from a file `.env` where that is silent.
May be run again at any time, and twice at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import Any, Final

from enterprise_policy.errors import EnterpriseError
from enterprise_service.bootstrap import bootstrap_key
from enterprise_service.cli.client import Client
from enterprise_service.cli.exit_codes import ExitCode, Failure, failure_of
from enterprise_service.cli.reasons import sentence
from enterprise_service.data_folder import DataFolder
from enterprise_service.settings import Settings, read_settings

ROOT: Final = Path(__file__).resolve().parents[1]
COMMAND: Final = Path(sys.executable).with_name("enterprise-service")
HOST: Final = "127.0.0.1"
STORE: Final = ROOT / "var/enterprise.db"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.1

EXAMPLES: Final = (
    {"sub": "dr.lee", "dom": "bright-harbor", "obj": "/patients/42/chart", "act": "read"},
    {"sub": "frank.desk", "dom": "bright-downtown", "obj": "/patients/42/images", "act": "read"},
)
"""One that is allowed and one that is denied, by the sample data."""


class Stop:
    """Whether somebody wants this to end."""

    def __init__(self) -> None:
        """Hear Ctrl-C, a `kill`, and the end of the terminal from now on."""
        self.wanted = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.wanted = True

    def wait_while(self, goes_on: Callable[[], bool], seconds: float = float("inf")) -> None:
        """Wait until ``goes_on`` is over, or ``seconds`` are, or somebody wants the end."""
        until = time.monotonic() + seconds
        while not self.wanted and time.monotonic() < until and goes_on():
            time.sleep(POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class Run:
    """The environment that commands get, and the settings in it."""

    environment: Mapping[str, str]
    settings: Settings

    @property
    def url(self) -> str:
        """Where the service is."""
        return f"http://{HOST}:{self.settings.port}"

    @property
    def log(self) -> Path:
        """Where it says what it does."""
        return self.settings.data_folder / f"run-{self.settings.port}.log"

    def client(self) -> Client:
        """Asks the service as its administrator."""
        return Client(self.url, bootstrap_key(self.settings))


def main() -> int:
    """Start the service or find that it runs, show what it does, and wait for the end; the exit code."""
    stop = Stop()
    try:
        run = read_run()
        with my_turn(run, stop) as turn:
            if stop.wanted:
                return 0
            if not is_taken(run):
                return start(run, stop, turn)
            show_running(run, stop)
            return 0
    except BrokenPipeError:  # whoever read the lines has seen enough; a service that was started ends with us
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (EnterpriseError, Failure) as error:
        failure = error if isinstance(error, Failure) else failure_of(error)
        return 0 if stop.wanted else complain(failure)


def complain(failure: Failure) -> int:
    """Say on stderr what went wrong."""
    for line in failure.sentences:
        print(f"run: {line}", file=sys.stderr)
    return failure.code


# --- settings ---------------------------------------------------------------------------------------------------


def read_run() -> Run:
    """What the environment says, and `.env` where that is silent."""
    file = ROOT / ".env"
    found = {**(read_env(file.read_text("utf-8")) if file.is_file() else {}), **os.environ}
    if found.get("MONGODB_URI") or found.get("MONGODB_URI_FILE"):
        reason = "loads sample data, which a store that others share mustn't get"
        mend = "take `MONGODB_URI` away, or use `enterprise-service serve`"
        raise Failure(ExitCode.INPUT, f"`make run` {reason}; {mend}")
    found = {**found, "SQLITE_PATH": found.get("SQLITE_PATH") or os.fspath(STORE), "HOST": HOST, "UNIX_SOCKET": ""}
    return Run(found, read_settings(found))


def read_env(text: str) -> dict[str, str]:
    """The variables in a file `.env`: lines `NAME=value`, with quotes and comments as a shell has them."""
    variables = {}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            words = [word for word in shlex.split(line, comments=True) if word != "export"]
        except ValueError as error:
            raise Failure(ExitCode.INPUT, f"line {number} of `.env`: {str(error).lower()}") from error
        for word in words:
            name, found, value = word.partition("=")
            if not found:
                raise Failure(ExitCode.INPUT, f"line {number} of `.env` isn't `NAME=value`")
            variables[name] = value
    return variables


# --- the service --------------------------------------------------------------------------------------------------


@contextmanager
def my_turn(run: Run, stop: Stop) -> Iterator[Callable[[], None]]:
    """Wait for others that are about to start a service at this port; what is given ends the turn early."""
    run.settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with run.log.with_suffix(".lock").open("w", encoding="ascii") as lock:
        stop.wait_while(lambda: not _locked(lock.fileno()))
        yield lambda: fcntl.flock(lock, fcntl.LOCK_UN)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def start(run: Run, stop: Stop, end_turn: Callable[[], None]) -> int:
    """Load the sample data and run the service until it ends or somebody wants it to."""
    load(run, "policies")
    load(run, "policies/samples/tenants", "--unmanaged")
    with service(run) as process:
        stop.wait_while(lambda: process.poll() is None and readiness(run) != "ready", START_SECONDS)
        if process.poll() is None and not stop.wanted:
            show(run, "The service is ready", "Ctrl-C")
            end_turn()
            stop.wait_while(lambda: process.poll() is None)
        ended = process.poll()
    return 0 if stop.wanted else complain(_ended(run, ended))


def load(run: Run, folder: str, *options: str) -> None:
    """Load policy files into the store; nothing changes when they are there already."""
    command = [os.fspath(COMMAND), "policy", "load", os.fspath(ROOT / folder), *options]
    done = subprocess.run(command, env=run.environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Failure(ExitCode.UNREACHABLE, f"`{folder}` can't be loaded; the lines above say why")
    print(f"{folder}: {done.stdout.splitlines()[-1]}", flush=True)


@contextmanager
def service(run: Run) -> Iterator[subprocess.Popen[bytes]]:
    """The running service, which ends with the block."""
    with run.log.open("wb") as log:
        process = subprocess.Popen([COMMAND, "serve"], env=run.environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ended(run: Run, code: int | None) -> Failure:
    if code is None:
        return Failure(ExitCode.UNREACHABLE, f"the service wasn't ready in time; `{run.log}` says what it did")
    last = run.log.read_text("utf-8", "replace").splitlines()[-5:]
    return Failure(ExitCode.UNREACHABLE, *last, f"the service ended by itself, with code {code}; `{run.log}` has more")


# --- what is at the port --------------------------------------------------------------------------------------------


def is_taken(run: Run) -> bool:
    """Whether something listens at the port."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex((HOST, run.settings.port)) == 0


def readiness(run: Run) -> str | None:
    """What the service says about itself; ``None`` when there is none."""
    with closing(HTTPConnection(HOST, run.settings.port, timeout=2)) as connection:
        try:
            connection.request("GET", "/health/readiness")
            said = json.loads(connection.getresponse().read())
            return str(said["status"]) if "dependencies" in said else None
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            return None


def show_running(run: Run, stop: Stop) -> None:
    """Show the service that runs already. Raises ``Failure`` when it is another program, or isn't of this store."""
    if readiness(run) is None or bootstrap_key(run.settings) is None:
        raise _port_taken(run)
    stop.wait_while(lambda: readiness(run) == "not_ready", START_SECONDS)
    try:
        show(run, "The service is running already", "Ctrl-C where it was started")
    except Failure as failure:
        raise (_port_taken(run) if failure.code == ExitCode.REFUSED else failure) from failure


def _port_taken(run: Run) -> Failure:
    sentence = f"port {run.settings.port} is taken by another program; type: make run PORT={run.settings.port + 1}"
    return Failure(ExitCode.UNREACHABLE, sentence)


# --- what is shown ----------------------------------------------------------------------------------------------------


def show(run: Run, what: str, how_to_stop: str) -> None:
    """Show two decisions, asked just now, with the lines that ask again; then where to go on."""
    examples = [_example(run, asked) for asked in EXAMPLES]
    print(f"\n{what}, at {run.url}. Two decisions; paste a line to ask again:")
    for lines in examples:
        print("", *lines, sep="\n")
    print(
        f"\ndocumentation  {run.url}/api-docs", f"log            {run.log}", f"stop           {how_to_stop}", sep="\n"
    )
    sys.stdout.flush()


def _example(run: Run, asked: Mapping[str, str]) -> list[str]:
    answer = run.client().post("/authorize", {**asked, "explain": True})
    word = "ALLOW" if answer["allowed"] is True else "DENY"
    return [
        f"{word}  {asked['sub']} {asked['act']} {asked['obj']} in {asked['dom']}",
        sentence(answer["reason"]),
        curl_line(run, {**asked, "explain": True}),
        check_line(run, asked),
    ]


def curl_line(run: Run, body: Mapping[str, Any]) -> str:
    """What to type in a shell, anywhere on this machine, to ask the service."""
    headers = f"-H {_authorization(run)} -H 'Content-Type: application/json'"
    return f"curl -sS {headers} -d {shlex.quote(json.dumps(body))} {run.url}/authorize"


def _authorization(run: Run) -> str:
    """A header for a shell, by where the key is: it is never shown."""
    file = run.environment.get("BOOTSTRAP_API_KEY_FILE") or DataFolder(run.settings.sqlite_path).bootstrap_key_path
    if run.environment.get("BOOTSTRAP_API_KEY"):
        return '"Authorization: Bearer $BOOTSTRAP_API_KEY"'
    return f'"Authorization: Bearer $(cat {shlex.quote(os.fspath(Path(file).absolute()))})"'


def check_line(run: Run, asked: Mapping[str, str]) -> str:
    """What to type in a shell, in the checkout, to ask the store."""
    path = run.settings.sqlite_path.absolute()
    store = "" if path == STORE else f"SQLITE_PATH={shlex.quote(os.fspath(path))} "
    words = shlex.join((asked["sub"], asked["act"], asked["obj"], "-d", asked["dom"], "--explain"))
    return f"{store}.venv/bin/enterprise-service check {words}"


if __name__ == "__main__":
    sys.exit(main())
