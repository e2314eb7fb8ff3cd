"""An event whose every part would like to run in the page, break it, or look like something else."""

from typing import Any

SCRIPT = "<img src=x onerror=\"window.ran='image'\"><script>window.ran='script'</script>"
LINK = "javascript:window.ran='link'"
BACKWARDS = "invoice\u202egnp.exe\u0000\u0007"

HOSTILE: dict[str, Any] = {
    "level": "fatal",
    "platform": "javascript",
    "environment": SCRIPT,
    "release": f"shop@1.0{SCRIPT}",
    "transaction": LINK,
    "server_name": BACKWARDS,
    "tags": {"__proto__": "polluted", "constructor": SCRIPT, "url": LINK, SCRIPT: SCRIPT, "long": "x" * 200},
    "user": {"id": SCRIPT, "username": BACKWARDS},
    "request": {
        "url": LINK,
        "method": SCRIPT,
        "headers": {"Referer": LINK, "X-Markup": SCRIPT},
        "data": {"__proto__": {"polluted": True}, "deep": [[[[[SCRIPT]]]]]},
    },
    "breadcrumbs": [
        {"timestamp": 1e300, "category": SCRIPT, "level": SCRIPT, "message": SCRIPT, "data": {"url": LINK}},
        {"timestamp": "not a time", "type": None, "message": BACKWARDS},
        *({"message": f"step {number}"} for number in range(80)),
    ],
    "contexts": {"browser": {"name": SCRIPT}, SCRIPT: {"a": {"b": {"c": SCRIPT}}}},
    "extra": {"text": "y" * 8_000, "markup": SCRIPT, "nothing": None, "number": 1e308},
    "modules": {SCRIPT: SCRIPT},
    "exception": {
        "values": [
            {
                "type": "Error",
                "value": SCRIPT + "\n" + BACKWARDS,
                "stacktrace": {
                    "frames": [
                        {
                            "function": f"recurse{number}",
                            "filename": LINK,
                            "lineno": number,
                            "in_app": number % 9 == 0,
                        }
                        for number in range(400)
                    ]
                    + [
                        {
                            "function": SCRIPT,
                            "filename": f"{LINK}//{SCRIPT}",
                            "lineno": 1,
                            "in_app": True,
                            "context_line": SCRIPT,
                            "pre_context": ["\t" * 40 + "z" * 500, SCRIPT],
                            "vars": {"__proto__": SCRIPT, "markup": SCRIPT, "none": None},
                        }
                    ]
                },
            }
        ]
    },
}
