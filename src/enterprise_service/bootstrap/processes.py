"""The service as processes: what each is made of, and how it is started."""

# ruff: noqa: PLC0415 - a command loads what it uses, when it uses it: `check` has no time for a web framework

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from enterprise_policy.errors import EnterpriseError
from enterprise_service.bootstrap.named import bootstrap_key, local_copy, open_hints, service_secrets
from enterprise_service.bootstrap.stores import Opened, commit_of, open_store, prepare
from enterprise_service.data_folder import DataFolder
from enterprise_service.setting_table import DRAIN_SECONDS, DecisionAuth, Plane
from enterprise_service.settings import DEFAULT, Settings, read_settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from enterprise_service.chores.key_use import KeyUses
    from enterprise_service.follow.follower import Begun, Store
    from enterprise_service.http.edge.credentials import Credentials
    from enterprise_service.http.service import Service
    from enterprise_service.ports.hints import Hints
    from enterprise_service.ports.local_copy import LocalCopy


@contextmanager
def build_service(settings: Settings, begun: Begun | None = None) -> Iterator[Service]:
    """One process's service with its threads, on a store that was prepared, which gave ``begun``."""
    from enterprise_service.chores.key_use import KeyUses
    from enterprise_service.http.operations.store_metrics import StoreMetrics

    metrics = StoreMetrics()
    with ExitStack() as stack:
        opening = open_store(settings, writes=settings.plane.manages, make=False, events=metrics)
        opened = stack.enter_context(opening)
        hints = stack.enter_context(open_hints(settings))
        uses, copy = KeyUses(opened.parts.key_use), local_copy(settings)
        stack.callback(opened.follower.stop)
        if begun is not None and _may_follow(begun, opened.store):
            opened.follower.begin_with(begun)
        _start_following(settings, opened, hints, copy)
        _start_chores(settings, opened, uses, copy, stack)
        service = service_of(settings, opened, uses, _credentials(settings, opened, uses))
        yield replace(
            service,
            commit=commit_of(opened, hints) if settings.plane.manages else None,
            hints=hints,
            store_metrics=metrics,
        )


def _may_follow(begun: Begun, store: Store) -> bool:
    """Whether the store goes on from ``begun``.

    A process may start long after that was read. So it only saves reading: while the store is away nothing begins with
    it, since others of this machine may have read on and kept a later copy.
    """
    try:
        head = store.log.head()
    except EnterpriseError:
        return False
    return head.log_id == begun.snapshot.state.log_id and head.revision >= begun.snapshot.revision


def _start_following(settings: Settings, opened: Opened, hints: Hints | None, copy: LocalCopy | None) -> None:
    """Hints first: none is missed that comes while the store is read."""
    from enterprise_service.follow.local_copies import begin_from

    if hints is not None:
        hints.listen(opened.follower.hint)
    opened.follower.start(settings.poll_interval_seconds)
    if opened.follower.current is None and copy is not None:
        begun = begin_from(copy, opened.keyring, opened.clock)
        if begun is not None and opened.follower.begin_with(begun):
            said = "decisions are by the copy of revision %d on this machine, confirmed %.0f seconds ago"
            logging.getLogger(__name__).warning(said, begun.snapshot.revision, opened.follower.staleness())


def service_of(settings: Settings, opened: Opened, uses: KeyUses, credentials: Credentials) -> Service:
    """What is answered from, on ``opened``; who may write adds how."""
    from importlib.metadata import version

    from enterprise_service.http.service import Service

    return Service(
        follower=opened.follower,
        log=opened.store.log,
        checkpoints=opened.store.checkpoints,
        keyring=opened.keyring,
        key_use=uses,
        credentials=credentials,
        clock=opened.clock,
        max_staleness=settings.max_staleness_seconds,
        version=version("backend-enterprise-service"),
        store=opened.parts.name,
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


def _start_chores(settings: Settings, opened: Opened, uses: KeyUses, copy: LocalCopy | None, stack: ExitStack) -> None:
    from enterprise_service.background import Workshop, chores

    shop = Workshop(
        follower=opened.follower,
        store=opened.store,
        leases=opened.parts.leases,
        keyring=opened.keyring,
        clock=opened.clock,
        key_uses=uses,
        local_copy=copy,
        export=opened.parts.export,
    )
    if settings.plane.manages:
        stack.callback(uses.write)
    for chore in chores(shop, manages=settings.plane.manages):
        stack.callback(chore.stop)
        chore.start()


def _start_log(settings: Settings) -> None:
    """Set the log up so that it can't tell the secrets, which are made first where they aren't there; tell the rest."""
    from enterprise_service.observability import configure_logging

    secrets = service_secrets(settings, make=settings.plane.manages)
    key = bootstrap_key(settings, make=settings.plane.manages)
    given = (key, settings.mongodb_uri, settings.redis_url)
    configure_logging(settings.log_level, (*secrets, *(secret for secret in given if secret is not None)))
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
    begun = prepare(settings)
    # Only now: it sets up what the log has to have been set up for.
    from enterprise_service.http.listening import Address
    from enterprise_service.http.serving import serve as serve_http

    owner = os.getpid()
    address = Address(host=settings.host, port=settings.port, unix_socket=settings.unix_socket)
    try:
        serve_http(lambda: build_service(settings, begun), address, settings.web_concurrency)
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
    from enterprise_service.lazy_wsgi import only_here

    settings = read_settings(os.environ)
    _start_log(settings)
    begun = prepare(settings)
    with ExitStack() as resources:
        app = create_app(resources.enter_context(build_service(settings, begun))).wsgi_app
        atexit.register(resources.pop_all().close)
    return only_here(app) if settings.decision_auth is DecisionAuth.NONE else app
