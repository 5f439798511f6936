"""What a command shows to a service. Never a flag: those are seen by every user of the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from enterprise_policy.errors import EnterpriseError
from enterprise_service.cli.client import origin_of
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.tools import Tools
from enterprise_service.secret import Secret
from enterprise_service.setting_values import is_loopback
from enterprise_service.settings import read_settings

KEY: Final = "ENTERPRISE_SERVICE_KEY"
KEY_FILE: Final = "ENTERPRISE_SERVICE_KEY_FILE"


def credential_for(tools: Tools, url: str) -> Secret | None:
    """The key in the environment; for a service on this machine else the key of its data folder, if it can be read.

    Raises ``Failure`` when the environment has a key that can't be used.
    """
    named = tools.environment.get(KEY_FILE)
    key = tools.environment.get(KEY) or (_from_file(Path(named)) if named else None)
    if key is not None:
        return _usable(key)
    if not is_loopback(origin_of(url).hostname or ""):
        return None
    try:
        return tools.bootstrap_key(read_settings(tools.environment))
    except EnterpriseError:
        return None  # the service will say whether it needs one


def _from_file(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it isn't text").lower()
        raise Failure(ExitCode.INPUT, f"`{KEY_FILE}` names `{path}`, which can't be read: {reason}") from error


def _usable(key: str) -> Secret:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise Failure(ExitCode.INPUT, f"the key in `{KEY}` or `{KEY_FILE}` has characters that no key has")
    return Secret(key)
