"""Operations: what a command does to the log and the stores, run in the process that holds them.

A command names an operation and its arguments. If a process runs on the data folder, it performs the operation and answers
through its socket; otherwise the command opens the folder itself for the while.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Operation = Callable[..., Awaitable[Any]]

#: Every operation by name; its first argument is an ``embedded.context.Context``, the others and the result are JSON.
OPERATIONS: dict[str, Operation] = {}


def socket_path(data: Path) -> Path:
    """The Unix socket through which commands reach the process that runs on a folder."""
    return data / "stacktide.sock"


class OperationError(Exception):
    """An operation cannot be done as asked; the message is for the person who asked."""


def operation(function: Operation) -> Operation:
    """Register an operation under its function's name."""
    OPERATIONS[function.__name__] = function
    return function
