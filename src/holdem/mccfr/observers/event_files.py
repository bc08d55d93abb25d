"""TensorBoard's event files as bytes: records, their checksums, cutting them back to a step.

A file is a row of TFRecords: the length (8 bytes), its masked CRC-32C (4), an ``Event`` protobuf of
that length, its masked CRC-32C (4). All integers are little-endian.

Source: tensorflow/core/lib/io/record_writer.h; CRC-32C from RFC 3720, B.4.
"""

from __future__ import annotations

import logging
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from holdem.storage.durable import fsync_directory, replace_file

logger = logging.getLogger(__name__)

_PREFIX = "events.out.tfevents"

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_STEP_TAG, _WALL_TIME_TAG = 0x10, 0x09  # field 2 as a varint, field 1 as eight bytes
_WALL_TIME_BYTES = 9


class _Record(NamedTuple):
    """A record at ``start`` to ``end`` of its file; ``step`` is ``None`` if it cannot be read."""

    start: int
    end: int
    step: int | None


def cut_event_files(directory: Path, last_step: int) -> None:
    """Removes every record after ``last_step`` from the event files of a directory.

    They are of a past that a run which goes on from an older checkpoint has left. What a crash has
    torn goes as well. Each file is replaced durably and atomically; one without a record that is
    left is removed. A file system that refuses is logged: curves are no reason not to train.
    """
    try:
        paths = _files(directory)
        for path in paths:
            # Any other was checked to its last byte when it was the newest.
            _cut(path, last_step, check_contents=path == paths[-1])
    except OSError as error:
        logger.warning("TensorBoard scalars after step %d stay: %s", last_step, error)


def new_event_file(directory: Path, suffix: str) -> Path:
    """Names a file that readers, who go by name, take after all others of the directory.

    The customary name holds the second of its creation, which two processes may share and a clock
    that is set back repeats.
    """
    stamps = [path.name.removeprefix(f"{_PREFIX}.").split(".")[0] for path in _files(directory)]
    newest = max((int(stamp) for stamp in stamps if stamp.isdecimal()), default=0)
    return directory / f"{_PREFIX}.{max(int(time.time()), newest + 1)}.{suffix}"


def record(event: bytes) -> bytes:
    """Returns a serialized event as a record."""
    header = struct.pack("<Q", len(event))
    return b"".join((header, _checksum(header), event, _checksum(event)))


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob(f"{_PREFIX}.*"))


def _cut(path: Path, last_step: int, *, check_contents: bool) -> None:
    content = path.read_bytes()
    records = list(_records(content, check_contents))
    kept = [one for one in records if one.step is not None and one.step <= last_step]
    kept_bytes = sum(one.end - one.start for one in kept)
    if kept_bytes == len(content):
        return
    logger.info(
        "TensorBoard: removing %d records after step %d from %s",
        len(records) - len(kept),
        last_step,
        path,
    )
    if len(kept) <= 1:  # the file's version and no point
        path.unlink()
        fsync_directory(path.parent)
        return
    replace_file(path, b"".join(content[one.start : one.end] for one in kept))


def _records(content: bytes, check_contents: bool) -> Iterator[_Record]:
    """Yields the records up to the first whose length is torn: nobody can find the one after it."""
    start = 0
    while start + _HEADER.size <= len(content):
        length, checksum = _HEADER.unpack_from(content, start)
        event = start + _HEADER.size
        end = event + length + _CHECKSUM.size
        if end > len(content) or _CHECKSUM.pack(checksum) != _checksum(content[start : start + 8]):
            return
        sound = not check_contents or (
            content[end - _CHECKSUM.size : end] == _checksum(content[event : event + length])
        )
        yield _Record(start, end, _step(content[event : event + length]) if sound else None)
        start = end


def _step(event: bytes) -> int | None:
    """Returns the step of an event, whose writers put wall time and step first."""
    position = _WALL_TIME_BYTES if event[:1] == bytes([_WALL_TIME_TAG]) else 0
    if event[position : position + 1] != bytes([_STEP_TAG]):
        return 0  # protobuf leaves zeros out
    step = 0
    for shift, byte in enumerate(event[position + 1 : position + 11]):
        step |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return step - 2**64 if step >= 2**63 else step
    return None


def _table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _table()


def _checksum(data: bytes) -> bytes:
    """Returns the masked CRC-32C of some bytes as it is stored."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return _CHECKSUM.pack(((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF)
