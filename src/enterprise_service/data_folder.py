"""The secrets that are made beside an embedded store, at its first start."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from enterprise_policy.errors import StoreRefusedError
from enterprise_service.secret import Secret

SERVICE_SECRET_FILE: Final = "service.secret"  # noqa: S105 - the file's name
BOOTSTRAP_KEY_FILE: Final = "bootstrap.key"


class DataFolder:
    """The folder in which the store's file is."""

    def __init__(self, store: Path) -> None:
        """``store`` is the store's file. Nothing is read or made yet."""
        self._store = store
        self._folder = store.parent

    @property
    def bootstrap_key_path(self) -> Path:
        """Where the key of ``bootstrap`` is."""
        return self._folder / BOOTSTRAP_KEY_FILE

    def service_secrets(self, *, make: bool) -> tuple[Secret, ...]:
        """What the store is signed with, a secret a line; made, with the folder, if there is none and ``make`` is set.

        Processes that make it at once get the same one. Raises ``StoreRefusedError`` when it can't be read or made, and
        when there is a store but no secret: another secret would fit none of its entries.
        """
        has_store = self._has_store()  # looked at first: whoever makes both makes the secret first
        found = _read(self._folder / SERVICE_SECRET_FILE)
        if found is not None:
            return tuple(Secret(line.strip()) for line in found.reveal().splitlines() if line.strip())
        if has_store:
            raise StoreRefusedError(
                f"the secret that the policy store `{self._store}` was signed with isn't in `{SERVICE_SECRET_FILE}` "
                "beside it; put that file back, or set `SERVICE_SECRET` to what it was"
            )
        if not make:
            raise StoreRefusedError(f"there is no policy store `{self._store}`")
        return (self._made(SERVICE_SECRET_FILE),)

    def bootstrap_key(self, *, make: bool) -> Secret | None:
        """The key of ``bootstrap``; made if there is none and ``make`` is set. Raises as ``service_secrets`` does."""
        found = _read(self.bootstrap_key_path)
        return self._made(BOOTSTRAP_KEY_FILE) if found is None and make else found

    def _has_store(self) -> bool:
        try:
            return self._store.stat().st_size > 0
        except OSError:
            return False

    def _made(self, name: str) -> Secret:
        """What the file ``name`` holds, once it is there: the first to link it wins, and never half a file is seen."""
        path = self._folder / name
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(prefix=f".{name}.", dir=self._folder)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as file:
                    file.write(f"{secrets.token_hex(32)}\n")
                    file.flush()
                    os.fsync(file.fileno())
                _link(draft, path)
            finally:
                Path(draft).unlink()
        except OSError as error:
            raise _unusable(path, error) from error
        return _read(path) or self._made(name)


def _link(draft: str, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        return  # somebody else was first
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> Secret | None:
    """The secret in the file, or ``None`` when there is no such file."""
    try:
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    if not text:
        raise StoreRefusedError(f"`{path}` is empty; put back what it held")
    return Secret(text)


def _unusable(path: Path, error: OSError | ValueError) -> StoreRefusedError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "it isn't text"
    return StoreRefusedError(f"`{path}` can't be read or made: {reason.lower()}")
