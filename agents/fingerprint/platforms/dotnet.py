"""The .NET languages: asynchronous state machines, lambdas, local functions, generic arity."""

import re

from agents.fingerprint.platforms.platform import Platform, replacements

_LIBRARIES = (
    "System.",
    "Microsoft.",
    "Mono.",
    "UnityEngine.",
    "UnityEditor.",
    "Unity.",
    "Newtonsoft.",
    "NUnit.",
    "Xunit.",
    "Castle.",
    "Autofac.",
    "MediatR.",
    "Grpc.",
    "Npgsql.",
    "Dapper.",
    "Polly.",
    "Serilog.",
    "Sentry.",
    "Hangfire.",
    "MassTransit.",
    "Android.",
    "Java.",
    "FSharp.",
    "Cysharp.",
    "DotNetCore.",
)
_REPLACEMENTS = (
    (r"[.+/]<>c__DisplayClass\d+(?:_\d+)?(?:<[^<>]{0,200}>)?", ""),  # what a lambda captures
    (r"[.+/]<>c(?:__\d+)?(?=$|[.+/])(?:<[^<>]{0,200}>)?", ""),
    (r"<<(\w{1,200})>[bg]__[\w|]{0,200}>d(?:__\d+)?", r"\1"),  # an asynchronous lambda
    (r"<(\w{1,200}\$?)>d__\d+(?:`\d+)?", r"\1"),  # asynchronous methods and iterators
    (r"<(\w{1,200}\$?)>b__\w{1,40}", r"\1"),  # lambdas
    (r"<(\w{1,200}\$?)>g__(\w{1,200})\|[\d_]{1,20}", r"\1.\2"),  # local functions
    (r"<(Main)>\$", r"\1"),
    (r"`\d{1,3}(?:\[\[?[^\[\]]{0,500}(?:\],\[[^\[\]]{0,200}){0,8}\]{1,2})?", ""),  # generic arity
    (r"(?<=\w)\[[A-Z]\w{0,100}(?:,\s?\w{1,100}){0,16}\]", ""),
    (r"@\d{1,9}(?:-\d{1,9})?(?=$|\.)", ""),  # F# closures: load@12-3
)

DOTNET = Platform(
    library_modules=_LIBRARIES,
    library_functions=_LIBRARIES,
    library_paths=("/.nuget/packages/", "/dotnet/shared/", "/buildslave/unity/", "/packagecache/"),
    library_packages=("system.", "microsoft.", "mscorlib", "netstandard", "unityengine."),
    function=replacements(*_REPLACEMENTS),
    module=replacements(*_REPLACEMENTS),
    generated=re.compile(r"^(?:lambda_method\d*|DynamicClass\..*|__DynamicallyInvokable|CallSite\.Target)$"),
)
