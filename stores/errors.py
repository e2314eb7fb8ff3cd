"""What a store may raise. Every adapter turns its library's errors into these three.

``StoreError``
├── ``StoreUnavailable``   the store cannot be reached or has no room just now: the caller may try again
├── ``StoreRejected``      the store understood and refused: trying the same again will not help
└── ``LeaseExpired``       whoever writes no longer owns what it writes: somebody else has gone on with it
"""


class StoreError(Exception):
    """A store failed."""


class StoreUnavailable(StoreError):
    """The store cannot be reached, or has no room, just now."""


class StoreRejected(StoreError):
    """The store refused what it was asked; the same again would be refused again."""


class LeaseExpired(StoreError):
    """The rows came later than whoever wrote them was sure to own their partition.

    They are neither tried again nor put aside as bad: the partition's next owner stores them. Whoever gets this abandons
    the batch without acknowledging it, and goes on from what is committed.
    """
