"""Policy files on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from stat import S_ISDIR
from typing import Final

from enterprise_policy.errors import InvalidRequestError, NotFoundError
from enterprise_service.ports.policy_files import PolicyFiles, SourceFile

_ENDINGS: Final = (".yaml", ".yml")


class DiskPolicyFiles(PolicyFiles):
    """The policy files of a folder, or the one that ``path`` names, whatever its name is."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Sequence[SourceFile]:
        try:
            mode = self._path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFoundError(f"there is no file or folder `{_shown(self._path)}`") from error
        except OSError as error:
            raise _unreadable(self._path, error) from error
        if not S_ISDIR(mode):
            return (_read(self._path),)
        return tuple(_read(file) for file in sorted(_files(self._path, (_real(self._path),))))


def _files(folder: Path, way: tuple[Path, ...]) -> Iterator[Path]:
    """The policy files below ``folder``; ``way`` has the real places of the root and all folders down to it."""
    for entry in _entries(folder):
        if entry.name.startswith("."):
            continue
        real = _inside(entry, way[0])
        if real.is_dir():
            if real in way:
                raise InvalidRequestError.at(_shown(entry), "is a link that leads back to where it is")
            yield from _files(entry, (*way, real))
        elif entry.name.endswith(_ENDINGS):
            yield entry


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder, error) from error


def _inside(entry: Path, root: Path) -> Path:
    """Where ``entry`` really is. A file tree from elsewhere must not make us read what is not in it."""
    real = _real(entry)
    if not real.is_relative_to(root):
        raise InvalidRequestError.at(_shown(entry), f"is a link that leads out of the folder `{_shown(root)}`")
    return real


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path, strict=True))
    except FileNotFoundError as error:
        raise InvalidRequestError.at(_shown(path), "is a link that leads nowhere") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _read(file: Path) -> SourceFile:
    """The file's text, with its line ends untouched, so that places in it can be counted."""
    try:
        if not file.is_file():  # a pipe would be waited for without end
            raise InvalidRequestError.at(_shown(file), "is no regular file")
        return SourceFile(path=_shown(file), text=file.read_bytes().decode())
    except UnicodeDecodeError as error:
        detail = f"isn't text in UTF-8 (the byte at {error.start} is wrong)"
        raise InvalidRequestError.at(_shown(file), detail) from error
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(path: Path, error: OSError) -> InvalidRequestError:
    reason = os.strerror(error.errno).lower() if error.errno else "unknown reason"
    return InvalidRequestError.at(_shown(path), f"can't be read: {reason}")


def _shown(path: Path) -> str:
    """``path`` as text that can be printed, also when its bytes are no UTF-8."""
    return str(path).encode("utf-8", "backslashreplace").decode()
