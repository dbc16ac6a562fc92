"""How much a layer is once unpacked, counted as it passes by and written nowhere.

A few kilobytes of gzip can become as many terabytes, and whoever unpacks them for real should not
be the first to notice. What a layer is packed with is told by its first bytes, as those who unpack
it do, and not by its media type. Plain layers count as they are; so do those packed with Zstandard,
which the cage's own limits have to hold.
"""

import zlib

_GZIP = b"\x1f\x8b"
_STEP = 1024 * 1024


class Unpacked:
    """Counts one layer."""

    def __init__(self) -> None:
        self._head: bytes | None = b""
        self._stream: zlib._Decompress | None = None
        self._is_over = False

    @property
    def is_whole(self) -> bool:
        """Whether the layer ended where its packing says it ends."""
        return self._stream is None or self._stream.eof

    def feed(self, chunk: bytes, budget: int) -> int:
        """Bytes that `chunk` adds; stops soon after more than `budget`.

        Raises `zlib.error` when the layer is not what its first bytes promise.
        """
        if self._head is not None:
            self._head = chunk = self._head + chunk
            if len(chunk) < len(_GZIP):
                return 0
            self._head = None
            self._stream = _member() if chunk.startswith(_GZIP) else None
        return len(chunk) if self._stream is None else self._inflate(self._stream, chunk, budget)

    def _inflate(self, stream: "zlib._Decompress", chunk: bytes, budget: int) -> int:
        """A stream may have several members, one after the other; what is none ends it."""
        counted = 0
        more = True
        while more and counted <= budget and not self._is_over:
            if stream.eof:
                if not chunk.startswith(_GZIP[: len(chunk)]):
                    self._is_over = True
                    break
                self._stream = stream = _member()
            unpacked = stream.decompress(chunk, _STEP)
            counted += len(unpacked)
            chunk = stream.unused_data if stream.eof else stream.unconsumed_tail
            more = bool(chunk) or (len(unpacked) == _STEP and not stream.eof)
        return counted


def _member() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=31)
