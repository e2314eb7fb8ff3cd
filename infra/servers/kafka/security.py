"""A certificate authority, certificates and a user, made by openssl for one test cluster."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from infra.servers.cache import run

_DAYS = "2"
_EXTENSIONS = "subjectAltName=DNS:localhost,IP:127.0.0.1"


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """Files in PEM form, and a SCRAM-SHA-512 user."""

    authority: Path
    client_certificate: Path
    client_key: Path
    broker_key_and_certificate: Path
    user: str
    password: str

    @classmethod
    def make(cls, folder: Path) -> "KafkaSecurity":
        """Make all of it in ``folder``, for brokers on 127.0.0.1 and localhost.

        Raises:
            ServerError: openssl is missing or failed.
        """
        folder.mkdir(parents=True, exist_ok=True)
        _make_authority(folder)
        _make_certificate(folder, "broker")
        _make_certificate(folder, "client")
        both = folder / "broker.pem"
        both.write_text((folder / "broker.key").read_text() + (folder / "broker.crt").read_text())
        return cls(
            authority=folder / "authority.crt",
            client_certificate=folder / "client.crt",
            client_key=folder / "client.key",
            broker_key_and_certificate=both,
            user="stacktide",
            password=secrets.token_urlsafe(16),
        )


def _make_authority(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", _DAYS]
    command += ["-subj", "/CN=Stacktide test authority", "-keyout", "authority.key", "-out", "authority.crt"]
    run(command, folder)


def _make_certificate(folder: Path, name: str) -> None:
    command = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"]
    command += ["-keyout", f"{name}.key", "-out", f"{name}.csr"]
    run(command, folder)
    extensions = folder / "extensions"
    extensions.write_text(_EXTENSIONS)
    command = ["openssl", "x509", "-req", "-in", f"{name}.csr", "-days", _DAYS, "-out", f"{name}.crt"]
    command += ["-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial"]
    command += ["-extfile", extensions.name]
    run(command, folder)
