"""Where a command of management is carried out: a running service, or the store of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from enterprise_service.cli.conversation import MANAGING, Conversation
from enterprise_service.cli.tools import Tools
from enterprise_service.settings import read_settings

TIMEOUT: Final = 60.0
"""Seconds for an answer: a cascade may be long."""


@contextmanager
def conversation_at(tools: Tools, url: str | None) -> Iterator[Conversation]:
    """With the service at ``url``, or without one with the same application on the store that the settings name."""
    if url is None:
        with tools.management(read_settings(tools.environment)) as transport:
            yield Conversation(transport, MANAGING)
    else:
        from enterprise_service.cli.client import HttpTransport  # noqa: PLC0415 - HTTP only where it is used
        from enterprise_service.cli.credential import credential_for  # noqa: PLC0415 - as above

        yield Conversation(HttpTransport(url, credential_for(tools, url), TIMEOUT), MANAGING)
