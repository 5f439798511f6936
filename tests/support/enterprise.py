"""The service in this process with an enterprise in it that people and programs call, one call after the other."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from enterprise_adapters.memory import ManualClock
from enterprise_service.administer.genesis import AUTHOR, genesis
from tests.support.administrators import MOMENTS, NOW, PERSONS, TOKENS, Credential, enterprise
from tests.support.agreeing import Agreeing
from tests.support.attempts import random_call
from tests.support.calls import Call
from tests.support.chooser import Chooser, manages
from tests.support.gates import Asked
from tests.support.judgement import Done, Side
from tests.support.logs import Process
from tests.support.management import Management
from tests.support.raw_http import Reply
from tests.support.sample_policy import KEY
from tests.support.ways import InProcess

BOOTSTRAP: Final = Credential("bootstrap", KEY)

FIRST_KEYS: Final = (("olga", "o1", "manage"), ("otto", "o2", "manage"), ("clara", "c1", "manage"), ("", "g1", "audit"))
"""Who makes a key before anything else is done, where, and of what scope."""

_DOMAIN: Final = re.compile(r"\b[ogc][0-9]+\b")


class StillClock(ManualClock):
    """Its wall clock stands still while seconds pass: moments here are microseconds apart."""

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass on the other clock."""
        now = self.now()
        super().advance(seconds)
        self.set(now)


@dataclass(frozen=True, slots=True)
class Played:
    """A call, who made it, how it was answered (the last time, if it was sent twice), and what it did."""

    caller: Credential
    call: Call
    replies: tuple[Reply, ...]
    done: Done

    @property
    def reply(self) -> Reply:
        """The first answer."""
        return self.replies[0]

    def __str__(self) -> str:
        """One line."""
        answers = " and ".join(f"{reply.status} {reply.code or ''}".strip() for reply in self.replies)
        asked = f"{self.call.method} {self.call.path} {json.dumps(self.call.fields)} {dict(self.call.headers) or ''}"
        return f"at {self.done.now} {self.caller.actor}: {asked.strip()} -> {answers}"

    @property
    def has_changed(self) -> bool:
        """Whether there is a new revision."""
        return self.done.before is not self.done.after

    def unseen(self) -> set[str]:
        """The domains that the answer names though the caller named none of them, and sees none of them."""
        named = set(_DOMAIN.findall(f"{self.call.path} {self.call.fields}"))
        answer = self.reply.body.decode().replace(str(self.reply.header("x-request-id")), "")
        told = set(_DOMAIN.findall(answer)) - named
        return {domain for domain in told if not self.done.knows(domain)}


class Enterprise:
    """What grew from ``numbers``, and its callers. ``story`` has what was played."""

    def __init__(self, numbers: Sequence[int]) -> None:
        """Nobody has called yet but to make some keys."""
        self._clock = StillClock(NOW)
        asked = Asked(tokens=dict(TOKENS), process=Process(clock=self._clock), empty=True)
        self._follower = asked.process.follower
        asked.process.commit(AUTHOR, genesis(asked.process.model))
        asked.process.make(*enterprise(self._follower.catch_up().state, numbers))
        self._client = Management(Agreeing(InProcess(asked.web.flask)))
        self._keys: list[Credential] = []
        self.story: list[Played] = []
        self._side = Side(self._follower.catch_up())
        for maker, domain, scope in FIRST_KEYS:
            person = next((each for each in PERSONS if each.actor == maker), BOOTSTRAP)
            self._send(person, Call("key", "POST", "/api-keys", {"name": scope, "domain": domain, "scopes": [scope]}))
        self._side = self._now()

    def play(self, number: int) -> Played:
        """The call that ``number`` leads to; sometimes one of the next moments has come before."""
        rng = Random(number)
        if rng.random() < 0.03:
            now = self._clock.now()
            self._clock.set(next((moment for moment in MOMENTS if moment > now), now))
        caller, before, now = self._caller(rng), self._side, self._clock.now()
        call = random_call(Chooser(before.state, now, caller.actor, rng))
        times = 2 if "idempotency_key" in call.headers else 1
        replies = tuple(self._send(caller, call) for _ in range(times))
        self._side = self._now()
        played = Played(caller, call, replies, Done(before, self._side, caller.actor, now))
        self.story.append(played)
        return played

    def _caller(self, rng: Random) -> Credential:
        """One who manages something, mostly."""
        if rng.random() < 0.05:
            return BOOTSTRAP
        everybody = self._keys if self._keys and rng.random() < 0.4 else PERSONS
        able = [each for each in everybody if manages(self._side.state, self._clock.now(), each.actor)]
        return rng.choice(able if able and rng.random() < 0.9 else everybody)

    def _send(self, caller: Credential, call: Call) -> Reply:
        client = self._client.with_key(caller.secret)
        body = {"content_type": "application/json"} if call.fields is not None else {}
        reply = client.send(call.method, call.path, call.fields, {**body, **call.headers})
        if reply.status == 201 and "key" in reply.fields:
            self._keys.append(Credential(f"key:{reply.fields['id']}", reply.fields["key"]))
        return reply

    def _now(self) -> Side:
        """The policy as it is; the very same side as before when nothing has changed."""
        snapshot = self._follower.catch_up()
        return self._side if snapshot.revision == self._side.state.revision else Side(snapshot, self._side)
