"""Whether a frame is the application's own, guessed from its place, for SDKs that do not say.

Grouping version 1 rests on this guess. A later version that wants a better one brings its own: changing this one moves
events to other issues.
"""

from functools import lru_cache

#: Folders that package managers fill, and where standard libraries are installed. Compared in lower case, with ``/``.
_FOLDERS = (
    "/site-packages/",
    "/dist-packages/",
    "/node_modules/",
    "/bower_components/",
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
    "/lib/python2.",
    "/lib/python3.",
    "/lib/ruby/",
)
_PATH_STARTS = (
    "node:",
    "internal/",
    "<frozen ",
    "<builtin",
    "<native",
    "native ",
    "[native",
    "chrome-extension:",
)
_PACKAGE_STARTS = (
    "/system/",
    "/usr/lib/",
    "/lib/",
    "/lib64/",
    "/apex/",
    "libsystem_",
    "libdispatch.",
    "libobjc.",
)
#: Standard libraries by the first words of their modules.
_MODULE_STARTS = {
    "java": (
        "java.",
        "javax.",
        "jdk.",
        "sun.",
        "com.sun.",
        "android.",
        "androidx.",
        "com.android.",
        "dalvik.",
        "libcore.",
        "kotlin.",
        "kotlinx.",
        "scala.",
        "groovy.",
        "clojure.",
    ),
    "csharp": ("System.", "Microsoft.", "Mono.", "UnityEngine."),
}


@lru_cache(maxsize=8_192)
def guess_in_app(platform: str, module: str | None, path: str | None, package: str | None) -> bool:
    """Whether a frame seems to be the application's own. ``path`` is ``abs_path``, or ``filename`` where that is missing."""
    if module and module.startswith(_MODULE_STARTS.get(platform, ())):
        return False
    if package and package.lower().startswith(_PACKAGE_STARTS):
        return False
    for place in (path, package):
        if place:
            place = "/" + place.replace("\\", "/").lower().lstrip("/")
            if any(folder in place for folder in _FOLDERS) or place[1:].startswith(_PATH_STARTS):
                return False
    return True
