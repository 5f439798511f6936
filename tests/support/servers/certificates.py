"""Certificates for servers of tests, made by ``openssl``, valid for 127.0.0.1 and ``localhost``."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_EXTENSIONS: Final = (
    "subjectAltName=IP:127.0.0.1,DNS:localhost\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Files: the authority's certificate, the server's certificate, its key, and the last two in one."""

    authority: Path
    certificate: Path
    key: Path
    both: Path


def make_certificates(folder: Path) -> Certificates:
    """An authority and a certificate of it in ``folder``, valid for two days."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(
        authority=folder / "authority.pem",
        certificate=folder / "server.pem",
        key=folder / "server.key",
        both=folder / "both.pem",
    )
    _make_authority(folder, made)
    _make_certificate(folder, made)
    made.both.write_text(made.certificate.read_text() + made.key.read_text())
    return made


def _make_authority(folder: Path, made: Certificates) -> None:
    _openssl(folder, "req", "-x509", *_new_key(folder / "authority.key"), "-subj", "/CN=authority of tests",
             "-days", "2", "-out", str(made.authority))  # fmt: skip


def _make_certificate(folder: Path, made: Certificates) -> None:
    request, extensions = folder / "server.csr", folder / "server.ext"
    extensions.write_text(_EXTENSIONS)
    _openssl(folder, "req", *_new_key(made.key), "-subj", "/CN=127.0.0.1", "-out", str(request))
    _openssl(folder, "x509", "-req", "-in", str(request), "-CA", str(made.authority), "-CAkey",
             str(folder / "authority.key"), "-CAcreateserial", "-days", "2", "-extfile", str(extensions),
             "-out", str(made.certificate))  # fmt: skip


def _new_key(key: Path) -> tuple[str, ...]:
    return ("-newkey", "rsa:2048", "-nodes", "-keyout", str(key))


def _openssl(folder: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl failed:\n{done.stderr}")
