"""Recognises API keys: each process has their records, and of the keys themselves only keyed hashes."""

from __future__ import annotations

import re
from typing import Final

from enterprise_policy.state.chain import Keyring, Purpose
from enterprise_service.chores.key_use import KeyUses
from enterprise_service.follow.follower import Follower
from enterprise_service.http.edge.caller import KeyHolder
from enterprise_service.http.edge.decisions import MustWaitError
from enterprise_service.http.edge.second_look import SecondLook
from enterprise_service.ports.clock import Clock

_KEY: Final = re.compile(rb"esk_([0-9a-f]{20})_[0-9a-f]{64}")
_NO_HASH: Final = bytes(32)


def key_id_of(given: bytes) -> str | None:
    """The id of the key ``given``, if it has the form of one."""
    found = _KEY.fullmatch(given)
    return None if found is None else found[1].decode("ascii")


class ApiKeys:
    """See the module. Any thread may call it."""

    def __init__(
        self, follower: Follower, keyring: Keyring, clock: Clock, uses: KeyUses, second_look: SecondLook
    ) -> None:
        """``uses`` is told when a key is used, ``second_look`` reads on for keys that were made elsewhere."""
        self._follower = follower
        self._keyring = keyring
        self._clock = clock
        self._uses = uses
        self._second_look = second_look

    def uses(self, holder: KeyHolder) -> bool:
        """Whether ``holder``'s key is valid now; if so, he has used it."""
        snapshot, now = self._follower.current, self._clock.now()
        if snapshot is None or not holder.is_valid(snapshot, now):
            return False
        self._uses.add(holder.key_id, now)
        return True

    def find(self, given: bytes, *, may_wait: bool) -> KeyHolder | None:
        """The holder of the key ``given``, who has used it; ``None`` when it isn't valid.

        Raises ``MustWaitError`` when the log has to be read and ``may_wait`` doesn't allow that, ``UnavailableError``
        when it can't be read.
        """
        holder = self._proved(given)
        if holder is not None or not self._second_look.is_due():
            return holder
        if not may_wait:
            raise MustWaitError
        has_read = self._second_look.take()
        holder = self._proved(given)
        if has_read and holder is not None:
            self._second_look.was_worth_it()
        return holder

    def _proved(self, given: bytes) -> KeyHolder | None:
        """Takes as long for a key whose id nobody has as for one whose secret is another's."""
        snapshot, key_id = self._follower.current, key_id_of(given)
        key = None if snapshot is None or key_id is None else snapshot.state.api_key(key_id)
        known = _NO_HASH if key is None else bytes.fromhex(key.hash)
        if not self._keyring.verify(Purpose.API_KEY, known, given) or key is None:
            return None
        holder = KeyHolder(key, self._clock)
        return holder if self.uses(holder) else None
