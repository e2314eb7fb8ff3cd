"""The platforms that are known, by the protocol's names for them."""

from agents.fingerprint.platforms.dotnet import DOTNET
from agents.fingerprint.platforms.go import GO
from agents.fingerprint.platforms.javascript import JAVASCRIPT
from agents.fingerprint.platforms.jvm import JVM
from agents.fingerprint.platforms.native import NATIVE
from agents.fingerprint.platforms.php import PHP
from agents.fingerprint.platforms.platform import Platform
from agents.fingerprint.platforms.python import PYTHON
from agents.fingerprint.platforms.ruby import RUBY

_OTHER = Platform()
_PLATFORMS = {
    "python": PYTHON,
    "javascript": JAVASCRIPT,
    "node": JAVASCRIPT,
    "java": JVM,
    "kotlin": JVM,
    "scala": JVM,
    "clojure": JVM,
    "groovy": JVM,
    "android": JVM,
    "go": GO,
    "csharp": DOTNET,
    "dotnet": DOTNET,
    "php": PHP,
    "ruby": RUBY,
    "native": NATIVE,
    "c": NATIVE,
    "cocoa": NATIVE,
    "objc": NATIVE,
    "swift": NATIVE,
    "rust": NATIVE,
}

__all__ = ["Platform", "platform_of"]


def platform_of(name: str) -> Platform:
    """What is known of a platform; nothing of an unknown one."""
    return _PLATFORMS.get(name, _OTHER)
