"""One look at an HTTP address."""

import urllib.request


def answers(url: str) -> bool:
    """Whether ``url`` answers with status 200 within five seconds."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:  # Of which urllib's errors are kinds.
        return False
