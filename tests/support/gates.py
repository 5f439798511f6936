"""A gate in this process on a store that a test can trouble, with a clock that it moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from enterprise_adapters.memory import MemoryKeyUse, MemoryTokens
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_service.chores.key_use import KeyUses
from enterprise_service.http.app import Web, create_web
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.api_keys import ApiKeys
from enterprise_service.http.edge.caller import Caller
from enterprise_service.http.edge.credentials import Credentials, HeaderCredentials, TokenHolders
from enterprise_service.http.edge.decisions import Decisions
from enterprise_service.http.edge.framing import read_head
from enterprise_service.http.edge.gate import Gate
from enterprise_service.http.edge.request_ids import RequestIds
from enterprise_service.http.edge.second_look import SecondLook
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

    @property
    def actor(self) -> str:
        """See ``Caller``."""
        return "only"

    @property
    def credential(self) -> str:
        """See ``Caller``."""
        return "only"

    def speaks_for(self, subject: str) -> bool:
        """See ``Caller``."""
        return False

    def may_ask(self, snapshot: Snapshot, domain: str) -> bool:
        """See ``Caller``."""
        return domain in self._asks

    def may_explain(self, snapshot: Snapshot, domain: str) -> bool:
        """See ``Caller``."""
        return domain in self._explains

    def queried(self, snapshot: Snapshot) -> tuple[str, ...]:
        """See ``Caller``."""
        return tuple(self._explains)

    def sees(self, snapshot: Snapshot, domain: str) -> bool:
        """See ``Caller``."""
        return domain in self._sees


@dataclass(slots=True, kw_only=True)
class Gated:
    """The gate of one process, on a store in memory that has the sample policy; ``service`` is what it is made from."""

    credentials: Credentials | None = None
    anonymous: bool = False
    bootstrap_key: str | None = KEY
    tokens: dict[str, str] = field(default_factory=dict)
    decides: bool = True
    manages: bool = True
    process: Process = field(default_factory=Process)
    empty: bool = False
    key_use: KeyUses = field(default_factory=lambda: KeyUses(MemoryKeyUse()))
    service: Service = field(init=False)
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        """No thread runs; what is in the store has been read."""
        if not self.empty:
            self.process.make(*EDITS)
        self.service = self._made()
        decisions = Decisions(self.process.follower, self.process.clock, MAX_STALENESS)
        self.gate = Gate(self.service.credentials, decisions, RequestIds())

    def _by_header(self) -> HeaderCredentials:
        process = self.process
        second_look = SecondLook(process.follower, process.clock, process.clock.advance)
        api_keys = ApiKeys(process.follower, process.keyring, process.clock, self.key_use, second_look)
        tokens = TokenHolders(MemoryTokens(self.tokens), process.clock)
        return HeaderCredentials(api_keys, self.bootstrap_key, tokens, anonymous=self.anonymous)

    def _made(self) -> Service:
        process = self.process
        return Service(
            follower=process.follower,
            log=process.log,
            commit=process.commit if self.manages else None,
            keyring=process.keyring,
            key_use=self.key_use,
            credentials=self.credentials or self._by_header(),
            clock=process.clock,
            max_staleness=MAX_STALENESS,
            version="1.2.3",
            decides=self.decides,
            manages=self.manages,
            checkpoints=process.checkpoints,
        )

    def ask(
        self, fields: object = ALLOWED, target: str = "/authorize", *, may_wait: bool = True, key: str = KEY
    ) -> Reply:
        """The gate's answer to a question with ``key``. Raises ``MustWaitError`` when it may not take time."""
        return self.send(body(fields), target, may_wait=may_wait, key=key)

    def send(self, content: bytes, target: str = "/authorize", *, may_wait: bool = True, key: str = KEY) -> Reply:
        """The gate's answer to the body ``content``."""
        head = read_head(
            [
                (b"authorization", f"Bearer {key}".encode()),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
            ]
        )
        ask = self.gate.authorize if target == "/authorize" else self.gate.authorize_batch
        return reply_of(ask(head, content, may_wait=may_wait))


@dataclass(slots=True, kw_only=True)
class Asked(Gated):
    """The same with all the paths of the HTTP side."""

    web: Web = field(init=False)

    def __post_init__(self) -> None:
        """See the class above."""
        Gated.__post_init__(self)
        self.web = create_web(self.service)


def reply_of(answer: Answer) -> Reply:
    """``answer`` as a client has it."""
    return checked(Reply(answer.status, answer.pairs(), answer.body))
