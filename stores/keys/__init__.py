"""What the processes of the edge tell each other of keys, by way of Redis."""

from stores.keys.announcing import AnnouncingStore
from stores.keys.shared import SharedKey, SharedKeys

__all__ = ["AnnouncingStore", "SharedKey", "SharedKeys"]
