"""Native code: C and C++, Rust, Swift and Objective-C; Linux, Windows, Android's and Apple's systems.

Events of one such platform hold frames of the others, so they share one table.
"""

import re

from agents.fingerprint.platforms.platform import Platform, replacements

_C = (
    (r"(?:\?A|@|\b|\+)0x[0-9a-fA-F]{1,32}", ""),  # addresses
    (r"\s?\[clone [^\]]{0,100}\]", ""),
    (r"(?:\.(?:isra|part|constprop|cold|lto_priv|llvm|localalias)(?:\.\d{1,20})?){1,8}$|\s?\(\.cold\)$", ""),
    (r"(?:\.\d{1,20}){1,4}$", ""),  # copies and statics that compilers make: helper.51
    (r"`anonymous namespace'|\?A0x[0-9a-f]{8}", "(anonymous namespace)"),
    (r"<lambda_[0-9a-f]{1,64}>", "<lambda>"),  # MSVC
    (
        r"::\{lambda\([^{}]{0,500}\)#\d+\}|::\$_\d+|::'lambda\d*'(?:\([^()]{0,500}\))?",
        "::<lambda>",
    ),  # GCC, Clang
)
_RUST = (
    (r"::h[0-9a-f]{16}$|17h[0-9a-f]{16}E(?=$|\.)", ""),  # the hash of a symbol
    (r"(?<=[a-z0-9_])\[[0-9a-f]{8,16}\](?=::)", ""),  # crates' disambiguators
    (
        r"(?:::\{\{closure\}\}|::\{closure(?:#\d+|_env#\d+)?\})+",
        "",
    ),  # closures: named by the function around them
    (r"\{impl#\d+\}", "{impl}"),
    (r"::\{shim:[^{}]{0,200}\}|\{\{vtable\.shim\}\}", ""),
)
_SWIFT = (
    (
        r"^(?:@objc |@nonobjc |specialized |merged |outlined |static |closure #\d+ (?:\([^()]{0,500}\) )?in )+",
        "",
    ),
    (r"^(?:function signature|generic) specialization <[^<>]{0,500}> of ", ""),
    (r"\b(?:implicit )?closure(?: #\d+)?(?: \([^()]{0,500}\))? in ", ""),
    (r"^(?:partial apply(?: forwarder)? for|(?:suspend|await) resume partial function for) ", ""),
    (r"^\((\d+)\) (?:suspend|await) resume partial function for ", ""),
    (r"(?:T[QY]\d*_|Tf[A-Za-z0-9]{0,40}_n|T[Amo]){1,8}$", ""),  # suffixes of mangled names
    (r"\(in _[0-9A-F]{32}\)|\sin _[0-9A-F]{32}", ""),  # private discriminators
)
_OBJECTIVE_C = (
    (r"^__\d{1,4}(?=[+-]\[)", ""),  # a block is named by the method around it
    (r"^__(?=\w{1,200}_block_invoke)", ""),
    (r"_block_invoke(?:_\d+)?(?:\.\d+)?", ""),
)

NATIVE = Platform(
    # Standard libraries, runtimes and what starts threads.
    library_functions=(
        "std::",
        "__gnu_cxx::",
        "__cxxabiv1::",
        "boost::",
        "absl::",
        "folly::",
        "core::",
        "alloc::",
        "<core::",
        "<alloc::",
        "<std::",
        "tokio::",
        "futures_",
        "hyper::",
        "rayon",
        "backtrace::",
        "sentry_",
        "rust_begin_unwind",
        "rust_panic",
        "__rust_",
        "__libc_",
        "__pthread",
        "_pthread",
        "pthread_",
        "__start_thread",
        "start_thread",
        "start_wqthread",
        "thread_start",
        "BaseThreadInitThunk",
        "RtlUserThreadStart",
        "RtlRaise",
        "RtlDispatch",
        "RtlpExecute",
        "KiUser",
        "NtWait",
        "NtTerminate",
        "ZwWait",
        "_CxxThrow",
        "__scrt_",
        "invoke_main",
        "__CF",
        "_CF",
        "CFRunLoop",
        "CFNotification",
        "-[NS",
        "+[NS",
        "-[__NS",
        "+[__NS",
        "-[UI",
        "+[UI",
        "-[_UI",
        "-[CA",
        "+[CA",
        "CA::",
        "CGContext",
        "CGDisplay",
        "GSEvent",
        "UIApplicationMain",
        "NSApplicationMain",
        "_dispatch",
        "dispatch_",
        "_objc",
        "objc_",
        "__objc",
        "swift_",
        "_swift",
        "Swift.",
        "_ArrayBuffer",
        "Array.",
        "Collection.",
        "Dictionary.",
        "libobjc",
        "art::",
        "art_",
        "android::",
        "_JNIEnv",
    ),
    library_modules=("core::", "alloc::", "std::", "tokio::", "Swift.", "SwiftUI.", "UIKit.", "Foundation."),
    library_paths=(
        "/system/library/",
        "/xcodedefault.xctoolchain/",
        "/microsoft visual studio",
        "/windows kits/",
        "/.cargo/registry/",
        "/.cargo/git/",
        "/rustc/",
        "/rustlib/src/",
        "/crt/src/",
        "/vctools/",
        "/include/c++/",
        "/boost/",
        "/sysdeps/",
    ),
    library_packages=(
        "libsystem_",
        "libdispatch",
        "libobjc",
        "libswift",
        "libc++",
        "libc.",
        "libc-",
        "libm.",
        "libpthread",
        "libstdc++",
        "libgcc",
        "libart.",
        "libandroid",
        "ld-",
        "dyld",
        "corefoundation",
        "foundation",
        "uikit",
        "appkit",
        "swiftui",
        "attributegraph",
        "graphicsservices",
        "quartzcore",
        "cfnetwork",
        "coredata",
        "coregraphics",
        "iokit",
        "mediaplayer",
        "avfoundation",
        "avfaudio",
        "webkit",
        "javascriptcore",
        "mapkit",
        "metal",
        "security",
        "hitoolbox",
        "ntdll",
        "kernel32",
        "kernelbase",
        "user32",
        "ucrtbase",
        "msvcrt",
        "msvcp",
        "vcruntime",
        "combase",
        "rpcrt4",
    ),
    function=replacements(*_C, *_RUST, *_SWIFT, *_OBJECTIVE_C),
    # What a failing program calls to stop: it lies on top of every crash.
    generated=re.compile(
        r"^(?:abort|raise|_?_?pthread_kill|gsignal|tgkill|__?kill|__assert\w{0,20}|_?wassert|__cxa_\w{1,40}"
        r"|std::terminate|__terminate|_Unwind_\w{1,40}|objc_exception_throw|__exceptionPreprocess|RaiseException"
        r"|_CxxThrowException|rust_begin_unwind|rust_panic\w{0,20}|core::panicking::\w{1,60}|std::panicking::.{1,100}"
        r"|std::panic::.{1,100}|core::(?:option|result)::(?:expect|unwrap)_failed|swift_\w{0,20}Failure|__fortify_fail"
        r"|_objc_terminate|_swift_runtime_on_report|_assertionFailure|__stack_chk_fail|thunk|_?sigtramp)$"
    ),
    generic_arguments=True,
)
