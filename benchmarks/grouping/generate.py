"""Generated events: a bug somewhere in an invented shop, as each platform's SDK would report it."""

import random
from collections.abc import Callable

from benchmarks.grouping.frames import Raw

_AREAS = (
    "cart",
    "order",
    "invoice",
    "stock",
    "customer",
    "shipping",
    "catalogue",
    "payment",
    "coupon",
    "review",
)
_ACTIONS = (
    "load",
    "store",
    "total",
    "apply",
    "resolve",
    "parse",
    "notify",
    "price",
    "reserve",
    "convert",
    "lookup",
)
_LAYERS = ("views", "services", "models", "rules", "tasks", "gateway")
_HELPERS = ("ensure_valid", "check_state", "require", "execute")

Maker = Callable[[str, str, str, random.Random], Raw]


def generate(platform: str, dice: random.Random) -> Raw:
    """One event: one to five frames of the shop, framework frames outside and perhaps a library's inside."""
    own, library, errors = PLATFORMS[platform]
    frames = [dict(library[0]), dict(library[1])]
    area = dice.choice(_AREAS)
    for layer in sorted(dice.sample(_LAYERS, dice.randrange(1, 6)), key=_LAYERS.index):
        frames.append(
            own(area, layer, dice.choice(_ACTIONS) + dice.choice(["", "_all", "_for", "_by"]), dice)
        )
    if dice.random() < 0.3:
        frames.append(own("common", "checks", dice.choice(_HELPERS), dice))
    if dice.random() < 0.5:
        frames.append(dict(library[2]))
    for frame in frames:
        frame.setdefault("lineno", dice.randrange(1, 900))
    value = f"no {area} {dice.randrange(10**6)} for {dice.getrandbits(128):032x}"
    return {
        "platform": platform,
        "exception": {
            "values": [{"type": dice.choice(errors), "value": value, "stacktrace": {"frames": frames}}]
        },
    }


def _python(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    return {
        "module": f"shop.{area}.{layer}",
        "function": action,
        "filename": f"shop/{area}/{layer}.py",
        "abs_path": f"/srv/shop/shop/{area}/{layer}.py",
        "in_app": True,
    }


def _node(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    function = dice.choice([f"{area.capitalize()}{layer.capitalize()}.{action}", f"async {action}", action])
    return {
        "function": function,
        "filename": f"/srv/shop/dist/{area}/{layer}.js",
        "module": f"{area}:{layer}",
        "in_app": True,
    }


def _browser(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    path = f"https://shop.example/static/js/{area}.{dice.getrandbits(32) | 0x10000000:08x}.js"
    return {
        "function": f"{layer}.{action}",
        "filename": path,
        "abs_path": path,
        "in_app": True,
        "colno": dice.randrange(9999),
    }


def _java(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    name = f"{area.capitalize()}{layer.capitalize()}"
    function = dice.choice([action, action, f"lambda${action}${dice.randrange(9)}"])
    return {
        "module": f"com.example.{area}.{name}",
        "function": function,
        "filename": f"{name}.java",
        "in_app": True,
    }


def _go(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    function = dice.choice(
        [f"(*{layer.capitalize()}).{action}", f"{action}.func{dice.randrange(1, 4)}", action]
    )
    return {
        "module": f"example.com/shop/{area}",
        "function": function,
        "abs_path": f"/build/{area}/{layer}.go",
        "in_app": True,
    }


def _dotnet(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    module = f"Shop.{area.capitalize()}.{layer.capitalize()}"
    if dice.random() < 0.3:
        return {
            "module": f"{module}+<{action}>d__{dice.randrange(40)}",
            "function": "MoveNext",
            "in_app": True,
        }
    return {"module": module, "function": f"{action}(Int32 id)", "filename": f"{layer}.cs", "in_app": True}


def _ruby(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    function = dice.choice([action, f"block in {action}"])
    return {
        "filename": f"app/{layer}/{area}.rb",
        "abs_path": f"/srv/shop/app/{layer}/{area}.rb",
        "function": function,
    }


def _php(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    name = f"App\\{layer.capitalize()}\\{area.capitalize()}"
    return {
        "filename": f"/app/{layer}/{area}.php",
        "abs_path": f"/srv/shop/app/{layer}/{area}.php",
        "function": f"{name}::{action}",
    }


def _rust(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    closure = dice.choice(["", "::{{closure}}"])
    function = f"shop::{area}::{layer}::{action}{closure}::h{dice.getrandbits(64):016x}"
    return {
        "function": function,
        "package": "/srv/shop/bin/shop",
        "instruction_addr": hex(dice.getrandbits(40)),
    }


def _cocoa(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    function = dice.choice(
        [f"-[{area.capitalize()}{layer.capitalize()} {action}:]", f"{area.capitalize()}.{action}(id:)"]
    )
    return {
        "function": function,
        "package": "/private/var/containers/Bundle/Application/Shop.app/Shop",
        "in_app": True,
    }


def _native(area: str, layer: str, action: str, dice: random.Random) -> Raw:
    function = f"shop::{area}::{layer.capitalize()}<std::pair<int, char>>::{action}(int, char const*)"
    return {
        "function": function,
        "package": "C:\\Program Files\\Shop\\shop.exe",
        "instruction_addr": hex(dice.getrandbits(40)),
    }


#: By platform: its own frames, two frames outside and one inside that are libraries', and types of errors.
PLATFORMS: dict[str, tuple[Maker, tuple[Raw, Raw, Raw], tuple[str, ...]]] = {
    "python": (
        _python,
        (
            {"module": "django.core.handlers.base", "function": "get_response", "in_app": False},
            {"module": "rest_framework.views", "function": "dispatch", "in_app": False},
            {"module": "redis.client", "function": "execute_command", "in_app": False},
        ),
        ("ValueError", "KeyError", "ConnectionError"),
    ),
    "node": (
        _node,
        (
            {
                "function": "next",
                "filename": "/srv/shop/node_modules/express/lib/router/route.js",
                "in_app": False,
            },
            {
                "function": "process.processTicksAndRejections",
                "filename": "node:internal/process/task_queues",
            },
            {"function": "Query.run", "filename": "/srv/shop/node_modules/pg/lib/query.js", "in_app": False},
        ),
        ("TypeError", "Error", "RangeError"),
    ),
    "javascript": (
        _browser,
        (
            {
                "function": "HTMLButtonElement.<anonymous>",
                "filename": "https://shop.example/node_modules/react-dom/index.js",
            },
            {"function": "dispatchEvent", "filename": "https://shop.example/node_modules/react-dom/index.js"},
            {"function": "request", "filename": "https://shop.example/node_modules/axios/index.js"},
        ),
        ("TypeError", "ReferenceError", "Error"),
    ),
    "java": (
        _java,
        (
            {"module": "java.lang.Thread", "function": "run", "in_app": False},
            {
                "module": "org.springframework.web.servlet.DispatcherServlet",
                "function": "doDispatch",
                "in_app": False,
            },
            {"module": "com.zaxxer.hikari.pool.HikariPool", "function": "getConnection", "in_app": False},
        ),
        ("IllegalStateException", "NullPointerException"),
    ),
    "go": (
        _go,
        (
            {"module": "net/http", "function": "(*conn).serve", "in_app": False},
            {"module": "net/http", "function": "HandlerFunc.ServeHTTP", "in_app": False},
            {"module": "database/sql", "function": "(*DB).QueryContext", "in_app": False},
        ),
        ("*url.Error", "*fs.PathError", "*errors.errorString"),
    ),
    "csharp": (
        _dotnet,
        (
            {"module": "System.Threading.ThreadPoolWorkQueue", "function": "Dispatch", "in_app": False},
            {
                "module": "Microsoft.AspNetCore.Mvc.ControllerActionInvoker",
                "function": "Next",
                "in_app": False,
            },
            {"module": "Npgsql.NpgsqlConnection", "function": "Open"},
        ),
        ("System.InvalidOperationException", "System.NullReferenceException"),
    ),
    "ruby": (
        _ruby,
        (
            {
                "filename": "/usr/local/bundle/gems/puma-6.4.0/lib/puma/server.rb",
                "function": "process_client",
            },
            {"filename": "/usr/local/bundle/gems/rack-3.0.8/lib/rack/head.rb", "function": "call"},
            {"filename": "/usr/local/bundle/gems/pg-1.5.4/lib/pg/connection.rb", "function": "exec"},
        ),
        ("NoMethodError", "ArgumentError"),
    ),
    "php": (
        _php,
        (
            {"filename": "/vendor/symfony/http-kernel/HttpKernel.php", "function": "handle"},
            {
                "filename": "/vendor/laravel/framework/src/Router.php",
                "function": "Illuminate\\Routing\\Router::dispatch",
            },
            {
                "filename": "/vendor/guzzlehttp/guzzle/src/Client.php",
                "function": "GuzzleHttp\\Client::request",
            },
        ),
        ("RuntimeException", "TypeError"),
    ),
    "rust": (
        _rust,
        (
            {"function": "std::rt::lang_start::h00112233445566aa"},
            {"function": "tokio::runtime::task::raw::poll::h00112233445566ab"},
            {"function": "core::panicking::panic_fmt::h00112233445566ac"},
        ),
        ("panic", "shop::Error"),
    ),
    "cocoa": (
        _cocoa,
        (
            {"function": "UIApplicationMain", "package": "UIKitCore"},
            {"function": "-[UIControl sendAction:to:forEvent:]", "package": "UIKitCore"},
            {"function": "objc_exception_throw", "package": "/usr/lib/libobjc.A.dylib"},
        ),
        ("NSInvalidArgumentException", "NSRangeException"),
    ),
    "native": (
        _native,
        (
            {"function": "RtlUserThreadStart", "package": "C:\\Windows\\System32\\ntdll.dll"},
            {"function": "BaseThreadInitThunk", "package": "C:\\Windows\\System32\\kernel32.dll"},
            {"function": "abort", "package": "C:\\Windows\\System32\\ucrtbase.dll"},
        ),
        ("EXCEPTION_ACCESS_VIOLATION_READ", "SIGSEGV"),
    ),
}
