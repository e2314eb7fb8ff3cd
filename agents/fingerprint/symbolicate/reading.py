"""Reads uploaded files into maps, once a trial in another process has shown that they can be read (see ``trial.py``)."""

import asyncio
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from symbolic.exceptions import SymbolicError
from symbolic.proguard import ProguardMapper
from symbolic.sourcemapcache import SourceMapCache

from agents.fingerprint.symbolicate import trial
from agents.fingerprint.symbolicate.maps import ProguardMap, SourceMap

T = TypeVar("T")

#: Of a trial, by the clock: its CPU is bounded by itself.
_TRIAL_SECONDS = 30.0


class UnusableMap(Exception):
    """A map cannot be read, or not within the bounds."""


async def read_source_map(script: bytes, source_map: bytes) -> SourceMap:
    """The source map with its script; without a script (empty) functions keep their minified names.

    Raises:
        UnusableMap: it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="stacktide-map-") as folder:
        paths = [Path(folder) / "script", Path(folder) / "map"]
        for path, data in zip(paths, (script, source_map), strict=True):
            await asyncio.to_thread(path.write_bytes, data)
        await _try("source_map", paths)
    cache = await _with_roomy_stack(lambda: SourceMapCache.from_bytes(script, source_map))
    return SourceMap(cache, room=len(script) + len(source_map))


async def read_proguard(mapping: bytes) -> ProguardMap:
    """The mapping of ProGuard or R8.

    Raises:
        UnusableMap: it cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="stacktide-map-") as folder:
        path = Path(folder) / "mapping"
        await asyncio.to_thread(path.write_bytes, mapping)
        await _try("proguard", [path])
        # The file is mapped into memory, and needs no name afterwards.
        return ProguardMap(await _with_roomy_stack(lambda: ProguardMapper.open(str(path))))


async def _try(kind: str, paths: Sequence[Path]) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        trial.__file__,
        kind,
        *map(str, paths),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_TRIAL_SECONDS):
            status = await process.wait()
    except TimeoutError as error:
        raise UnusableMap(f"reading it takes more than {_TRIAL_SECONDS:.0f} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status != 0:
        raise UnusableMap(f"it cannot be read (status {status} of the trial)")


async def _with_roomy_stack(function: Callable[[], T]) -> T:
    """The function's result, from a thread with at least twice the stack of the trial.

    Raises:
        UnusableMap: the function raised an error of ``symbolic``.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            result = function()
        except SymbolicError as error:
            loop.call_soon_threadsafe(_fail, done, UnusableMap(str(error)))
        except BaseException as error:
            loop.call_soon_threadsafe(_fail, done, error)
        else:
            loop.call_soon_threadsafe(_finish, done, result)

    before = threading.stack_size(trial.READING_STACK)
    try:
        threading.Thread(target=run, name="read-map", daemon=True).start()
    finally:
        threading.stack_size(before)
    return await done


def _finish(done: asyncio.Future[T], result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[T], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
