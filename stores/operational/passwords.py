"""Passwords: Argon2id with the parameters that RFC 9106 recommends for little memory (its second option)."""

import asyncio
from functools import cache

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

#: Fewest and most characters of a password: NIST SP 800-63B-4 asks for at least 15 where it is the only factor, and
#: allows 8 beside others; what is between is for the user to weigh. Long ones only cost time.
LEAST = 10
MOST = 200

_hasher = argon2.PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
#: Hashing takes 64 MiB and some 50 ms of CPU: one at a time is enough.
_one = asyncio.Semaphore(2)


async def hash_password(password: str) -> str:
    """What is kept of a password, in the PHC string format."""
    async with _one:
        return await asyncio.to_thread(_hasher.hash, password)


async def is_password(password: str, kept: str | None) -> bool:
    """Whether a password is the one of which ``kept`` is kept. It takes as long where there is none."""
    async with _one:
        return await asyncio.to_thread(_verify, password[:MOST], kept or _nobodys()) and kept is not None


def _verify(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
