"""The long tail of services, by Apprise, which is synchronous: it runs in a few threads of its own."""

import asyncio
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from agents.notify.render.mail import text_of
from agents.notify.render.message import Message
from agents.notify.send.errors import ReceiverRefused, ReceiverUnavailable

#: Services that Apprise reaches at an address of its own choice, whatever the URL says. The others would connect to hosts
#: that the URL names, or read files.
HOSTED = frozenset(
    {
        *("discord", "tgram", "pover", "pbul", "gchat", "wxteams", "webex", "line", "lark", "feishu"),
        *("opsgenie", "splunk", "victorops", "signl4", "ilert", "squadcast", "spike", "pagertree"),
        *("incidentio", "twilio", "msg91", "clickatell", "prowl", "ifttt", "dingtalk", "wecombot"),
    }
)
_SECONDS = 5.0
_TYPES = {"info": "info", "warning": "warning", "critical": "failure", "resolved": "success"}


async def send_apprise(url: str, message: Message, *, private: bool) -> str:
    """Send a message to the service of an Apprise URL; ``private`` says that it may be any.

    Raises:
        ReceiverUnavailable: it was not taken; Apprise does not say why.
        ReceiverRefused: it is no URL of a service that may be used.
    """
    await load()
    service = opened(url, private=private)
    loop = asyncio.get_running_loop()
    taken = await loop.run_in_executor(
        _threads(),
        lambda: service.notify(text_of(message), message.subject, notify_type=_TYPES[message.tone]),
    )
    if not taken:
        raise ReceiverUnavailable("The service did not take it, or could not be reached.")
    return "The service took it."


async def load() -> None:
    """Load Apprise and its services, which takes seconds; to be awaited before ``opened``."""
    await asyncio.get_running_loop().run_in_executor(_threads(), _library)


@cache
def _library() -> Any:
    with warnings.catch_warnings():
        # It asks for a module that the standard library is about to drop, and does without it then.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        # So that it loads what it has now.
        apprise.Apprise.instantiate("json://localhost", suppress_exceptions=True)
    return apprise


def opened(url: str, *, private: bool) -> Any:
    """What Apprise makes of a URL. Nothing is connected.

    Raises:
        ReceiverRefused: as ``send_apprise``.
    """
    scheme = url.partition("://")[0].lower()
    if not re.fullmatch(r"[a-z][a-z0-9]*", scheme):
        raise ReceiverRefused("An Apprise URL begins with the name of a service, as in discord://.")
    if not private and scheme not in HOSTED:
        raise ReceiverRefused(
            f"{scheme}:// can lead to any host, or is not known; STACKTIDE_NOTIFY_PRIVATE_ADDRESSES allows such. "
            f"Without it there are: {', '.join(sorted(HOSTED))}."
        )
    service = _library().Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        raise ReceiverRefused(f"Apprise cannot read this URL of {scheme}://.")
    service.socket_connect_timeout = service.socket_read_timeout = _SECONDS
    return service


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(8, thread_name_prefix="apprise")
