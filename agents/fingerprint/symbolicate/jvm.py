"""Java and Kotlin frames and exceptions: from ProGuard's names to the original ones."""

from collections.abc import Sequence

from msgspec.structs import replace

from agents.fingerprint.in_app import guess_in_app
from agents.fingerprint.symbolicate.maps import Call, ProguardMap
from schemas.event import ExceptionValue, Frame

PLATFORMS = frozenset({"java"})

#: What R8 and ProGuard write where the name of a file was.
_NO_FILES = frozenset({"SourceFile", "Unknown Source", "R8$$SyntheticClass", "Proguard", ""})


def original(frame: Frame, mappings: Sequence[ProguardMap]) -> tuple[Frame, ...] | None:
    """The calls that stand in a frame, outermost first; None where no mapping knows its class."""
    if not frame.module:
        return None
    for mapping in mappings:
        calls = mapping.calls(frame.module, frame.function or "", frame.lineno or 0) if frame.function else ()
        if calls:
            return tuple(_called(frame, call) for call in calls)
        if name := mapping.class_name(frame.module):
            return (_called(frame, Call(name, frame.function or "", frame.lineno or 0, None)),)
    return None


def original_exception(exception: ExceptionValue, mappings: Sequence[ProguardMap]) -> ExceptionValue:
    """The exception with the original name of its class."""
    if not exception.type:
        return exception
    class_name = f"{exception.module}.{exception.type}" if exception.module else exception.type
    for mapping in mappings:
        if name := mapping.class_name(class_name):
            module, _, type_name = name.rpartition(".")
            return replace(exception, module=module or None, type=type_name)
    return exception


def _called(frame: Frame, call: Call) -> Frame:
    kept = frame.filename if frame.filename not in _NO_FILES else None
    return replace(
        frame,
        filename=call.file or kept,
        abs_path=None,
        module=call.class_name,
        function=call.method or None,
        lineno=call.line or None,
        in_app=frame.in_app is not False and guess_in_app("java", call.class_name, call.file, None),
    )
