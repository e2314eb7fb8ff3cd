"""Whether a frame is the application's own, guessed from its place, for SDKs that do not say.

Grouping version 1 rests on this guess. A later version that wants a better one brings its own: changing this one moves
events to other issues.
"""

from functools import lru_cache

from agents.fingerprint.platforms import Platform, platform_of

#: Folders that package managers fill, and where systems keep theirs. Compared in lower case, with ``/``.
_FOLDERS = (
    "/site-packages/",
    "/dist-packages/",
    "/node_modules/",
    "/vendor/",
    "/gems/",
    "/pkg/mod/",
    "/.cargo/registry/",
    "/rustc/",
    "/usr/lib/",
    "/usr/local/lib/",
    "/usr/local/go/src/",
    "/usr/share/",
    "/system/",
    "/apex/",
    "/windows/system32/",
    "/windows/syswow64/",
    "/windows/winsxs/",
    "/lib/ruby/",
)
_PATH_STARTS = (
    "<frozen ",
    "<builtin",
    "<native",
    "native ",
    "[native",
    "node:",
    "internal/",
    "chrome-extension:",
)
_PACKAGE_STARTS = ("/lib/", "/lib64/")


@lru_cache(maxsize=8_192)
def guess_in_app(
    platform: str, module: str | None, path: str | None, package: str | None, function: str | None = None
) -> bool:
    """Whether a frame seems to be the application's own. ``path`` is ``abs_path``, or ``filename`` where that is missing."""
    known = platform_of(platform)
    if module and (module + ".").startswith(known.library_modules):
        return False
    if function and function.startswith(known.library_functions):
        return False
    if package and _is_library_package(known, package):
        return False
    return not (path and _is_library_path(known, path))


def _is_library_path(known: Platform, path: str) -> bool:
    place = path.replace("\\", "/").lower()
    if place.startswith(_PATH_STARTS) or place.startswith(known.library_path_starts):
        return True
    place = "/" + place.lstrip("/") if "://" not in place else place
    return any(folder in place for folder in _FOLDERS) or any(part in place for part in known.library_paths)


def _is_library_package(known: Platform, package: str) -> bool:
    place = package.replace("\\", "/").lower()
    if place.rsplit("/", 1)[-1].startswith(known.library_packages) or place.startswith(_PACKAGE_STARTS):
        return True
    return any(folder in "/" + place.lstrip("/") for folder in _FOLDERS)
