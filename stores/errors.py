"""What a store may raise. Every adapter turns its library's errors into these two.

``StoreError``
├── ``StoreUnavailable``   the store cannot be reached or has no room just now: the caller may try again
└── ``StoreRejected``      the store understood and refused: trying the same again will not help
"""


class StoreError(Exception):
    """A store failed."""


class StoreUnavailable(StoreError):
    """The store cannot be reached, or has no room, just now."""


class StoreRejected(StoreError):
    """The store refused what it was asked; the same again would be refused again."""
