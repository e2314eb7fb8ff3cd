"""Symbolication: minified and obfuscated frames back to the source, with the maps that were uploaded."""

from agents.fingerprint.symbolicate.images import DebugImages, read_images
from agents.fingerprint.symbolicate.loader import MapLoader
from agents.fingerprint.symbolicate.maps import Maps
from agents.fingerprint.symbolicate.step import RawFrame, Symbolicated, needed_maps, symbolicate

__all__ = [
    "DebugImages",
    "MapLoader",
    "Maps",
    "RawFrame",
    "Symbolicated",
    "needed_maps",
    "read_images",
    "symbolicate",
]
