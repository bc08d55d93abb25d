"""Reads the structure of a data file: never a payload, never a name of code.

The reader accepts exactly the grammar that the writer produces, which is a small part of the pickle
language: no memo, no globals, no persistent ids, nothing that is called. So there is no opcode
whose effect grows beyond the bytes of the file, and what a hostile file can cost is bounded by
``MAX_STRUCTURE_BYTES`` and ``MAX_DEPTH``. See ``docs/CHECKPOINT_FORMAT.md``.
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeAlias

import numpy as np

from holdem.errors import DataFileError
from holdem.quoting import quoted

BLOCK_BYTES = 4096
MAX_DEPTH = 32
# What is not a payload or padding: far above any real file (an entry costs tens of bytes).
MAX_STRUCTURE_BYTES = 2 << 20
WINDOW_BYTES = 16 << 10

DTYPES = frozenset(
    ("|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"),
)


@dataclass(frozen=True)
class ArrayEntry:
    """Where an array lies in a data file.

    Attributes:
        name: Keys and list positions that lead to it, joined by ``/``.
        dtype: One of ``DTYPES``.
        shape: In C order.
        offset: First byte of the payload, a multiple of 4,096.
        size_bytes: Of the payload.
    """

    name: str
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    offset: int
    size_bytes: int


Node: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | ArrayEntry | None"


@dataclass(frozen=True)
class _Payload:
    offset: int
    size_bytes: int


class StructureParser:
    """Parses one open data file by recursive descent."""

    def __init__(self, path: Path, descriptor: int, size_bytes: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._size_bytes = size_bytes
        self._offset = 0
        self._structure_bytes = 0
        self._window = b""
        self._window_offset = 0
        self.arrays: dict[str, ArrayEntry] = {}

    def parse(self) -> dict[str, Node]:
        """Returns the content with an ``ArrayEntry`` in the place of each array.

        Raises:
            DataFileError: The file is not a data file of ours, whole and sound in structure.
            OSError: It cannot be read.
        """
        if self._size_bytes % BLOCK_BYTES != 0 or self._size_bytes == 0:
            self._refuse(
                f"a whole number of {BLOCK_BYTES}-byte blocks", f"{self._size_bytes} bytes"
            )
        self._expect(b"\x80\x05", "the start of a protocol-5 stream")
        self._expect(b"}", "a dict at the top")
        content = self._dict("", depth=1)
        if not isinstance(content, dict):
            self._refuse("a dict at the top", "an array")
        self._expect(b"B", "padding at the end")
        self._padding()
        self._expect(b".", "the end of the stream")
        if self._offset != self._size_bytes:
            self._refuse("nothing after the end", f"{self._size_bytes - self._offset} bytes more")
        return content

    def _value(self, name: str, depth: int) -> Node | _Payload:
        if depth > MAX_DEPTH:
            self._refuse(f"at most {MAX_DEPTH} levels of nesting", "more")
        match opcode := self._take(1):
            case b"N":
                return None
            case b"\x88":
                return True
            case b"\x89":
                return False
            case b"\x8a":
                return int.from_bytes(self._take(self._take(1)[0]), "little", signed=True)
            case b"G":
                number: float = struct.unpack(">d", self._take(8))[0]
                return number
            case b"X":
                return self._string()
            case b"}":
                return self._dict(name, depth)
            case b"]":
                return self._list(name, depth)
            case b"B":
                return self._payload()
        self._refuse("an opcode of plain data", f"{opcode!r} at byte {self._offset - 1}")

    def _dict(self, name: str, depth: int) -> dict[str, Node] | ArrayEntry:
        self._expect(b"(", "the items of a dict")
        items: dict[str, Node] = {}
        while (opcode := self._take(1)) != b"u":
            if opcode != b"X":
                self._refuse("a str as a key", f"opcode {opcode!r} at byte {self._offset - 1}")
            key = self._string()
            if key in items:
                self._refuse("each key once", f"{quoted(key)} again")
            value = self._value(f"{name}/{key}" if name else key, depth + 1)
            if isinstance(value, _Payload):
                if [*items, key] != ["dtype", "shape", "data"]:
                    self._refuse(
                        "a payload only as the data of an array", f"one under {name}/{key}"
                    )
                self._expect(b"u", "the end of an array")
                return self._array(name, items["dtype"], items["shape"], value)
            items[key] = value
        return items

    def _list(self, name: str, depth: int) -> list[Node]:
        self._expect(b"(", "the items of a list")
        items: list[Node] = []
        while self._peek() != b"e":
            value = self._value(f"{name}/{len(items)}", depth + 1)
            if isinstance(value, _Payload):
                self._refuse("a payload only as the data of an array", f"one in the list {name}")
            items.append(value)
        self._take(1)
        return items

    def _string(self) -> str:
        data = self._take(int.from_bytes(self._take(4), "little"))
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            self._refuse("UTF-8 text", f"{error.reason} before byte {self._offset}")

    def _padding(self) -> None:
        length = int.from_bytes(self._take(4), "little")
        if length >= BLOCK_BYTES:
            self._refuse("less than a block of padding", f"{length} bytes")
        self._structure_bytes -= length
        if self._take(length).strip(b"\0"):
            self._refuse("padding of zero bytes", f"others before byte {self._offset}")
        self._expect(b"0", "the padding to be dropped")

    def _payload(self) -> _Payload:
        self._padding()
        self._expect(b"\x96", "a bytearray after padding")
        size = int.from_bytes(self._take(8), "little")
        payload = _Payload(self._offset, size)
        if payload.offset % BLOCK_BYTES != 0:
            self._refuse("a payload at a block boundary", f"one at byte {payload.offset}")
        if size > self._size_bytes - payload.offset:
            self._refuse(f"{size} bytes of payload", f"{self._size_bytes - payload.offset}")
        self._offset += size
        return payload

    def _array(self, name: str, dtype: Node, shape: Node, payload: _Payload) -> ArrayEntry:
        if not isinstance(dtype, str) or dtype not in DTYPES:
            found = f"{quoted(dtype)} in {name}"
            self._refuse(f"one of the dtypes {', '.join(sorted(DTYPES))}", found)
        if not isinstance(shape, list):
            self._refuse(f"a list as the shape of {name}", quoted(shape))
        lengths = tuple(n for n in shape if type(n) is int and 0 <= n < 1 << 63)
        if len(lengths) != len(shape) or len(lengths) > MAX_DEPTH:
            self._refuse(f"at most {MAX_DEPTH} lengths as the shape of {name}", quoted(shape))
        item_bytes = np.dtype(dtype).itemsize
        if math.prod(max(1, length) for length in lengths) >= (1 << 63) // item_bytes:
            self._refuse(f"a shape of {name} that memory can hold", quoted(shape))
        size = item_bytes * math.prod(lengths)
        if size != payload.size_bytes:
            self._refuse(f"{size} bytes in {name}", f"{payload.size_bytes}")
        entry = ArrayEntry(name, np.dtype(dtype), lengths, payload.offset, size)
        if self.arrays.setdefault(name, entry) is not entry:
            self._refuse("each array name once", f"{name} again")
        return entry

    def _expect(self, token: bytes, meaning: str) -> None:
        found = self._take(len(token))
        if found != token:
            self._refuse(meaning, f"{found!r} at byte {self._offset - len(token)}")

    def _peek(self) -> bytes:
        byte = self._take(1)
        self._offset -= 1
        self._structure_bytes -= 1
        return byte

    def _take(self, length: int) -> bytes:
        """Returns the next bytes and moves past them."""
        self._structure_bytes += length
        if self._structure_bytes > MAX_STRUCTURE_BYTES:
            self._refuse(f"at most {MAX_STRUCTURE_BYTES} bytes of structure", "more")
        start = self._offset - self._window_offset
        if start < 0 or start + length > len(self._window):
            self._window = os.pread(self._descriptor, max(length, WINDOW_BYTES), self._offset)
            self._window_offset = self._offset
            start = 0
        data = self._window[start : start + length]
        if len(data) < length:
            self._refuse(f"{length} bytes at byte {self._offset}", f"the end after {len(data)}")
        self._offset += length
        return data

    def _refuse(self, expected: str, found: str) -> NoReturn:
        raise DataFileError(self._path, expected, found)
