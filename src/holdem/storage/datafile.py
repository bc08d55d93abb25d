"""Data files: builtins and arrays in one durable file, as plain pickle, mapped in place.

Bucket files and checkpoints are data files. ``write_data_file`` writes one so that a reader finds
it whole or not at all; ``DataFile.open`` reads the structure and maps the arrays. Opening one never
executes anything, and nothing of it needs this package: ``pickle.load`` reads the same bytes.
The layout is described in ``docs/CHECKPOINT_FORMAT.md``.
"""

from __future__ import annotations

import os
import stat
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from holdem import _core
from holdem.errors import DataFileError, DataFileMismatchError
from holdem.quoting import quoted
from holdem.storage.datafile_parser import (
    BLOCK_BYTES,
    DTYPES,
    MAX_DEPTH,
    MAX_STRUCTURE_BYTES,
    ArrayEntry,
    Node,
    StructureParser,
)
from holdem.storage.durable import temporary_name

Array: TypeAlias = npt.NDArray[Any]
Data: TypeAlias = "Mapping[str, Data] | list[Data] | str | int | float | bool | Array | None"


@dataclass(frozen=True)
class FileDigest:
    """Size and XXH64 of a whole file, the digest as 16 hexadecimal digits."""

    size_bytes: int
    xxh64_hex: str

    def __str__(self) -> str:
        return f"{self.size_bytes:,} bytes with xxh64 {self.xxh64_hex}"


def write_data_file(path: Path, content: Mapping[str, Data]) -> FileDigest:
    """Writes ``content`` to ``path`` durably and atomically.

    Arrays must be C-contiguous with a dtype of ``DTYPES``, and nothing may write to them meanwhile.
    One that begins at a page boundary, as a mapped table does, is written from where it is; others
    pass through a small buffer.

    Returns:
        Size and digest of the file, computed on the way.

    Raises:
        TypeError: A value is neither a builtin nor an array; names it.
        ValueError: A value cannot be stored (a dtype, a layout, a key, the nesting); names it.
        OSError: The file system refused. No temporary is left.
    """
    return write_stream(path, encode_data(content))


def encode_data(content: Mapping[str, Data]) -> _core.DataStream:
    """Encodes ``content`` without writing it; the stream knows the size the file will have."""
    stream = _core.DataStream()
    payload_bytes = _encode(stream, content, "", depth=1)
    # Padding is below a block per payload and is not counted by the reader: what is left over here
    # is an upper bound of the structure.
    if stream.size_bytes - payload_bytes > MAX_STRUCTURE_BYTES:
        raise ValueError(f"a data file holds at most {MAX_STRUCTURE_BYTES} bytes beside its arrays")
    stream.finish()
    return stream


def write_stream(path: Path, stream: _core.DataStream) -> FileDigest:
    """Writes an encoded stream as ``write_data_file`` does."""
    temporary, directory = temporary_name(path), path.parent
    size, xxh64 = stream.write(temporary, path, directory, buffers=_core.BounceBuffers())
    return FileDigest(size, f"{xxh64:016x}")


class BackgroundWriter:
    """A child process that writes encoded streams with the bytes their arrays have right now.

    It sees a copy-on-write snapshot of this process: nothing has to be kept or left unchanged. It
    is killed when the thread that made it ends or this object goes. Linux only.
    """

    def __init__(self, streams: Sequence[tuple[Path, _core.DataStream]]) -> None:
        """Forks the child.

        Raises:
            OSError: The system has no fork, or refuses it. Nothing was written.
        """
        files = [(stream, temporary_name(path), path, path.parent) for path, stream in streams]
        self._forked = _core.fork_to_write(files, _core.BounceBuffers())

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return int(self._forked.pid)

    @property
    def is_done(self) -> bool:
        """Whether ``wait`` would return at once."""
        return bool(self._forked.is_done)

    def wait(self) -> list[FileDigest]:
        """Waits for the child and returns size and digest of each file, in order.

        Raises:
            OSError: A file could not be written, or the child was killed, which may leave a
                temporary. Files before that one are complete.
        """
        return [FileDigest(size, f"{xxh64:016x}") for size, xxh64 in self._forked.wait()]

    @property
    def copied_bytes(self) -> int:
        """Bytes of memory that existed twice because of the child; waits for its end."""
        return int(self._forked.copied_bytes)


def _encode(stream: _core.DataStream, value: Data, name: str, depth: int) -> int:
    """Adds a value to the stream; returns the bytes of its payloads."""
    if depth > MAX_DEPTH:
        raise ValueError(f"{name}: nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, np.ndarray):
        return _encode_array(stream, value, name)
    if isinstance(value, Mapping):
        return _encode_dict(stream, value, name, depth)
    payload_bytes = 0
    if type(value) is list:
        stream.begin_list()
        for position, item in enumerate(value):
            payload_bytes += _encode(stream, item, f"{name}/{position}", depth + 1)
        stream.end_list()
    elif value is None:
        stream.add_none()
    elif type(value) is bool:
        stream.add_bool(value)
    elif type(value) is int:
        _encode_int(stream, value, name)
    elif type(value) is float:
        stream.add_float(value)
    elif type(value) is str:
        stream.add_string(_utf8_checked(value, name))
    else:
        raise TypeError(
            f"{name}: a data file holds dict, list, str, int, float, bool, None and arrays,"
            f" not {type(value).__name__}"
        )
    return payload_bytes


def _encode_dict(stream: _core.DataStream, items: Mapping[str, Data], name: str, depth: int) -> int:
    payload_bytes = 0
    stream.begin_dict()
    for key, item in items.items():
        if type(key) is not str:
            raise TypeError(f"{name}: keys are str, not {type(key).__name__}")
        if "/" in key:
            raise ValueError(f"{name}: the key {quoted(key)} holds a '/', which joins array names")
        stream.add_string(_utf8_checked(key, name))
        payload_bytes += _encode(stream, item, f"{name}/{key}" if name else key, depth + 1)
    stream.end_dict()
    return payload_bytes


def _encode_int(stream: _core.DataStream, value: int, name: str) -> None:
    length = (value.bit_length() + 8) // 8 if value else 0
    if length > 255:
        raise ValueError(f"{name}: an int of {length} bytes, at most 255 are stored")
    stream.add_int(value.to_bytes(length, "little", signed=True))


def _encode_array(stream: _core.DataStream, array: Array, name: str) -> int:
    if array.dtype.str not in DTYPES:
        raise ValueError(f"{name}: dtype {array.dtype} is not one of {', '.join(sorted(DTYPES))}")
    if not array.flags.c_contiguous:
        raise ValueError(f"{name}: the array is not C-contiguous")
    stream.begin_dict()
    stream.add_string("dtype")
    stream.add_string(array.dtype.str)
    stream.add_string("shape")
    stream.begin_list()
    for length in array.shape:
        _encode_int(stream, length, name)
    stream.end_list()
    stream.add_string("data")
    stream.add_payload(array)
    stream.end_dict()
    return array.nbytes


def _utf8_checked(text: str, name: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{name}: a text that is not valid Unicode: {error.reason}") from None
    return text


@dataclass(frozen=True)
class DataFile:
    """An opened data file: its structure in memory, its arrays where they lie.

    No descriptor is held unless that is asked for; a file that is replaced after it was opened is
    refused, not mixed.

    Attributes:
        path: Where it is.
        content: Builtins, with an ``ArrayEntry`` in the place of each array.
        arrays: The entries by name (``"tables/regret"``), in file order.
        size_bytes: Of the file.
    """

    path: Path
    content: dict[str, Node]
    arrays: dict[str, ArrayEntry]
    size_bytes: int
    _identity: tuple[int, ...]
    _held: int | None = None  # a descriptor that is closed with this object

    @classmethod
    def open(cls, path: Path, *, hold: bool = False) -> DataFile:
        """Reads the structure of ``path`` and nothing of its arrays.

        Args:
            hold: Whether a descriptor is kept, so that the file can be read for as long as this
                object lives, even if it is removed meanwhile.

        Raises:
            DataFileError: It is missing, or not a sound data file.
            OSError: It cannot be read.
        """
        with _descriptor(path) as descriptor:
            size = os.fstat(descriptor).st_size
            parser = StructureParser(path, descriptor, size)
            content = parser.parse()
            held = os.dup(descriptor) if hold else None
            file = cls(path, content, parser.arrays, size, _identity_of(descriptor), held)
        if held is not None:
            weakref.finalize(file, os.close, held)
        return file

    def array(self, name: str) -> Array:
        """Maps an array: a read-only ``numpy.memmap`` whose pages all processes share.

        An array without elements cannot be mapped and comes as an ordinary one.
        """
        entry = self._entry(name)
        if entry.size_bytes == 0:
            empty = np.empty(entry.shape, entry.dtype)
            empty.flags.writeable = False
            return empty
        with self._reopened() as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
            flat = np.memmap(
                file,
                entry.dtype,
                "r",
                offset=entry.offset,
                shape=(entry.size_bytes // entry.dtype.itemsize,),
            )
        return flat.reshape(entry.shape)

    def read_into(self, name: str, array: Array) -> None:
        """Reads an array into memory of the same dtype and shape, past the page cache.

        Fastest into page-aligned memory that was touched before. Nothing is verified: see
        ``load_into`` for reading and verifying in one pass.
        """
        entry = self._entry(name)
        self._check_target(entry, array)
        end = entry.offset + entry.size_bytes
        with self._reopened() as descriptor:
            found, _ = _core.read_range(
                descriptor, entry.offset, end, [(entry.offset, array)], self.path
            )
        if found != entry.size_bytes:
            raise DataFileError(self.path, f"{entry.size_bytes} bytes in {name}", f"{found}")

    def read_parts(self, name: str, buffer: Array) -> Iterator[Array]:
        """Reads a flat array part by part, past the page cache. Nothing is verified.

        Args:
            buffer: Where every part is read to, of the array's dtype, [n]; its bytes are a multiple
                of 4,096 and begin at one, or the page cache is used.

        Yields:
            What the part has filled of ``buffer``, from its beginning on.
        """
        entry = self._entry(name)
        if entry.dtype != buffer.dtype or len(entry.shape) != 1:
            raise DataFileMismatchError(
                self.path, f"flat {buffer.dtype} in {name}", f"{entry.dtype} {list(entry.shape)}"
            )
        if buffer.nbytes == 0 or buffer.nbytes % BLOCK_BYTES != 0:
            raise ValueError(f"a buffer of {buffer.nbytes} bytes: no multiple of {BLOCK_BYTES}")
        with self._reopened() as descriptor:
            for start in range(0, entry.size_bytes, buffer.nbytes):
                size = min(buffer.nbytes, entry.size_bytes - start)
                blocks = buffer.view(np.uint8)[: -(-size // BLOCK_BYTES) * BLOCK_BYTES]
                found = _core.read_at(descriptor, entry.offset + start, blocks, self.path)
                if found < size:
                    raise DataFileError(self.path, f"{size} bytes in {name}", f"{found}")
                yield buffer[: size // entry.dtype.itemsize]

    def load_into(self, targets: Mapping[str, Array], expected: FileDigest) -> None:
        """Reads the whole file once: fills ``targets`` by name and verifies the digest.

        Raises:
            DataFileError: The bytes are not the expected ones; ``targets`` then hold rubbish.
            DataFileMismatchError: A target does not fit its array; nothing was read.
        """
        places = []
        for entry in sorted(map(self._entry, targets), key=lambda entry: entry.offset):
            self._check_target(entry, targets[entry.name])
            if entry.size_bytes > 0:
                places.append((entry.offset, targets[entry.name]))
        found = self._digest(places)
        if found != expected:
            raise DataFileError(self.path, str(expected), str(found))

    def digest(self) -> FileDigest:
        """Reads the whole file and returns its digest."""
        return self._digest([])

    def verify(self, expected: FileDigest) -> None:
        """Reads the whole file and raises ``DataFileError`` unless it has the expected digest."""
        self.load_into({}, expected)

    def _digest(self, places: list[tuple[int, Array]]) -> FileDigest:
        with self._reopened() as descriptor:
            return _digest_of(descriptor, self.size_bytes, places, self.path)

    def _entry(self, name: str) -> ArrayEntry:
        try:
            return self.arrays[name]
        except KeyError:
            names = ", ".join(self.arrays) or "no array"
            raise DataFileMismatchError(self.path, f"an array named {name}", names) from None

    def _check_target(self, entry: ArrayEntry, array: Array) -> None:
        if array.dtype != entry.dtype or array.shape != entry.shape:
            raise DataFileMismatchError(
                self.path,
                f"{array.dtype} {list(array.shape)} in {entry.name}",
                f"{entry.dtype} {list(entry.shape)}",
            )

    @contextmanager
    def _reopened(self) -> Iterator[int]:
        with _descriptor(self.path, self._held) as descriptor:
            if _identity_of(descriptor) != self._identity:
                raise DataFileError(self.path, "the file that was opened", "another or changed one")
            yield descriptor


def file_digest(path: Path) -> FileDigest:
    """Returns the digest of any file, data file or not."""
    with _descriptor(path) as descriptor:
        return _digest_of(descriptor, os.fstat(descriptor).st_size, [], path)


def _digest_of(
    descriptor: int, size_bytes: int, places: list[tuple[int, Array]], path: Path
) -> FileDigest:
    found, xxh64 = _core.read_range(descriptor, 0, size_bytes, places, path)
    return FileDigest(found, f"{xxh64:016x}")


def _identity_of(descriptor: int) -> tuple[int, ...]:
    status = os.fstat(descriptor)
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@contextmanager
def _descriptor(path: Path, held: int | None = None) -> Iterator[int]:
    if held is not None:
        yield held
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise DataFileError(path, "a data file", "nothing there") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DataFileError(path, "a data file", "something that is no regular file")
        yield descriptor
    finally:
        os.close(descriptor)
