"""Go: module versions, closures, generic instances, method values."""

import re

from agents.fingerprint.platforms.platform import Platform, replacements

_STANDARD = (
    "bufio bytes cmp compress container context crypto database debug embed encoding errors flag fmt go hash html "
    "image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort strconv "
    "strings sync syscall testing text time unicode unsafe vendor"
)

GO = Platform(
    library_modules=(
        *[f"{name}{end}" for name in _STANDARD.split() for end in ("/", ".")],
        "golang.org/",
        "google.golang.org/",
        "gopkg.in/",
        "gorm.io/",
        "go.uber.org/",
        "github.com/gin-gonic/",
        "github.com/labstack/echo",
        "github.com/gorilla/",
        "github.com/go-chi/",
        "github.com/gofiber/",
        "github.com/valyala/fasthttp",
        "github.com/getsentry/sentry-go",
        "github.com/julienschmidt/httprouter",
        "github.com/urfave/",
        "github.com/spf13/cobra",
        "github.com/pkg/errors",
        "go.opentelemetry.io/",
    ),
    library_paths=("/pkg/mod/", "/go/src/runtime/", "/usr/local/go/src/", "/go/src/net/", "/vendor/"),
    function=replacements(
        (r"\[(?:\.\.\.|[^\[\]]{0,500})\]", ""),
        (r"(?:\.(?:func|gowrap)\d+(?:\.\d+){0,8})+", ""),  # closures: named by the function around them
        (r"-(?:fm|range\d+)$", ""),
        (r"\.init\.\d+$", ".init"),
        (r"^init\.\d+$", "init"),
    ),
    module=replacements((r"@v\d[\w.+-]{0,60}", ""), (r"/v\d{1,3}(?=/|$)", ""), (r"^.{0,300}/vendor/", "")),
    generated=re.compile(r"^(?:goexit|gopanic|panicmem|sigpanic|mcall|deferwrap\d+)$"),
)
