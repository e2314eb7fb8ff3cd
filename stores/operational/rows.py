"""What every part of the operational store does with rows."""

import hashlib
import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert(connection: AsyncConnection, table: sa.Table, values: dict[str, Any]) -> int:
    """Add a row; returns its id."""
    identity: int = (
        await connection.execute(sa.insert(table).values(values).returning(table.c.id))
    ).scalar_one()
    return identity


def slug_of(name: str) -> str:
    """A name as it stands in addresses: lower-case letters and digits (of any script), joined by hyphens."""
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")


def hash_of(secret: str) -> str:
    """What is kept of a key or token drawn at random: SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
