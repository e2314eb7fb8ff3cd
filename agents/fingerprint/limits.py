"""Every bound of a normalised event. Lengths are in characters, totals in characters of JSON unless they say bytes.

Sentry's SDKs trim far below these, so an ordinary event is never touched; they keep one event from costing more than
some hundred times an ordinary one. What goes over a bound is trimmed and named in ``Event.errors``.
"""

#: Longest short names: platform, level, logger, environment, server name, exception type, mechanism, ids.
NAME = 200
#: Longest release, transaction, module, package, file name and user field.
LABEL = 512
#: Longest function and path. C++ functions with their template arguments are the longest seen (about 700).
CODE = 1024
#: Longest message and exception value.
MESSAGE = 8192
#: Longest line of source shown around a frame. Minified bundles have lines of megabytes.
SOURCE_LINE = 256
#: Most lines of source before and after a frame's own.
SOURCE_LINES = 10
#: Longest tag key and tag value, as at Sentry.
TAG = 200
#: Longest value of a given fingerprint.
FINGERPRINT = 1024

MAX_EXCEPTIONS = 50
#: Frames of one stack trace; of more, the first and the last half are kept, for the middle is mostly recursion.
MAX_FRAMES = 250
#: Frames of all stack traces of one event.
MAX_FRAMES_IN_ALL = 1000
MAX_THREADS = 100
#: The latest are kept.
MAX_BREADCRUMBS = 100
MAX_TAGS = 200
MAX_MODULES = 500
MAX_FINGERPRINT = 32
MAX_HEADERS = 100
MAX_ERRORS = 50
#: Longest sentence of ``Event.errors``.
ERROR = 200

#: Free-form values (vars, contexts, extra, breadcrumb data, request data): how deep containers may nest, how long a
#: string and a key may be, and how many members a container may have.
FREE_DEPTH = 6
FREE_STRING = 2048
FREE_KEY = 128
FREE_MEMBERS = 200

VARS_TOTAL = 64 * 1024
CONTEXTS_TOTAL = 32 * 1024
EXTRA_TOTAL = 32 * 1024
BREADCRUMBS_TOTAL = 32 * 1024
REQUEST_TOTAL = 16 * 1024

#: Bytes of JSON that one normalised event may take, whatever it holds.
EVENT_BYTES = 256 * 1024
