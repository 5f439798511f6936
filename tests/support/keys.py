"""API keys as they are made: the record for the store, the text for whoever uses it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enterprise_policy.state.api_key import ApiKey, Scope
from enterprise_policy.state.chain import Keyring, Purpose
from enterprise_service.data_folder import DataFolder
from tests.support.policies import KEYRING, api_key


@dataclass(frozen=True, slots=True)
class Issued:
    """A key and its record."""

    text: str
    record: ApiKey

    @property
    def authorized(self) -> Mapping[str, str]:
        """The header that shows it."""
        return {"Authorization": f"Bearer {self.text}"}


def key_text(key_id: str | None = None) -> str:
    """A key of that id, or of one that nobody has."""
    return f"esk_{key_id or secrets.token_hex(10)}_{secrets.token_hex(32)}"


def issued(domain: str = "o1", *scopes: Scope, keyring: Keyring = KEYRING, **more: Any) -> Issued:  # noqa: ANN401 - fields
    """A new key in ``domain``, made by ``bootstrap`` unless it is said; without ``scopes`` it decides."""
    key_id = secrets.token_hex(10)
    text = key_text(key_id)
    signed = keyring.sign(Purpose.API_KEY, text.encode()).hex()
    return Issued(text, api_key(key_id, domain, *scopes, **{"created_by": "bootstrap", "hash": signed, **more}))


def keyring_of(folder: Path) -> Keyring:
    """What the store in ``folder`` is signed with."""
    secrets_of_store = DataFolder(folder / "enterprise.db").service_secrets(make=False)
    return Keyring([secret.reveal().encode() for secret in secrets_of_store])
