"""A checkpoint in a file of this machine, for its owner alone.

The file begins with a line of JSON that says what it is and has the hash of the rest. When it was last known to be the
newest stands in a small file beside it, so that confirming a large policy costs nothing.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.ports.checkpoints import Checkpoint
from enterprise_service.ports.local_copy import Copy, LocalCopy

FORMAT: Final = 1

DRAFT_SECONDS: Final = 600.0
"""Nobody writes a copy for so long."""


class DiskCheckpoint(LocalCopy):
    """At ``path``; its folder is made when it is first written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._confirmed = path.with_name(f"{path.name}.confirmed")

    def read(self) -> Copy | None:
        with _translated():
            written = _bytes_of(self._path)
            return None if written is None else self._with_confirmation(_understood(written))

    def write(self, copy: Copy) -> None:
        checkpoint = copy.checkpoint
        header = {
            "format": FORMAT,
            "log_id": checkpoint.log_id,
            "revision": checkpoint.revision,
            "chain": checkpoint.chain.hex(),
            "mac": checkpoint.mac.hex(),
            "confirmed_at": copy.confirmed_at,
            "copy_mac": copy.mac.hex(),
            "sha256": sha256(checkpoint.content).hexdigest(),
        }
        with _translated():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
            _replace(self._path, b"%s\n%s" % (json.dumps(header).encode(), checkpoint.content))

    def _sweep(self) -> None:
        """Take away the drafts of writers that were killed: each is as large as a copy."""
        for draft in self._path.parent.glob(f".{self._path.name}.*"):
            with suppress(FileNotFoundError):  # somebody else's, who has just put it in its place
                if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                    draft.unlink()

    def confirm(self, copy: Copy) -> None:
        line = {"of": copy.checkpoint.mac.hex(), "confirmed_at": copy.confirmed_at, "copy_mac": copy.mac.hex()}
        with _translated():
            _replace(self._confirmed, json.dumps(line).encode())

    def _with_confirmation(self, copy: Copy | None) -> Copy | None:
        """``copy`` as it was last confirmed, if what is beside it is of the same checkpoint."""
        beside = _bytes_of(self._confirmed)
        if copy is None or beside is None:
            return copy
        with suppress(ValueError, KeyError, TypeError):
            line = json.loads(beside)
            if line["of"] == copy.checkpoint.mac.hex() and line["confirmed_at"] > copy.confirmed_at:
                return replace(copy, confirmed_at=line["confirmed_at"], mac=bytes.fromhex(line["copy_mac"]))
        return copy


def _understood(written: bytes) -> Copy | None:
    """What was written, or ``None`` when it is damaged, or of another format."""
    line, _, content = written.partition(b"\n")
    with suppress(ValueError, KeyError, TypeError):
        header: Mapping[str, Any] = json.loads(line)
        if header["format"] == FORMAT and header["sha256"] == sha256(content).hexdigest():
            return _copy(header, content)
    return None


def _copy(header: Mapping[str, Any], content: bytes) -> Copy:
    checkpoint = Checkpoint(
        log_id=str(header["log_id"]),
        revision=int(header["revision"]),
        chain=bytes.fromhex(header["chain"]),
        content=content,
        mac=bytes.fromhex(header["mac"]),
    )
    return Copy(checkpoint=checkpoint, confirmed_at=int(header["confirmed_at"]), mac=bytes.fromhex(header["copy_mac"]))


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _replace(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``: whole, durable, and for the owner alone, or not at all."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise StoreUnavailableError(f"the copy on this machine can't be read or written: {reason}") from error
