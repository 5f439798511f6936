"""Tells by the ``Authorization`` header who calls."""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod
from typing import Final

from enterprise_policy.values.names import subject_fault
from enterprise_service.administer.rights import BOOTSTRAP
from enterprise_service.http.edge.api_keys import ApiKeys, key_id_of
from enterprise_service.http.edge.caller import Anonymous, Caller, KeyHolder, PlatformAdministrator, SubjectCaller
from enterprise_service.http.edge.decisions import MustWaitError
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.tokens import Tokens

_SCHEME: Final = b"bearer "

VALID_HEADERS: Final = 4096
"""So many valid headers are remembered; at more all are forgotten, and those in use come back."""

HEADER_BYTES: Final = 256
"""No longer header is remembered: whoever has a key could write it in any number of ways."""


class Credentials(ABC):
    """Who calls. Any thread may ask."""

    @abstractmethod
    def identify(self, authorization: bytes | None, *, may_wait: bool = True) -> Caller | None:
        """The caller, or ``None`` when the header is no valid credential. One that is sent is never passed over.

        Raises ``MustWaitError`` when it takes time and ``may_wait`` doesn't allow that, ``UnavailableError`` when it
        can't be known now.
        """


class OneForAll(Credentials):
    """Takes everybody for one caller, where nobody else can call: inside a process."""

    def __init__(self, caller: Caller) -> None:
        """``caller`` is who calls."""
        self._caller = caller

    def identify(self, authorization: bytes | None, *, may_wait: bool = True) -> Caller | None:  # noqa: ARG002 (any)
        """See ``Credentials``."""
        return self._caller


class TokenHolders:
    """Recognises people by the access tokens that they were given elsewhere."""

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        """``tokens`` verifies them."""
        self._tokens = tokens
        self._clock = clock

    def find(self, given: bytes) -> Caller | None:
        """The person for whom the token ``given`` speaks; ``None`` when it isn't valid, or he can't be a person."""
        try:
            subject = self._tokens.subject(given.decode("ascii"))
        except UnicodeDecodeError:
            return None
        if subject is None or subject_fault(subject):
            return None
        return SubjectCaller(subject, "token", self._clock)


class HeaderCredentials(Credentials):
    """Recognises the bootstrap key, API keys and tokens, each as ``Authorization: Bearer ...``."""

    def __init__(
        self, api_keys: ApiKeys, bootstrap_key: str | None, tokens: TokenHolders | None = None, *, anonymous: bool
    ) -> None:
        """``bootstrap_key`` is the platform administrator's, if there is one.

        Without ``tokens`` none is valid; with ``anonymous`` whoever sends no credential is a caller too.
        """
        self._api_keys = api_keys
        self._key = None if bootstrap_key is None else bootstrap_key.encode()
        self._administrator = PlatformAdministrator(BOOTSTRAP, BOOTSTRAP)
        self._tokens = tokens
        self._nobody = Anonymous() if anonymous else None
        self._valid: dict[bytes, Caller] = {}

    def identify(self, authorization: bytes | None, *, may_wait: bool = True) -> Caller | None:
        """See ``Credentials``."""
        if authorization is None:
            return self._nobody
        # Whole headers that were found valid before. Finding one takes a hash whose key is made at each start, so the
        # time that it takes tells nothing of the credential.
        caller = self._valid.get(authorization)
        if caller is None or (type(caller) is KeyHolder and not self._api_keys.uses(caller)):
            return self._recognise(authorization, may_wait=may_wait)
        return caller

    def _recognise(self, authorization: bytes, *, may_wait: bool) -> Caller | None:
        self._valid.pop(authorization, None)
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            return None
        given = authorization[len(_SCHEME) :].strip()
        if self._key is not None and hmac.compare_digest(given, self._key):
            return self._remembered(authorization, self._administrator)
        if key_id_of(given) is not None:
            holder = self._api_keys.find(given, may_wait=may_wait)
            return None if holder is None else self._remembered(authorization, holder)
        return self._by_token(given, may_wait=may_wait)

    def _remembered(self, authorization: bytes, caller: Caller) -> Caller:
        if len(authorization) <= HEADER_BYTES:
            if len(self._valid) >= VALID_HEADERS:
                self._valid.clear()
            self._valid[authorization] = caller
        return caller

    def _by_token(self, given: bytes, *, may_wait: bool) -> Caller | None:
        """Tokens aren't remembered: when one ends is known to whoever verifies it alone."""
        if self._tokens is None:
            return None
        if not may_wait:
            raise MustWaitError
        return self._tokens.find(given)
