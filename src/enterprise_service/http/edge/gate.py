"""The gate: head and body of a question in, an answer out, and nothing else.

Every way into the service calls it: the protocol with bytes from the socket, Flask's routes in a thread, tests as a
function. Checks are made in the contract's order: framing (``read_head``, before the body is read), credential, media
type, JSON and fields; then whether there is a policy that is fresh enough, and authority.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeAlias

from enterprise_policy.errors import EnterpriseError, UnauthenticatedError
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.caller import WANTED
from enterprise_service.http.edge.credentials import Credentials
from enterprise_service.http.edge.decisions import Asking, Decisions, MustWaitError
from enterprise_service.http.edge.framing import Head, check_length, check_media_type, check_query
from enterprise_service.http.edge.problems import internal_error, refusal
from enterprise_service.http.edge.questions import read_ask, read_batch
from enterprise_service.http.edge.request_ids import RequestIds

AT_ONCE_BYTES: Final = 16 * 1024
"""A body up to this long is read at once; reading a longer one might keep others waiting."""

Work: TypeAlias = Callable[[Asking, bytes], Answer]

_log = logging.getLogger(__name__)


class Gate:
    """Answers questions. Any thread may call it."""

    def __init__(self, credentials: Credentials, decisions: Decisions, request_ids: RequestIds) -> None:
        self._credentials = credentials
        self._decisions = decisions
        self._request_ids = request_ids

    def authorize(self, head: Head, body: bytes, *, may_wait: bool = False) -> Answer:
        """The answer to ``POST /authorize``, whatever the request is worth.

        Raises ``MustWaitError`` when it takes time and ``may_wait`` doesn't allow that.
        """
        return self._answer(self._one, head, body, may_wait=may_wait)

    def authorize_batch(self, head: Head, body: bytes, *, may_wait: bool = False) -> Answer:
        """The answer to ``POST /authorize/batch``, as ``authorize``."""
        return self._answer(self._batch, head, body, may_wait=may_wait)

    def _answer(self, work: Work, head: Head, body: bytes, *, may_wait: bool) -> Answer:
        request_id = self._request_ids.of(head.request_id)
        try:
            return work(self._admit(head, body, request_id, may_wait=may_wait), body)
        except EnterpriseError as error:
            return refusal(error, request_id)
        except MustWaitError:
            raise
        except Exception:  # noqa: BLE001 (a failure of ours is answered too, and never as an allow)
            _log.exception("a question could not be answered", extra={"request_id": request_id.decode("ascii")})
            return internal_error(request_id)

    def _admit(self, head: Head, body: bytes, request_id: bytes, *, may_wait: bool) -> Asking:
        check_length(head, body)
        caller = self._credentials.identify(head.authorization, may_wait=may_wait)
        if caller is None:
            raise UnauthenticatedError(WANTED)
        check_media_type(head)
        check_query(head)
        if len(body) > AT_ONCE_BYTES and not may_wait:
            raise MustWaitError
        return Asking(caller, request_id, may_wait)

    def _one(self, asking: Asking, body: bytes) -> Answer:
        return self._decisions.one(asking, read_ask(body))

    def _batch(self, asking: Asking, body: bytes) -> Answer:
        return self._decisions.batch(asking, read_batch(body))
