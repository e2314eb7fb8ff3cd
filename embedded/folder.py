"""What lies where in the data folder, beside the log and the stores."""

from pathlib import Path


def socket_path(data: Path) -> Path:
    """The Unix socket through which commands reach the process that runs on a folder."""
    return data / "stacktide.sock"


def key_file(data: Path) -> Path:
    """Where the first key is kept, for its owner alone: the store has only its hash, and could not show it again."""
    return data / "first-key"


def secret_file(data: Path) -> Path:
    """Where the key is kept, for its owner alone, that encrypts secrets in the operational store, unless one is set."""
    return data / "secret-key"
