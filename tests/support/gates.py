"""A gate in this process on a store that a test can trouble, with a clock that it moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from enterprise_service.http.app import Web, create_web
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.caller import Caller, Credentials
from enterprise_service.http.edge.framing import read_head
from enterprise_service.http.service import Service
from tests.support.logs import Process
from tests.support.raw_http import Reply
from tests.support.replies import checked
from tests.support.sample_policy import ALLOWED, EDITS, KEY, body

MAX_STALENESS = 300.0


class Only(Caller):
    """May ask about some domains, and see some."""

    def __init__(self, asks: str = "", sees: str = "", explains: str = "") -> None:
        """Names of domains, separated by blanks."""
        self._asks, self._sees, self._explains = asks.split(), sees.split(), explains.split()

    def may_ask(self, domain: str) -> bool:
        """See ``Caller``."""
        return domain in self._asks

    def may_explain(self, domain: str) -> bool:
        """See ``Caller``."""
        return domain in self._explains

    def sees(self, domain: str) -> bool:
        """See ``Caller``."""
        return domain in self._sees


class Everybody(Credentials):
    """Takes everybody for one caller."""

    def __init__(self, caller: Caller) -> None:
        """Whatever is sent or isn't."""
        super().__init__(None, anonymous=False)
        self._caller = caller

    def identify(self, authorization: bytes | None) -> Caller | None:
        """See ``Credentials``."""
        return self._caller


@dataclass(slots=True, kw_only=True)
class Asked:
    """The HTTP side of one process, on a store in memory that has the sample policy."""

    credentials: Credentials = field(default_factory=lambda: Credentials(KEY, anonymous=False))
    decides: bool = True
    manages: bool = True
    process: Process = field(default_factory=Process)
    empty: bool = False
    web: Web = field(init=False)

    def __post_init__(self) -> None:
        """No thread runs; what is in the store has been read."""
        if not self.empty:
            self.process.make(*EDITS)
        self.web = create_web(self.service)

    @property
    def service(self) -> Service:
        """What the HTTP side is made from."""
        return Service(
            follower=self.process.follower,
            credentials=self.credentials,
            clock=self.process.clock,
            max_staleness=MAX_STALENESS,
            version="1.2.3",
            decides=self.decides,
            manages=self.manages,
        )

    def ask(self, fields: object = ALLOWED, target: str = "/authorize", *, may_wait: bool = True) -> Reply:
        """The gate's answer to a question with the key. Raises ``MustWaitError`` when it may not take time."""
        return self.send(body(fields), target, may_wait=may_wait)

    def send(self, content: bytes, target: str = "/authorize", *, may_wait: bool = True) -> Reply:
        """The gate's answer to the body ``content``."""
        head = read_head(
            [
                (b"authorization", f"Bearer {KEY}".encode()),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
            ]
        )
        gate = self.web.gate
        ask = gate.authorize if target == "/authorize" else gate.authorize_batch
        return reply_of(ask(head, content, may_wait=may_wait))


def reply_of(answer: Answer) -> Reply:
    """``answer`` as a client has it."""
    return checked(Reply(answer.status, answer.pairs(), answer.body))
