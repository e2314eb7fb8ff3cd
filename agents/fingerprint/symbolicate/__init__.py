"""Symbolication: minified and obfuscated frames back to the source, with the maps that were uploaded."""

from agents.fingerprint.symbolicate.images import DebugImages, read_images
from agents.fingerprint.symbolicate.loader import MapLoader, NoArtifacts
from agents.fingerprint.symbolicate.maps import Maps
from agents.fingerprint.symbolicate.scrubbing import scrub_added
from agents.fingerprint.symbolicate.step import MAX_MAPS, Symbolicated, needed_maps, symbolicate

__all__ = [
    "MAX_MAPS",
    "DebugImages",
    "MapLoader",
    "Maps",
    "NoArtifacts",
    "Symbolicated",
    "needed_maps",
    "read_images",
    "scrub_added",
    "symbolicate",
]
