"""How an artifact lies in a store: one frame of Zstandard."""

import zstandard

from stores.errors import StoreRejected

#: Bytes that one artifact may have.
MAX_ARTIFACT_BYTES = 64 * 1024 * 1024


def compress(body: bytes) -> bytes:
    """The bytes to be stored.

    Raises:
        StoreRejected: the artifact is too large.
    """
    if len(body) > MAX_ARTIFACT_BYTES:
        raise StoreRejected(f"an artifact may have {MAX_ARTIFACT_BYTES} bytes, not {len(body)}")
    return zstandard.ZstdCompressor().compress(body)


def decompress(data: bytes) -> bytes:
    """The inverse of ``compress``.

    Raises:
        StoreRejected: the bytes are damaged, or hold more than an artifact may.
    """
    try:
        # The frame says its size, which the decompressor would trust.
        if zstandard.frame_content_size(data) > MAX_ARTIFACT_BYTES:
            raise StoreRejected("the artifact is larger than artifacts may be")
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=MAX_ARTIFACT_BYTES)
    except zstandard.ZstdError as error:
        raise StoreRejected(f"the artifact is damaged: {error}") from error
