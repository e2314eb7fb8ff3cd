"""Secrets at rest: encrypted with keys that are not in the store beside them."""

import base64
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from stores.errors import StoreRejected

#: Keeps these keys apart from others that may be derived from the same setting.
_PURPOSE = b"stacktide: secrets in the operational store"


class Vault:
    """Encrypts texts with the first of some keys (Fernet: AES-128-CBC with HMAC-SHA256), and decrypts with any of them, so
    that a key is replaced by putting a new one before it."""

    def __init__(self, keys: Sequence[str]) -> None:
        """``keys`` are random texts, from each of which a key of the cipher is derived by HKDF."""
        ciphers = [Fernet(_derived(key)) for key in keys]
        self._newest = ciphers[0] if ciphers else None
        self._all = MultiFernet(ciphers) if ciphers else None

    def encrypt(self, text: str) -> str:
        """A text, so that only who has the key can read it.

        Raises:
            StoreRejected: there is no key.
        """
        if self._newest is None:
            raise StoreRejected(
                "Secrets cannot be kept, since there is no key for them: set STACKTIDE_SECRET_KEY."
            )
        return self._newest.encrypt(text.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """The inverse of ``encrypt``.

        Raises:
            StoreRejected: it was encrypted with none of the keys.
        """
        try:
            if self._all is not None:
                return self._all.decrypt(encrypted.encode()).decode()
        except InvalidToken:
            pass
        raise StoreRejected("A secret was encrypted with a key that STACKTIDE_SECRET_KEY does not have.")

    def is_newest(self, encrypted: str) -> bool:
        """Whether a text was encrypted with the first key."""
        try:
            if self._newest is not None:
                self._newest.decrypt(encrypted.encode())
                return True
        except InvalidToken:
            pass
        return False


#: Keeps nothing: for processes that have nothing to do with secrets.
NO_KEYS = Vault(())


def keys_of(setting: str) -> list[str]:
    """The keys of the setting ``secret_key``."""
    return [key.strip() for key in setting.split(",") if key.strip()]


def kept_key(file: Path) -> str:
    """The key in a file, which is made, for its owner alone, where there is none."""
    if not file.exists():
        made = file.with_suffix(".new")
        made.touch(mode=0o600)
        made.write_text(secrets.token_hex(32) + "\n")
        made.replace(file)
    return file.read_text().strip()


def _derived(key: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(hkdf.derive(key.encode()))
