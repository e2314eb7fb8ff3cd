"""Scrubbing: secrets and personal data are taken out of a payload before anything is made of it."""

from agents.fingerprint.scrub.scrubber import MAX_NOTES, Scrubber, scrubber_for

__all__ = ["MAX_NOTES", "Scrubber", "scrubber_for"]
