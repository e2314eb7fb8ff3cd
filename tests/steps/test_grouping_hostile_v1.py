"""No name or message that an event may hold takes long: cleaning costs are linear in their length."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.fingerprint.grouping_v1.frames import frame_part
from agents.fingerprint.grouping_v1.message import without_variables
from schemas.event import Frame

PLATFORMS = ["python", "node", "java", "go", "csharp", "php", "ruby", "native", "other"]
WORDS = (
    "< > $ $1 a$1 :: {closure ( ) <a>d__1 lambda$ @1 .func1 T $$Lambda 0x1 _closure1 [ `1[ a. / \\ -1.2 class@anonymous "
    "{lambda( std:: $_a_ $lambda-1 new\x20 __1 middleware check_ raise ::$_1 /a< wrapper .1 $anonfun$ _throw around_ _ "
    ".isra Tf_n TQ Mon,Nov ab12 abc_ /var/ .<locals> interceptor -fm .cold a1"
)

PARTS = WORDS.split(" ")


@pytest.mark.parametrize("part", PARTS)
def test_repetitions_take_little_time(part: str) -> None:
    name = (part * 1024)[:1024] if part else " " * 1024
    started = process_time()
    for platform in PLATFORMS:
        frame_part(
            platform, Frame(function=name, module=name[:512], filename=name, abs_path=name, in_app=True)
        )
    without_variables(part * 8192)
    assert process_time() - started < 0.1  # ordinarily 3 ms


@given(
    platform=st.sampled_from(PLATFORMS),
    function=st.lists(st.sampled_from([*PARTS, "load", "é", " "]), max_size=30).map("".join) | st.text(),
    module=st.none() | st.lists(st.sampled_from([*PARTS, "shop", "."]), max_size=30).map("".join),
    filename=st.none() | st.text(),
)
def test_any_frame_is_cleaned_without_error(
    platform: str, function: str, module: str | None, filename: str | None
) -> None:
    part = frame_part(platform, Frame(function=function, module=module, filename=filename, in_app=True))
    assert (
        part.value is None or len(part.value) <= 2 * len(function + (module or "") + (filename or "")) + 100
    )
