"""The machine's Chromium, for measurements and tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Where Chromium is, None where it is not on the PATH."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """A browser without pages. Its event loop is in the way of others in this thread until it is closed.

    Raises:
        RuntimeError: there is no Chromium on the PATH.
    """
    program = find_chromium()
    if program is None:
        raise RuntimeError("There is no Chromium on the PATH.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        yield browser
        browser.close()
