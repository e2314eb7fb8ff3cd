"""What is known of one platform's frames, as data: what is a library, and what compilers put into names."""

import re

import msgspec


class Platform(msgspec.Struct, frozen=True):
    """One platform. All text is compared case-sensitively unless it says otherwise; every pattern is linear in its input.

    ``library_modules`` and ``library_functions`` are how modules and functions of standard libraries and frameworks begin,
    ``library_paths`` what their paths contain and ``library_path_starts`` how they begin (lower case, ``/`` between
    folders). ``library_packages`` are how the names of their binaries begin (lower case, without folder).

    ``function`` and ``module`` are replacements that take off what varies between builds and name a closure by the
    function around it. ``generated`` finds, in a module or function, code that no one wrote (proxies, accessors, bridges):
    its frames come and go with the runtime. ``generic_arguments`` says whether ``<…>`` after a name are type arguments.
    """

    library_modules: tuple[str, ...] = ()
    library_functions: tuple[str, ...] = ()
    library_paths: tuple[str, ...] = ()
    library_path_starts: tuple[str, ...] = ()
    library_packages: tuple[str, ...] = ()
    function: tuple[tuple[re.Pattern[str], str], ...] = ()
    module: tuple[tuple[re.Pattern[str], str], ...] = ()
    generated: re.Pattern[str] | None = None
    generic_arguments: bool = False


def replacements(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns with what stands for their matches, applied in order."""
    return tuple((re.compile(pattern, re.DOTALL), replacement) for pattern, replacement in pairs)


def whole_modules(names: str) -> tuple[str, ...]:
    """How the modules of packages begin: of ``"django rq"``, ``django.`` and ``rq.``."""
    return tuple(f"{name}." for name in names.split())
