"""What S3's errors mean: whether the same may be tried again."""

from stores.errors import StoreError, StoreRejected, StoreUnavailable

#: There is no such bucket. A request for a bucket's head has no body, so its status stands for the code.
ABSENT = frozenset({"404", "NoSuchBucket"})
#: A bucket that somebody else of the same account has made at this moment.
OWN_BUCKET = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "OperationAborted"})
#: The store has no lifecycle rules, or lets whoever asks set none.
WITHOUT_LIFECYCLE = frozenset({"NotImplemented", "501", "MethodNotAllowed", "405", "AccessDenied", "403"})

#: Refused for what was asked. Everything else concerns the store or its set-up: full, slow, away, or closed to these
#: credentials. Nothing is wrong with the object then.
_REFUSED = frozenset(
    {"EntityTooLarge", "EntityTooSmall", "InvalidArgument", "InvalidPart", "KeyTooLongError"}
)
_NO_OBJECT = "NoSuchKey"


def code_of(error: BaseException | None) -> str:
    """S3's code of an error, or the empty string where the error does not come from a store."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def store_error(error: Exception, doing: str, store: str = "archive") -> StoreError:
    """The store's error for an error of aioboto3 or of the operating system. ``doing`` says what was tried, and in which
    ``store``."""
    code = code_of(error)
    if code == _NO_OBJECT:
        return StoreRejected(f"the {store} has no object of this name ({doing})")
    text = str(error).strip() or type(error).__name__
    message = f"The {store} failed {doing}: {text}"
    if code in _REFUSED or type(error).__name__ == "ParamValidationError":
        return StoreRejected(message)
    return StoreUnavailable(message)
