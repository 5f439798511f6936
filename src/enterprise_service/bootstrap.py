"""The composition root: settings go in, what runs comes out. No other module names an adapter.

Read it from the end: ``main`` is the command line, ``serve`` and ``wsgi_app`` are the service, ``build_service`` is one
process of it, ``open_store`` what all stand on. Whatever is opened is closed in reverse.
"""

# ruff: noqa: PLC0415 - a command loads what it uses, when it uses it: `check` has no time for a web framework

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from enterprise_policy.errors import SettingsError
from enterprise_service.data_folder import DataFolder
from enterprise_service.secret import Secret
from enterprise_service.setting_table import DRAIN_SECONDS, DecisionAuth, Plane
from enterprise_service.settings import DEFAULT, Settings, read_settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from enterprise_policy.decide.casbin_form import CasbinRules
    from enterprise_policy.decide.model import Model
    from enterprise_policy.decide.question import Question
    from enterprise_policy.state.chain import Keyring
    from enterprise_service.administer.commit import Commit
    from enterprise_service.chores.key_use import KeyUses
    from enterprise_service.cli.tools import Reading, Tools, Writing
    from enterprise_service.cli.transport import Transport
    from enterprise_service.follow.follower import Follower, Store
    from enterprise_service.http.edge.credentials import Credentials
    from enterprise_service.http.service import Service
    from enterprise_service.ports.clock import Clock
    from enterprise_service.ports.key_use import KeyUse
    from enterprise_service.ports.leases import Leases
    from enterprise_service.ports.policy_files import PolicyFiles

CHECKPOINT_SECONDS: Final = 30.0
"""How often a process looks whether a checkpoint is due."""


# --- what the settings name -------------------------------------------------------------------------------


def policy_folder(settings: Settings) -> Path:
    """Where the policy is: the folder that was set, else the one in the package."""
    return settings.policy_dir or Path(__file__).parent / "default_policies"


def policy_files(path: Path) -> PolicyFiles:
    """The policy files of a folder, or one file."""
    from enterprise_adapters.policy_files import DiskPolicyFiles

    return DiskPolicyFiles(path)


def system_clock() -> Clock:
    """The time of this machine."""
    from enterprise_adapters.system_clock import SystemClock

    return SystemClock()


def read_policy_model(settings: Settings) -> Model:
    """The model that decides. Raises ``NotFoundError``, ``InvalidRequestError`` or ``ModelRefusedError``."""
    from enterprise_policy.decide.model import read_model

    (file,) = policy_files(policy_folder(settings) / "model.conf").read()
    return read_model(file.text)


def service_secrets(settings: Settings, *, make: bool) -> tuple[Secret, ...]:
    """What the store is signed with; made beside it at its first start, if ``make`` is set and none was given."""
    return settings.service_secret or DataFolder(settings.sqlite_path).service_secrets(make=make)


def bootstrap_key(settings: Settings, *, make: bool = False) -> Secret | None:
    """The key of ``bootstrap``, likewise; without ``make`` there may be none."""
    return settings.bootstrap_api_key or DataFolder(settings.sqlite_path).bootstrap_key(make=make)


def oracle(model: str, rules: CasbinRules) -> Callable[[Question], bool]:
    """The decisions of pycasbin by ``rules``."""
    from enterprise_adapters.casbin import Oracle

    return Oracle(model, rules).decide


# --- the store ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A store, and what reads it."""

    store: Store
    leases: Leases
    key_use: KeyUse
    keyring: Keyring
    clock: Clock
    model: Model
    follower: Follower


@contextmanager
def open_store(settings: Settings, *, writes: bool, make: bool = True) -> Iterator[Opened]:
    """The store that ``settings`` name; it is made when it isn't there, and ``writes`` and ``make`` are set.

    Raises ``StoreRefusedError``, ``ModelRefusedError`` and what reading a policy folder raises. Nothing of the log is
    read yet.
    """
    from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteCheckpoints, SqliteKeyUse, SqliteLeases
    from enterprise_policy.state.chain import Keyring
    from enterprise_service.follow.follower import Follower, Store

    model, clock = read_policy_model(settings), system_clock()
    keyring = Keyring([secret.reveal().encode() for secret in service_secrets(settings, make=writes and make)])
    database = Database(settings.sqlite_path, read_only=not writes, make=make)
    with closing(SqliteChangeLog(database)) as log:
        store = Store(log=log, checkpoints=SqliteCheckpoints(database))
        yield Opened(
            store=store,
            leases=SqliteLeases(database, clock),
            key_use=SqliteKeyUse(database),
            keyring=keyring,
            clock=clock,
            model=model,
            follower=Follower(store, keyring, clock, model),
        )


@contextmanager
def reading(settings: Settings) -> Iterator[Reading]:
    """The store for a command that writes nothing."""
    from enterprise_service.cli.tools import Reading

    with open_store(settings, writes=False) as opened:
        yield Reading(
            follower=opened.follower,
            log=opened.store.log,
            checkpoints=opened.store.checkpoints,
            keyring=opened.keyring,
        )


@contextmanager
def writing(settings: Settings) -> Iterator[Writing]:
    """The store for a command that writes, with what comes with the program in it."""
    from enterprise_service.cli.tools import Writing

    with open_store(settings, writes=True) as opened:
        yield Writing(follower=opened.follower, commit=_begun(opened), log=opened.store.log)


def _begun(opened: Opened) -> Commit:
    """The way to write to ``opened``, which has now what comes with the program."""
    from enterprise_service.administer.genesis import AUTHOR, genesis

    commit = _commit(opened)
    commit(AUTHOR, genesis(opened.model))
    return commit


def _commit(opened: Opened) -> Commit:
    from enterprise_service.administer.commit import Commit

    return Commit(opened.follower, opened.store.log, opened.keyring, opened.clock)


def prepare(settings: Settings) -> None:
    """See that the store can be used, and has what comes with the program, before processes depend on it.

    Raises the ``EnterpriseError`` that says why it can't be. Nothing stays open.
    """
    if settings.plane.manages:
        with writing(settings):
            return
    with open_store(settings, writes=False) as opened:
        opened.follower.catch_up()


# --- the service ----------------------------------------------------------------------------------------------


@contextmanager
def build_service(settings: Settings) -> Iterator[Service]:
    """One process's service with its threads, on a store that was prepared."""
    from enterprise_service.chores.key_use import KeyUses

    with ExitStack() as stack:
        opened = stack.enter_context(open_store(settings, writes=settings.plane.manages, make=False))
        uses = KeyUses(opened.key_use)
        stack.callback(opened.follower.stop)
        opened.follower.start(settings.poll_interval_seconds)
        _start_chores(settings, opened, uses, stack)
        yield _service(settings, opened, uses, _credentials(settings, opened, uses))


@contextmanager
def management(settings: Settings) -> Iterator[Transport]:
    """The service in this process, for a command: no other program can call it, and it takes its caller for the owner.

    The store must be there: a mistaken path is no new enterprise. No thread runs, and nothing listens.
    """
    from enterprise_service.chores.key_use import KeyUses
    from enterprise_service.cli.wsgi import WsgiTransport
    from enterprise_service.http.app import create_app
    from enterprise_service.http.edge.caller import PlatformAdministrator
    from enterprise_service.http.edge.credentials import OneForAll

    with open_store(settings, writes=True, make=False) as opened:
        _begun(opened)
        owner = OneForAll(PlatformAdministrator("system:local", "local"))
        service = _service(replace(settings, plane=Plane.ALL), opened, KeyUses(opened.key_use), owner)
        yield WsgiTransport(create_app(service).wsgi_app)


def _service(settings: Settings, opened: Opened, uses: KeyUses, credentials: Credentials) -> Service:
    from importlib.metadata import version

    from enterprise_service.http.service import Service

    return Service(
        follower=opened.follower,
        log=opened.store.log,
        checkpoints=opened.store.checkpoints,
        commit=_commit(opened) if settings.plane.manages else None,
        keyring=opened.keyring,
        key_use=uses,
        credentials=credentials,
        clock=opened.clock,
        max_staleness=settings.max_staleness_seconds,
        version=version("backend-enterprise-service"),
        decides=settings.plane is not Plane.MANAGEMENT,
        manages=settings.plane.manages,
    )


def _credentials(settings: Settings, opened: Opened, uses: KeyUses) -> Credentials:
    import time

    from enterprise_service.http.edge.api_keys import ApiKeys
    from enterprise_service.http.edge.credentials import HeaderCredentials
    from enterprise_service.http.edge.second_look import SecondLook

    key = bootstrap_key(settings)
    second_look = SecondLook(opened.follower, opened.clock, time.sleep)
    return HeaderCredentials(
        ApiKeys(opened.follower, opened.keyring, opened.clock, uses, second_look),
        None if key is None else key.reveal(),
        anonymous=settings.decision_auth is DecisionAuth.NONE,
    )


def _start_chores(settings: Settings, opened: Opened, uses: KeyUses, stack: ExitStack) -> None:
    from enterprise_service.chores.checkpoints import CheckpointChore
    from enterprise_service.chores.key_use import WRITE_SECONDS
    from enterprise_service.observability import MEMORY_SECONDS, report_memory
    from enterprise_service.repeating import Repeating

    chores = [Repeating("memory report", MEMORY_SECONDS, report_memory)]
    if settings.plane.manages:
        chore = CheckpointChore(opened.follower, opened.store.checkpoints, opened.leases, opened.keyring)
        holder = f"{os.uname().nodename}:{os.getpid()}"
        chores.append(Repeating("checkpoint", CHECKPOINT_SECONDS, lambda: chore.run(holder)))
        chores.append(Repeating("key use", WRITE_SECONDS, uses.write))
        stack.callback(uses.write)
    for repeating in chores:
        stack.callback(repeating.stop)
        repeating.start()


def _start_log(settings: Settings) -> None:
    """Set the log up so that it can't tell the secrets, which are made first where they aren't there; tell the rest."""
    import logging

    from enterprise_service.observability import configure_logging

    secrets = service_secrets(settings, make=settings.plane.manages)
    key = bootstrap_key(settings, make=settings.plane.manages)
    configure_logging(settings.log_level, (*secrets, *(() if key is None else (key,))))
    log = logging.getLogger(__name__)
    if key is not None:
        made_at = DataFolder(settings.sqlite_path).bootstrap_key_path
        where = made_at if settings.bootstrap_api_key is None else "BOOTSTRAP_API_KEY"
        log.warning("the bootstrap key is valid: whoever has it may do everything; it is in `%s`", where)
    if settings.origins.get(DRAIN_SECONDS.name) not in (None, DEFAULT):
        log.warning("`DRAIN_SECONDS` has no effect in this version, which stops as soon as it is told to")
    if settings.decision_auth is DecisionAuth.NONE:
        log.warning("decisions need no credential, since `DECISION_AUTH` is `none`")


def serve(settings: Settings) -> bool:
    """Run the service until it is told to stop; whether that is why it ended, else the log says what kept it.

    Raises the ``EnterpriseError`` that keeps it from starting. Processes that it forks end by ``SystemExit``.
    """
    _start_log(settings)
    prepare(settings)
    # Only now: it sets up what the log has to have been set up for.
    from enterprise_service.http.listening import Address
    from enterprise_service.http.serving import serve as serve_http

    owner = os.getpid()
    address = Address(host=settings.host, port=settings.port, unix_socket=settings.unix_socket)
    try:
        serve_http(lambda: build_service(settings), address, settings.web_concurrency)
    except SystemExit as end:
        if os.getpid() != owner:
            raise
        return not end.code
    return True


def wsgi_app() -> WSGIApplication:
    """The service for any WSGI server. It is made in each process when that is first asked, not before."""
    from enterprise_service.lazy_wsgi import LazyWsgi

    return LazyWsgi(_build_wsgi)


def _build_wsgi() -> WSGIApplication:
    import atexit

    from enterprise_service.http.app import create_app

    settings = read_settings(os.environ)
    _start_log(settings)
    prepare(settings)
    with ExitStack() as resources:
        app = create_app(resources.enter_context(build_service(settings))).wsgi_app
        atexit.register(resources.pop_all().close)
    return _only_here(app) if settings.decision_auth is DecisionAuth.NONE else app


def _only_here(app: WSGIApplication) -> WSGIApplication:
    """``app`` for clients of this machine only: the settings can't tell where a WSGI server really listens.

    At a Unix socket a client has no address; else the server says where it was reached. Raises ``SettingsError``.
    """
    from enterprise_service.setting_values import is_loopback

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("SERVER_NAME", "")
        if environ.get("REMOTE_ADDR") and not is_loopback(host):
            raise SettingsError(f"`DECISION_AUTH` may be `none` only at loopback or a Unix socket, not at `{host}`")
        return app(environ, start_response)

    return application


# --- the command line -----------------------------------------------------------------------------------------


def tools(environment: Mapping[str, str]) -> Tools:
    """What commands work with, by the settings in ``environment``."""
    from enterprise_service.cli.tools import Tools

    return Tools(
        environment=environment,
        clock=system_clock,
        reading=reading,
        writing=writing,
        policy_files=policy_files,
        policy_folder=policy_folder,
        model=read_policy_model,
        bootstrap_key=bootstrap_key,
        oracle=oracle,
        serve=serve,
        management=management,
    )


def main() -> None:
    """The command `enterprise-service`."""
    from enterprise_service.cli.main import run

    sys.exit(run(sys.argv[1:], tools(os.environ)))
