"""By what the users of events are told from each other."""

from schemas.event import User


def user_key(user: User) -> str:
    """By what a user is told from others: the first that is known, marked with what it is.

    What stands for something that was scrubbed (``[Filtered]``) is the same for all users, and so tells nobody apart, unless
    it is a pseudonym (``[email 0123456789abcdef]``).
    """
    for kind, value in (
        ("id", user.id),
        ("email", user.email),
        ("username", user.username),
        ("ip", user.ip_address),
    ):
        if value and not (value.startswith("[") and value.endswith("]") and " " not in value):
            return f"{kind}:{value}"
    return ""
