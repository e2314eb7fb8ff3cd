"""What the embedded log may raise besides ``stores.errors.StoreRejected``.

``StoreError``
├── ``StoreUnavailable``
│   ├── ``LogFull``     there is no room on the disk: the append was undone, and may be tried again
│   └── ``LogLocked``   another process has the log open for writing
└── ``LogCorrupt``      a record that had been acknowledged cannot be read back
"""

from stores.errors import StoreError, StoreUnavailable


class LogFull(StoreUnavailable):
    """The disk has no room. Nothing of the append is kept; appends work again when there is room."""


class LogLocked(StoreUnavailable):
    """Another process has the log open for writing."""


class LogCorrupt(StoreError):
    """Bytes that had been acknowledged are damaged; the message names the file and the position."""
