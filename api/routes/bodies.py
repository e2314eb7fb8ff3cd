"""Parts that the bodies of several routes share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec

from api.errors import ApiError
from stores.errors import StoreRejected
from stores.operational.passwords import LEAST, MOST

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254)]
NewPassword = Annotated[str, msgspec.Meta(min_length=LEAST, max_length=MOST)]
Rate = Annotated[float, msgspec.Meta(gt=0, le=1e9)]


@contextmanager
def refusals() -> Iterator[None]:
    """Where the store's refusal is for whoever asked: 409 with its reason."""
    try:
        yield
    except StoreRejected as error:
        raise ApiError(409, "refused", str(error)) from error
