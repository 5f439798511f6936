"""Pods, and the Redis between them dies, stands still, forgets, loses, repeats, delays and invents hints.

Decisions go on as if nothing were wrong, and what is revoked ends in time: with hints soon, without them by the poll.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from random import Random

import pytest
from redis import Redis

from tests.support.cluster import Cluster, Load
from tests.support.judging.evidence import Demand, Fault, Limits, Rate, Spell
from tests.support.judging.history import Kind
from tests.support.pods import Pod
from tests.support.redis_wire import FORGED
from tests.support.stage import CHANNEL, MAX_STALENESS_SECONDS, Stage, figure, judged, stage, standing_still, until
from tests.support.tcp_proxy import Piece, TcpProxy, Traffic

pytestmark = [pytest.mark.mongodb, pytest.mark.timeout(figure(120, 1_200))]

POLL_SECONDS = 1.2
"""It is also the time between heartbeats: that is never longer."""

SILENT_SECONDS = 3 * POLL_SECONDS
HINTED_SECONDS = 1.0
POLLED_SECONDS = POLL_SECONDS + 1.0
RESUME_SECONDS = 5.0
SLACK_SECONDS = 1.0
"""For a busy machine."""

LOAD = Load(writers=3, deciders=3, write_pause=0.02, decide_pause=0.005)
RATES = (Rate(kind=Kind.WRITE, wanted=5.0), Rate(kind=Kind.DECISION, wanted=50.0))

Report = Callable[[str], None]


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path, seed=15) as made:
        yield made


def two_pods(on: Stage, **settings: object) -> list[Pod]:
    return [on.pod(name, POLL_INTERVAL_SECONDS=POLL_SECONDS, **settings) for name in ("one", "two")]


def redis_of(pod: Pod) -> tuple[int, str, str]:
    """The status of readiness, and what it says of Redis."""
    status, fields = pod.readiness()
    entry = fields["dependencies"]["redis"] if status else {}
    return status, entry.get("status", ""), entry.get("message", "")


def well(pods: Sequence[Pod]) -> bool:
    return all(redis_of(pod)[:2] == (200, "connected") for pod in pods)


def degraded(pods: Sequence[Pod]) -> bool:
    """All of them say so, and are ready all the same."""
    found = [redis_of(pod) for pod in pods]
    assert {status for status, *_ in found} == {200}
    return all(said == "degraded" and "Redis is degraded" in message for _, said, message in found)


@contextmanager
def away(on: Stage) -> Iterator[None]:
    on.redis.kill()
    try:
        yield
    finally:
        on.redis.start()


def senders(on: Stage, seconds: float) -> set[str]:
    """Who publishes revisions, as somebody hears it who listens for at most ``seconds`` until there are two."""
    found, end = set[str](), time.monotonic() + seconds
    with Redis.from_url(on.redis.url) as client, client.pubsub() as heard:  # type: ignore[no-untyped-call]  # redis-py hasn't typed it
        heard.subscribe(CHANNEL)
        while len(found) < 2 and time.monotonic() < end:
            message = heard.get_message(timeout=0.1)
            if message and message["type"] == "message" and b"revision" in message["data"]:
                found.add(json.loads(message["data"])["from"])
    return found


def wait_out(cluster: Cluster, pods: Sequence[Pod], trouble: AbstractContextManager[None]) -> Spell:
    """Have ``trouble`` until it shows, and then some; when hints have been polled for instead."""
    begun = cluster.clock.elapsed()
    with trouble:
        until(lambda: degraded(pods), SILENT_SECONDS + SLACK_SECONDS)
        time.sleep(figure(1.0, 55.0))
    until(lambda: well(pods), RESUME_SECONDS)
    return Spell(begun=begun, ended=cluster.clock.elapsed() + SLACK_SECONDS, seconds=POLLED_SECONDS)


# --- Redis is away ----------------------------------------------------------------------------------------


def test_without_redis_decisions_go_on_and_hints_come_back_by_themselves(on: Stage, report: Report) -> None:
    pods, times = two_pods(on), figure(1, 10)
    with on.cluster(pods, LOAD) as cluster:
        programs = [pod.program for pod in pods]
        begun, spells = cluster.clock.elapsed(), list[Spell]()
        with cluster.working():
            for _ in range(times):
                flush(on, pods)
                for trouble in (standing_still(on.redis), away(on)):
                    spells.append(wait_out(cluster, pods, trouble))
                    assert len(senders(on, RESUME_SECONDS)) == 2
        judged(
            cluster,
            "F15 Redis flushed, stopped, killed",
            report,
            limits=Limits(bound=HINTED_SECONDS, spells=tuple(spells), max_staleness=MAX_STALENESS_SECONDS),
            demands=(Demand(name="Redis is away", begun=begun, ended=cluster.clock.elapsed()),),
            faults=(Fault(name="Redis degraded and back", seen=len(spells), wanted=2 * times),),
            rates=RATES,
        )
        assert [pod.program for pod in pods] == programs


def flush(on: Stage, pods: Sequence[Pod]) -> None:
    """Forgetting what it has concerns no hint: there is nothing."""
    time.sleep(1.0)
    with Redis.from_url(on.redis.url) as client:
        client.flushdb()
        client.flushall()
        assert client.dbsize() == 0
    assert well(pods)
    assert len(senders(on, RESUME_SECONDS)) == 2


# --- hints go wrong ---------------------------------------------------------------------------------------


def test_hints_that_are_lost_repeated_late_or_forged_mislead_nobody(on: Stage, report: Report) -> None:
    pods = two_pods(on)
    with on.cluster(pods, LOAD) as cluster:
        begun = cluster.clock.elapsed()
        with cluster.working():
            hints, wrong = on.pub_sub, on.to_redis.seen
            hints.dropped, hints.doubled, hints.delayed, hints.forged = 0.5, 0.3, 0.3, 0.2
            hints.late = figure(2.0, 10.0)
            shouted = shout(on, figure(6.0, 60.0))
            ended = cluster.clock.elapsed()
            hints.heal()
            time.sleep(1.0)
        judged(
            cluster,
            "F16 hints lost, doubled, late, forged",
            report,
            limits=Limits(bound=POLLED_SECONDS, max_staleness=MAX_STALENESS_SECONDS),
            demands=(Demand(name="hints go wrong", begun=begun, ended=ended),),
            faults=(
                *(Fault(name=name, seen=seen, wanted=10) for name, seen in wrong.items() if "message" in name),
                Fault(name="message shouted", seen=shouted, wanted=100),
            ),
            rates=RATES,
        )
        assert {name for name in wrong if "message" in name} == {f"message {what}" for what in WRONGED}
        seconds = cluster.clock.elapsed() - begun
        for pod in pods:
            assert_quiet(pod, seconds)


WRONGED = ("dropped", "doubled", "delayed", "forged")


def shout(on: Stage, seconds: float) -> int:
    """Say what is no hint on the channel, and what is one on another service's; how often."""
    chance, count, end = Random(16), 0, time.monotonic() + seconds
    with Redis.from_url(on.redis.url) as client:
        while time.monotonic() < end:
            client.publish(CHANNEL, chance.choice(FORGED))
            client.publish("another service", b'{"from": "somebody", "revision": 1000000}')
            count += 1
            time.sleep(0.02)
    return count


def assert_quiet(pod: Pod, seconds: float) -> None:
    """End ``pod``: in ``seconds`` it has told of no exception, once a minute of what is no hint, and else of silence.

    Of that when it has begun: heartbeats are lost too.
    """
    program = pod.program
    assert program is not None
    assert pod.stop() == 0
    lines = [json.loads(line) for line in program.lines]
    assert [line for line in lines if "error" in line or line["level"] == "ERROR"] == []
    told = Counter(line["message"].rpartition(":")[0] for line in lines)
    assert told.pop("hints are in trouble", 0) <= 1 + seconds / SILENT_SECONDS
    assert all(count <= 1 + seconds // 60 for count in told.values()), told


# --- nothing is heard -------------------------------------------------------------------------------------


class Silence:
    """What goes to subscribers is swallowed once it has fallen; whoever subscribes later hears all."""

    def __init__(self) -> None:
        """Nobody has subscribed yet."""
        self.swallowed = 0
        self.times = 0

    def fall(self) -> None:
        """Let none of those who have subscribed hear anything again, nor be told."""
        self.times += 1


class Silenced(Traffic):
    """A connection to Redis under a silence."""

    def __init__(self, silence: Silence) -> None:
        """It hasn't subscribed yet."""
        self._silence = silence
        self._falls_at: int | None = None

    def up(self, data: bytes) -> Sequence[Piece]:
        if b"SUBSCRIBE" in data:
            self._falls_at = self._silence.times + 1
        return [Piece(data)]

    def down(self, data: bytes) -> Sequence[Piece]:
        if self._falls_at is None or self._silence.times < self._falls_at:
            return [Piece(data)]
        self._silence.swallowed += 1
        return []


def test_a_subscriber_that_hears_nothing_any_more_finds_out_by_itself(on: Stage, report: Report) -> None:
    """The connection stays open and nothing fails: as behind a firewall that has forgotten it."""
    silence = Silence()
    with TcpProxy(on.redis.port, lambda: Silenced(silence)) as proxy:
        pods = two_pods(on, REDIS_URL=on.redis.url_at(proxy.port))
        with on.cluster(pods, LOAD) as cluster:
            with cluster.working():
                time.sleep(1.0)
                connections, begun = proxy.seen["connection"], cluster.clock.elapsed()
                silence.fall()
                until(lambda: proxy.seen["connection"] >= connections + 2, SILENT_SECONDS + SLACK_SECONDS)
                until(lambda: well(pods), RESUME_SECONDS)
                healed = cluster.clock.elapsed()
                time.sleep(1.0)
            spell = Spell(begun=begun, ended=healed + SLACK_SECONDS, seconds=POLLED_SECONDS)
            judged(
                cluster,
                "F17 half-open subscribers",
                report,
                limits=Limits(bound=HINTED_SECONDS, spells=(spell,), max_staleness=MAX_STALENESS_SECONDS),
                demands=(Demand(name="nothing is heard", begun=begun, ended=healed),),
                faults=(Fault(name="message swallowed", seen=silence.swallowed, wanted=2),),
                rates=RATES,
            )
