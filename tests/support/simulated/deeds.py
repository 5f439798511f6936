"""What workers do in a simulation, and what callers have them do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Final

from enterprise_policy.decide.question import Question
from enterprise_policy.errors import CallerError, EnterpriseError, UnavailableError
from enterprise_policy.state.assignment import Source
from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.change import Idempotency
from enterprise_policy.state.edits import Edit, create, delete
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_service.administer.commit import Request
from enterprise_service.administer.scene import Scene
from enterprise_service.follow.checkpointing import seal
from enterprise_service.follow.rebuilding import rebuild
from tests.support.growth import grow, some_questions
from tests.support.logs import AUTHOR
from tests.support.policies import KEYRING, applied, organization
from tests.support.simulated.worker import MAX_STALENESS, Worker
from tests.support.simulated.world import Killed, World

FIRST_STEPS: Final = 50
"""The first write grows a policy of so many steps, so that there is something to ask about."""

AHEAD: Final = 5
STRANGER: Final = Keyring([b"a secret that isn't the store's"])


class Deeds:
    """Each method is one thing that a worker does from beginning to end."""

    def __init__(self, world: World) -> None:
        """Nothing was sent yet."""
        self._world = world
        self._sent: list[Request] = []
        self._seen = [0, 0, 0]

    # --- writes --------------------------------------------------------------------------------------

    def write(self, worker: Worker) -> None:
        """A new request to change the policy."""
        rng, number = self._world.rng, len(self._sent)
        steps = [rng.randrange(2**24) for _ in range(rng.randint(1, 4) if number else FIRST_STEPS)]
        revokes = number > 0 and rng.random() < 0.4

        def propose(scene: Scene) -> Iterable[Edit]:
            return _revocation(scene, steps[0]) if revokes else grow(steps, scene.state)

        key = Idempotency(f"key-{number}", f"digest-{number}") if rng.random() < 0.7 else None
        request = Request(propose=propose, reason=f"write-{number}", idempotency=key)
        self._sent.append(request)
        self._send(worker, request)

    def repeat(self, worker: Worker) -> None:
        """A request that was sent before, under its key, whatever became of it."""
        repeatable = [request for request in self._sent if request.idempotency is not None]
        if repeatable:
            self._send(worker, self._world.rng.choice(repeatable[-8:]))

    def _send(self, worker: Worker, request: Request) -> None:
        name, judge = request.reason or "", self._world.judge
        try:
            committed = worker.parts.commit(AUTHOR, request)
        except CallerError as error:
            self._world.tell(worker, name, error.code)
        except UnavailableError as error:
            judge.unknown(name)
            self._world.tell(worker, name, error.code)
        except Killed:
            judge.unknown(name)
            raise
        else:
            judge.acknowledged(name, committed)
            self._world.tell(worker, name, committed.revision, "again" if committed.replayed else "")

    # --- questions -----------------------------------------------------------------------------------

    def ask(self, worker: Worker) -> None:
        """Some questions, to be answered from what the worker has."""
        for question in self._questions(worker):
            self._answer(worker, question, None)

    def demand(self, worker: Worker) -> None:
        """A question that shall be answered at a revision that its caller has seen, or heard of."""
        rng = self._world.rng
        session = rng.randrange(len(self._seen))
        newest = self._world.truth.revision
        at_least = rng.choice((self._seen[session], newest, rng.randint(newest, newest + AHEAD)))
        question = self._questions(worker)[0]
        self._seen[session] = max(self._seen[session], self._answer(worker, question, at_least))

    def _questions(self, worker: Worker) -> list[Question]:
        current = worker.parts.follower.current
        state = empty_state("none") if current is None else current.state
        return some_questions(state, self._world.rng.getrandbits(32), 3)

    def _answer(self, worker: Worker, question: Question, at_least: int | None) -> int:
        """The revision of the answer; 0 when there is none."""
        world, there, troubles = self._world, self._world.truth.revision, worker.troubles
        could = _is_fresh(worker)
        try:
            answer = worker.parts.desk.answer(question, at_least)
        except EnterpriseError as error:
            is_due = could and _is_fresh(worker) and (at_least or 0) <= there
            world.judge.not_answered(worker, error, is_due=is_due and worker.troubles == troubles)
            world.tell(worker, tuple(question), at_least, error.code)
            return 0
        world.judge.answered(worker, question, answer, world.time)
        world.judge.read_own_writes(at_least or 0, answer)
        world.tell(worker, tuple(question), at_least, answer)
        return answer.revision

    # --- following -----------------------------------------------------------------------------------

    def poll(self, worker: Worker) -> None:
        """The worker looks whether there is anything new."""
        world, least = self._world, self._world.truth.revision
        try:
            snapshot = worker.parts.follower.catch_up()
        except EnterpriseError as error:
            world.tell(worker, "polls", error.code)
        else:
            world.judge.caught_up(worker, snapshot, least)
            world.tell(worker, "polls", snapshot.revision)
        worker.polls_at = world.next_poll()

    def hear(self, worker: Worker, revision: int | None) -> None:
        """A hint arrives, and the worker's thread wakes up, or doesn't get to it before its next poll."""
        self._world.tell(worker, "hears", revision)
        worker.parts.follower.hint(revision)
        if self._world.rng.random() < 0.8:
            self.poll(worker)

    def rebuild(self, worker: Worker) -> None:
        """The worker makes its snapshot anew from the store."""
        current = worker.parts.follower.current
        if current is None or not current.revision:
            return
        try:
            rebuilt = rebuild(worker.store, KEYRING, current.state.log_id, current.revision)
        except EnterpriseError as error:
            self._world.tell(worker, "can't rebuild", error.code)
        else:
            self._world.judge.rebuilt(worker, current, rebuilt)
            self._world.tell(worker, "rebuilds", rebuilt.revision)

    def keep_checkpoint(self, worker: Worker) -> None:
        """The worker writes a checkpoint of what it has, which may be long past."""
        current = worker.parts.follower.current
        if current is not None and current.revision:
            self._world.tell(worker, "keeps", current.revision)
            self._world.truth.checkpoints.write(seal(current.state, KEYRING))

    def forge_checkpoint(self, worker: Worker) -> None:
        """Somebody who doesn't know the secret puts a checkpoint of his own making there."""
        current = worker.parts.follower.current
        if current is not None and current.state.organization("forged") is None:
            self._world.faults["checkpoints forged"] += 1
            self._world.tell("forged", current.revision)
            self._world.truth.checkpoints.write(seal(_forged(current.state), STRANGER))


def _is_fresh(worker: Worker) -> bool:
    follower = worker.parts.follower
    return follower.current is not None and follower.staleness() <= MAX_STALENESS


def _forged(state: PolicyState) -> PolicyState:
    """``state`` with an organization that nobody made, at the same place in the log."""
    return replace(applied(state, create(organization("forged"))), position=state.position)


def _revocation(scene: Scene, seed: int) -> Iterable[Edit]:
    """Take back an assignment, if there is any."""
    held = (versioned.record for versioned in scene.state.assignments)
    direct = sorted((each for each in held if each.source is Source.DIRECT), key=lambda each: (each.domain, each.id))
    return [delete(Random(seed).choice(direct))] if direct else []
