"""Who asks, and what he may ask and see."""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod
from typing import Final

_SCHEME: Final = b"bearer "

VALID_HEADERS: Final = 64
"""So many ways to write a valid header are remembered."""


class Caller(ABC):
    """A caller, as the gate needs him."""

    @abstractmethod
    def may_ask(self, domain: str) -> bool:
        """Whether he may ask for decisions in ``domain``, which need not exist."""

    @abstractmethod
    def may_explain(self, domain: str) -> bool:
        """Whether he is told more of a reason than its code."""

    @abstractmethod
    def sees(self, domain: str) -> bool:
        """Whether ``domain`` may be named to him."""


class PlatformAdministrator(Caller):
    """The holder of the bootstrap key."""

    def may_ask(self, domain: str) -> bool:  # noqa: ARG002 (any)
        """Anywhere."""
        return True

    def may_explain(self, domain: str) -> bool:  # noqa: ARG002 (any)
        """Everything."""
        return True

    def sees(self, domain: str) -> bool:  # noqa: ARG002 (any)
        """All of them."""
        return True


class Anonymous(Caller):
    """Whoever reaches a service that wants no credential for decisions."""

    def may_ask(self, domain: str) -> bool:  # noqa: ARG002 (any)
        """Anywhere."""
        return True

    def may_explain(self, domain: str) -> bool:  # noqa: ARG002 (none)
        """The code alone."""
        return False

    def sees(self, domain: str) -> bool:  # noqa: ARG002 (none)
        """None of them."""
        return False


class Credentials:
    """Tells by the ``Authorization`` header who asks for a decision."""

    def __init__(self, bootstrap_key: str | None, *, anonymous: bool) -> None:
        """``bootstrap_key`` is the platform administrator's, if there is one; ``anonymous`` lets everybody ask."""
        self._key = None if bootstrap_key is None else bootstrap_key.encode()
        self._administrator = PlatformAdministrator()
        self._nobody = Anonymous() if anonymous else None
        self._valid: dict[bytes, Caller] = {}

    def identify(self, authorization: bytes | None) -> Caller | None:
        """The caller, or ``None`` when the header is no valid credential. One that is sent is never passed over."""
        if authorization is None:
            return self._nobody
        # Whole headers that were found valid before. Finding one takes a hash whose key is made at each start, so the
        # time that it takes tells nothing of the credential.
        return self._valid.get(authorization) or self._verify(authorization)

    def _verify(self, authorization: bytes) -> Caller | None:
        if self._key is None or authorization[: len(_SCHEME)].lower() != _SCHEME:
            return None
        given = authorization[len(_SCHEME) :].strip()
        if not hmac.compare_digest(given, self._key):
            return None
        if len(self._valid) < VALID_HEADERS:
            self._valid[authorization] = self._administrator
        return self._administrator
