"""Who makes a call that is answered to nobody without a credential."""

from __future__ import annotations

from flask import g

from enterprise_policy.errors import UnauthenticatedError
from enterprise_service.administer.scene import Author
from enterprise_service.http.edge.caller import WANTED, Anonymous, Caller
from enterprise_service.http.edge.credentials import Credentials
from enterprise_service.http.edge.framing import check_length


def caller_of(credentials: Credentials) -> Caller:
    """Who makes the request at hand.

    Raises ``UnauthenticatedError``, and before it what a body is refused with that isn't as long as it is said to be.
    """
    check_length(g.head, g.body)
    caller = credentials.identify(g.head.authorization)
    if caller is None or isinstance(caller, Anonymous):
        raise UnauthenticatedError(WANTED)
    return caller


def author_of(credentials: Credentials) -> Author:
    """The author of what the request at hand changes or reads."""
    caller = caller_of(credentials)
    return Author(actor=caller.actor, credential=caller.credential, request_id=g.request_id.decode("ascii"))
