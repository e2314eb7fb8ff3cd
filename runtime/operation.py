"""Operations: what a command does to the log and the stores.

A command names an operation and its arguments. In a cluster the command opens the stores itself. Embedded, the process that
runs on the data folder performs the operation and answers through its socket; if none runs, the command opens the folder.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Operation = Callable[..., Awaitable[Any]]

#: Every operation by name; its first argument is an ``runtime.context.Context``, the others and the result are JSON.
OPERATIONS: dict[str, Operation] = {}


class OperationError(Exception):
    """An operation cannot be done as asked; the message is for the person who asked."""


class OperationBlocked(OperationError):
    """What is asked cannot be done just now, since something else is under way."""


def operation(function: Operation) -> Operation:
    """Register an operation under its function's name."""
    OPERATIONS[function.__name__] = function
    return function
