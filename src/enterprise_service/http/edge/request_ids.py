"""What a request is called, in its answer and in the log."""

from __future__ import annotations

import re
import secrets
from itertools import count
from typing import Final

_GIVEN: Final = re.compile(rb"[ -~]{1,128}")


class RequestIds:
    """Takes the caller's id when it may be one, else makes one that no other process makes."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(8).encode()
        self._numbers = count(1)

    def of(self, given: bytes | None) -> bytes:
        """``given`` if it is 1 to 128 printable ASCII characters, else a new one."""
        if given is not None and _GIVEN.fullmatch(given):
            return given
        return b"%b-%x" % (self._prefix, next(self._numbers))
