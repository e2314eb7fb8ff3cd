"""The migrations, one file each: ``v<number>_<what>.py``."""
