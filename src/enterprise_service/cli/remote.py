"""Questions to a running service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from enterprise_policy.decide.question import Question
from enterprise_service.cli.client import Client
from enterprise_service.cli.conversation import strange
from enterprise_service.cli.credential import credential_for
from enterprise_service.cli.source import Answered, Source
from enterprise_service.cli.tools import Tools

BATCH: Final = 100
"""Questions in one call."""


class ServiceSource(Source):
    """A running service."""

    def __init__(self, client: Client) -> None:
        """``client`` asks it."""
        self._client = client

    def ask(self, questions: Sequence[Question], at_least: int | None = None) -> Iterator[Answered]:
        """See the class above."""
        for start in range(0, len(questions), BATCH):
            yield from self._ask_batch(questions[start : start + BATCH], at_least)

    def _ask_batch(self, questions: Sequence[Question], at_least: int | None) -> Iterator[Answered]:
        checks = [{"sub": q.subject, "dom": q.domain, "obj": q.resource, "act": q.action} for q in questions]
        body = {"checks": checks, "explain": True, **({} if at_least is None else {"at_least": at_least})}
        answer = self._client.post("/authorize/batch", body)
        results = answer.get("results")
        if not isinstance(results, list) or len(results) != len(questions):
            raise strange("the service")
        return (_read(result, answer.get("revision")) for result in results)


def _read(result: object, revision: object) -> Answered:
    match result:
        case {"allowed": bool(allowed), "reason": {"code": str(), **_rest} as reason} if isinstance(revision, int):
            return Answered(allowed=allowed, revision=revision, reason=reason)
    raise strange("the service")


def service_source(tools: Tools, url: str) -> ServiceSource:
    """The service at ``url``, with the credential that the environment has for it."""
    return ServiceSource(Client(url, credential_for(tools, url)))
