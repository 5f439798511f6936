"""Where the store's file is, and whether it is still the same one."""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from enterprise_adapters.sqlite.translation import refused

_making = threading.Lock()


@dataclass(frozen=True, slots=True)
class Place:
    """A file as it was when it was looked at.

    ``device`` and ``inode`` tell it from another that took its path. ``still`` is given where nobody else has the file
    open and we only read it: what must not change meanwhile.
    """

    path: Path
    device: int
    inode: int
    read_only: bool
    still: tuple[int, int] | None

    @property
    def uri(self) -> str:
        """As SQLite wants it."""
        mode = "ro" if self.read_only else "rw"
        return f"file://{quote(os.fsencode(self.path))}?mode={mode}{'&immutable=1' if self.still else ''}"

    def is_same_file(self, other: Place) -> bool:
        """Whether ``other`` is this file, changed or not."""
        return (self.device, self.inode) == (other.device, other.inode)


def look(path: Path, *, read_only: bool) -> Place:
    """The file at ``path``. Raises ``OSError`` when there is none, ``StoreRefusedError`` when it is no file."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise refused(path, "is no regular file; name a path for a file")
    still = (found.st_size, found.st_mtime_ns) if read_only and _rests(path) else None
    return Place(path, found.st_dev, found.st_ino, read_only, still)


def _rests(path: Path) -> bool:
    """Whether nobody has the file open.

    SQLite has to be told so: else it would make its files beside this one, which a reader may not be able to, and which
    would belong to the reader and keep out the service.
    """
    real = path.resolve()  # beside the file that a link leads to
    return not any(Path(f"{real}{beside}").exists() for beside in ("-wal", "-journal"))


def make_file(path: Path) -> None:
    """Make an empty file at ``path``, with the folders above it, for its owner alone; leave one that is there.

    SQLite would make it for everybody. The lock matters: a process that closes any descriptor of a file drops all
    the locks that it holds on it (POSIX), so ours has to be closed before a connection of this process is opened.
    """
    with _making:
        for folder in reversed([folder for folder in path.parents if not folder.exists()]):
            folder.mkdir(mode=0o700, exist_ok=True)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            return
