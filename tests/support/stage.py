"""Where pods run on a MongoDB and a Redis, with clients, while a test lets things go wrong; then it is judged."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from enterprise_adapters.mongo import MongoChangeLog, MongoDatabase
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.settings import Settings, read_settings
from tests.support import mortal_pod
from tests.support.cluster import Cluster, Load
from tests.support.judging.evidence import Rate
from tests.support.judging.history import Kind
from tests.support.judging.judge import Verdict, judge
from tests.support.mongo_wire import Cuts, MongoTraffic
from tests.support.pods import SECRET, Pod
from tests.support.programs import COMMAND
from tests.support.redis_wire import PubSub, RedisTraffic
from tests.support.sample_policy import KEY
from tests.support.servers import MongoServer, RedisServer
from tests.support.servers.server import Server
from tests.support.tcp_proxy import TcpProxy

POLL_SECONDS: Final = 0.5
MAX_STALENESS_SECONDS: Final = 30.0
BOUND_SECONDS: Final = POLL_SECONDS + 1.5
"""How old a decision may be while all is well: what is promised, and some time for a busy machine."""

CHANNEL: Final = "stage:revisions"

T = TypeVar("T")


def figure(here: T, thorough: T) -> T:
    """``thorough`` when `THOROUGH` is set in the environment, as `make soak` does; else ``here``."""
    return thorough if os.environ.get("THOROUGH") else here


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store, and where hints travel: ``uri`` and ``redis_url`` are for pods, ``direct_uri`` goes past all proxies."""

    folder: Path
    uri: str
    direct_uri: str
    redis_url: str
    channel: str = CHANNEL

    def pod(self, name: str, workers: int = 1, words: Sequence[str] = (COMMAND,), **settings: object) -> Pod:
        """A pod of that name with a folder of its own; ``settings`` are besides those that every pod has."""
        return Pod(name, {**self._settings(name), **settings}, workers, words)

    def mortal_pod(self, name: str, deaths: Path, workers: int = 1) -> Pod:
        """A pod whose processes die when the folder ``deaths`` says so: see ``mortal_pod``. The folder is made."""
        deaths.mkdir(exist_ok=True)
        words = (sys.executable, str(Path(mortal_pod.__file__)))
        return self.pod(name, workers, words, **{mortal_pod.FOLDER: deaths})

    def _settings(self, name: str) -> dict[str, object]:
        return {
            **self._common(),
            "MONGODB_URI": self.uri,
            "SQLITE_PATH": self.folder / name / "enterprise.db",
            "REDIS_URL": self.redis_url,
            "REDIS_CHANNEL": self.channel,
            "POLL_INTERVAL_SECONDS": POLL_SECONDS,
            "MAX_STALENESS_SECONDS": MAX_STALENESS_SECONDS,
            "LOG_LEVEL": "WARNING",
        }

    @property
    def settings(self) -> Settings:
        """Those of a command that works on the store itself."""
        return read_settings({name: str(value) for name, value in self._common().items()})

    def _common(self) -> dict[str, object]:
        return {
            "MONGODB_URI": self.direct_uri,
            "SERVICE_SECRET": SECRET,
            "BOOTSTRAP_API_KEY": KEY,
            "SQLITE_PATH": self.folder / "tools" / "enterprise.db",
        }

    @contextmanager
    def open_log(self) -> Iterator[ChangeLog]:
        """The log of the store."""
        database = MongoDatabase(self.direct_uri, writes=False, make=False, seconds=20.0)
        try:
            yield MongoChangeLog(database)
        finally:
            database.close()

    def cluster(self, pods: Sequence[Pod], load: Load, seed: int = 0) -> Cluster:
        """``pods`` on the store, with clients."""
        return Cluster(self.folder, pods, self.open_log, load, seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Place):
    """A place with servers of its own, and a way to each that a test may disturb."""

    mongo: MongoServer
    redis: RedisServer
    to_mongo: TcpProxy
    to_redis: TcpProxy
    cuts: Cuts
    pub_sub: PubSub


@contextmanager
def stage(folder: Path, seed: int = 0) -> Iterator[Stage]:
    """A stage whose servers and proxies run as long as the block."""
    with ExitStack() as stack:
        mongo = stack.enter_context(MongoServer(folder))
        redis = stack.enter_context(RedisServer(folder))
        to_mongo = TcpProxy(mongo.port, lambda: MongoTraffic(cuts), seed)
        to_redis = TcpProxy(redis.port, lambda: RedisTraffic(pub_sub), seed)
        cuts, pub_sub = Cuts(to_mongo.seen), PubSub(to_redis.seen, Random(seed))
        stack.enter_context(to_mongo)
        stack.enter_context(to_redis)
        yield Stage(
            folder=folder,
            uri=mongo.uri_at(to_mongo.port),
            direct_uri=mongo.uri,
            redis_url=redis.url_at(to_redis.port),
            mongo=mongo,
            redis=redis,
            to_mongo=to_mongo,
            to_redis=to_redis,
            cuts=cuts,
            pub_sub=pub_sub,
        )


@contextmanager
def standing_still(server: Server) -> Iterator[None]:
    """``server`` is suspended as long as the block."""
    server.suspend()
    try:
        yield
    finally:
        server.resume()


def until(holds: Callable[[], bool], seconds: float = 15.0) -> float:
    """Wait for it; how long that took. Raises ``TimeoutError`` when it takes longer than ``seconds``."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() > begun + seconds:
            raise TimeoutError(f"it didn't come within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - begun


def rates(writes: float = 5.0, decisions: float = 20.0) -> tuple[Rate, ...]:
    """What clients have to do at least, in each second."""
    return Rate(kind=Kind.WRITE, wanted=writes), Rate(kind=Kind.DECISION, wanted=decisions)


def judged(cluster: Cluster, name: str, report: Callable[[str], None], **more: Any) -> Verdict:  # noqa: ANN401 - fields of the evidence
    """The verdict on what was done in ``cluster``, which is reported as ``name``. Raises ``AssertionError``."""
    verdict = judge(cluster.evidence(**more))
    report(verdict.line(name))
    verdict.check()
    return verdict
