"""JavaScript and TypeScript, in browsers and on servers: bundlers' runtimes, receivers, asynchronous calls."""

import re

from agents.fingerprint.platforms.platform import Platform, replacements

JAVASCRIPT = Platform(
    library_paths=(
        "/node_modules/",
        "/bower_components/",
        "/webpack/bootstrap",
        "/webpack/runtime/",
        "/(webpack)/",
        "/~/",
        "/.pnpm/",
        "/.yarn/",
        "/deno.land/std",
        "//cdnjs.cloudflare.com/",
        "//unpkg.com/",
        "//cdn.jsdelivr.net/",
        "//code.jquery.com/",
        "//ajax.googleapis.com/",
        "//www.googletagmanager.com/",
        "//www.google-analytics.com/",
        "//connect.facebook.net/",
        "//js.sentry-cdn.com/",
        "//browser.sentry-cdn.com/",
        "/polyfills",
        "/chunk-vendors",
        "/vendors~",
        "/vendors-",
        "/vendor.",
        "/vendor-",
        "/vendors.",
        "/framework-",
        "/zone.js",
        "/jquery.",
        "/jquery-",
        "/react-dom",
        "/react.production",
        "/vue.runtime",
        "/vue.global",
        "/angular.",
    ),
    library_path_starts=(
        "node:",
        "internal/",
        "bun:",
        "ext:",
        "deno:",
        "<native",
        "native ",
        "[native",
        "chrome-extension:",
        "moz-extension:",
        "safari-extension:",
        "safari-web-extension:",
        "webpack/",
    ),
    function=replacements(
        (r"^(?:async |new |get |set |static )+", ""),
        (r" \[as [^\]]{0,200}\]", ""),
        (r"^(?:Object|Module|Window|global|globalThis|exports|Function|null|undefined|_this)\.(?=.)", ""),
        (r"(?:/[\w$.]{0,100}<){1,8}$", ""),  # Firefox: load/< is a function within load
        (r"(?:\.<computed>|\.<anonymous>)$", ""),
        (r"^(?:\?|eval code|global code|anonymous|<anonymous>|eval)$", ""),
        (r"(?<=[\w$])\$\d+$", ""),  # bundlers tell two functions of one name apart: load$1
    ),
    # Helpers that compilers for older browsers put in.
    generated=re.compile(
        r"^(?:asyncGeneratorStep|_asyncToGenerator|_next|_throw|__awaiter|__generator|fulfilled|rejected|step"
        r"|regeneratorRuntime[\w.]*|tryCatch|Generator\.(?:next|_invoke|\w{0,40}throw)|_callSuper|_createSuper"
        r"|processTicksAndRejections|runMicrotasks|Promise\.(?:all|then)|Promise\.(?:all|any|allSettled) \(index \d+\)"
        r"|Array\.(?:forEach|map|filter|reduce|some|every|find)|Function\.(?:call|apply)|Reflect\.apply)$"
    ),
)
