"""``python -m commands``: the same as ``stacktide``."""

from commands.main import main

main()
