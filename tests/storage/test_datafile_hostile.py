"""Foreign, damaged and hostile streams: refused with one exception, and nothing executed."""

import contextlib
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdem.errors import DataFileError
from holdem.storage.datafile import DataFile, write_data_file


def text(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value: int) -> bytes:
    data = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def padding(length: int, fill: bytes = b"\0") -> bytes:
    return b"B" + struct.pack("<I", length) + fill * length + b"0"


def whole(items: bytes) -> bytes:
    """Wraps the items of the top dict into a stream of whole blocks."""
    stream = b"\x80\x05}(" + items + b"u"
    return stream + padding(-(len(stream) + 7) % 4096) + b"."


def with_value(value: bytes) -> bytes:
    return whole(text("a") + value)


def array(before: int, data: bytes, *, dtype: bytes = text("|u1"), shape: bytes = b"") -> bytes:
    """An array value that follows ``before`` bytes of the stream."""
    head = (
        b"}(" + text("dtype") + dtype + text("shape") + (shape or b"](" + number(len(data)) + b"e")
    )
    head += text("data")
    pad = padding(-(before + len(head) + 15) % 4096)
    return head + pad + b"\x96" + struct.pack("<Q", len(data)) + data + b"u"


ITEMS_START = 4 + len(text("a"))  # what precedes the value in `with_value`


class Evil:
    """Pickles as a call of ``os.mkdir``: whoever unpickles it leaves a trace."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.target),)


def evil_bodies(target: Path) -> dict[str, bytes]:
    call = f"(S'{target}'\ntR"
    bodies = {
        f"protocol {protocol}": pickle.dumps(Evil(target), protocol)[2 if protocol >= 2 else 0 : -1]
        for protocol in range(6)
    }
    bodies |= {
        "GLOBAL": f"cos\nmkdir\n{call}".encode(),
        "INST": f"(S'{target}'\nios\nmkdir\n".encode(),
        "OBJ": f"(cos\nmkdir\nS'{target}'\no".encode(),
        "NEWOBJ": f"cos\nmkdir\n(S'{target}'\nt\x81".encode("latin-1"),
        "STACK_GLOBAL": text("os") + text("mkdir") + b"\x93" + text(str(target)) + b"\x85R",
        "REDUCE": b"R",
        "BUILD": b"}}b",
        "EXT1": b"\x82\x01",
        "PERSID": b"Pevil\n",
        "BINPERSID": text("evil") + b"Q",
        "NEXT_BUFFER": b"\x97",
        "MEMOIZE": b"]\x94",
        "BINGET": b"h\x00",
    }
    return bodies


def refused(path: Path, stream: bytes) -> DataFileError:
    path.write_bytes(stream)
    with pytest.raises(DataFileError) as caught:
        DataFile.open(path)
    assert caught.value.path == path
    assert str(path) in str(caught.value)
    return caught.value


def test_the_helpers_build_sound_streams(tmp_path: Path) -> None:
    path = tmp_path / "data.pkl"
    path.write_bytes(with_value(array(ITEMS_START, b"abc")))
    file = DataFile.open(path)
    assert bytes(file.array("a")) == b"abc"
    write_data_file(tmp_path / "ours.pkl", {"a": np.frombuffer(b"abc", "|u1")})
    assert path.read_bytes() == (tmp_path / "ours.pkl").read_bytes()


def test_nothing_is_executed(tmp_path: Path) -> None:
    target = tmp_path / "executed"
    bodies = evil_bodies(target)
    executed_by_pickle = 0
    for name, body in bodies.items():
        stream = with_value(body)
        refused(tmp_path / "evil.pkl", stream)
        assert not target.exists(), name
        with contextlib.suppress(Exception):  # Python's own loader does act on most of them
            pickle.loads(stream)
        if target.exists():
            executed_by_pickle += 1
            target.rmdir()
    assert executed_by_pickle >= 10
    for protocol in range(6):  # foreign files as they come, not of whole blocks
        refused(tmp_path / "evil.pkl", pickle.dumps(Evil(target), protocol))
        refused(tmp_path / "evil.pkl", pickle.dumps({"a": 1}, protocol))
    assert not target.exists()


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (b"", "whole number of 4096-byte blocks, found 0 bytes"),
        (b"\0" * 4095, "whole number of 4096-byte blocks, found 4095 bytes"),
        (b"\0" * 4096, "start of a protocol-5 stream"),
        (b"\x80\x04" + b"\0" * 4094, "start of a protocol-5 stream"),
        (b"\x80\x05]" + b"\0" * 4093, "a dict at the top"),
        (b"\x80\x05" + array(2, b"abc") + b"\0" * 4092, "a dict at the top, found an array"),
        (with_value(b"N") + b"\0" * 4096, "nothing after the end, found 4096 bytes more"),
        (whole(text("a") + b"N" + text("a") + b"N"), "each key once"),
        (whole(b"NN"), "a str as a key"),
        (with_value(b"X\x01\0\0\0\xff"), "UTF-8 text"),
        (with_value(b"](" * 100_000), "at most 32 levels"),
        (with_value((b"}(" + text("k")) * 100_000), "at most 32 levels"),
        (with_value(b"X\xff\xff\xff\xff"), "at most 2097152 bytes of structure"),
        (with_value(b"](" + b"N" * (3 << 20) + b"e"), "at most 2097152 bytes of structure"),
        (with_value(b"X\xff\xff\0\0"), "65535 bytes at byte"),
        (with_value(padding(4096)), "less than a block of padding"),
        (with_value(padding(5, b"x")), "padding of zero bytes"),
        (with_value(padding(5) + b"N"), "a bytearray after padding"),
        (with_value(padding(0) + b"\x96" + b"\0" * 8), "a payload at a block boundary"),
    ],
)
def test_unsound_structure_is_named(tmp_path: Path, stream: bytes, words: str) -> None:
    assert words in str(refused(tmp_path / "data.pkl", stream))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (array(ITEMS_START, b"abc", dtype=text("|O")), "one of the dtypes"),
        (array(ITEMS_START, b"abc", dtype=text(">f4")), "one of the dtypes"),
        (array(ITEMS_START, b"abc", dtype=b"](e"), "one of the dtypes"),
        (array(ITEMS_START, b"abc", dtype=number(3)), "one of the dtypes"),
        (array(ITEMS_START, b"abc", shape=number(3)), "a list as the shape of a"),
        (array(ITEMS_START, b"abc", shape=b"](" + number(4) + b"e"), "4 bytes in a, found 3"),
        (array(ITEMS_START, b"abc", shape=b"](" + number(-3) + b"e"), "lengths as the shape"),
        (array(ITEMS_START, b"abc", shape=b"](\x88e"), "lengths as the shape"),
        (array(ITEMS_START, b"", shape=b"](" + number(0) + number(2**62) * 2 + b"e"), "memory"),
        (array(ITEMS_START, b"a", shape=b"](" + number(1) * 33 + b"e"), "at most 32 lengths"),
    ],
)
def test_unsound_arrays_are_named(tmp_path: Path, value: bytes, words: str) -> None:
    assert words in str(refused(tmp_path / "data.pkl", with_value(value)))


def test_a_payload_outside_an_array_is_refused(tmp_path: Path) -> None:
    before = ITEMS_START + 2
    in_list = b"](" + padding(-(before + 15) % 4096) + b"\x96" + struct.pack("<Q", 3) + b"abce"
    assert "only as the data" in str(refused(tmp_path / "data.pkl", with_value(in_list)))
    before = ITEMS_START
    bare = padding(-(before + 15) % 4096) + b"\x96" + struct.pack("<Q", 3) + b"abc"
    assert "only as the data" in str(refused(tmp_path / "data.pkl", with_value(bare)))


def test_a_payload_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    stream = with_value(array(ITEMS_START, b"abc"))
    position = stream.index(b"\x96\x03") + 1
    for size in (len(stream), 2**40, 2**63, 2**64 - 1):
        changed = stream[:position] + struct.pack("<Q", size) + stream[position + 8 :]
        assert f"{size} bytes of payload" in str(refused(tmp_path / "data.pkl", changed))


def test_every_flipped_byte_and_every_cut_is_handled(tmp_path: Path) -> None:
    """A change either is refused or gives plain data; a digest then tells the rest."""
    path = tmp_path / "data.pkl"
    content = {"n": [1, 2.5, None, True], "t": "text", "a": np.arange(9, dtype="<u2"), "d": {}}
    digest = write_data_file(path, content)
    stored = path.read_bytes()
    positions = [k for k, byte in enumerate(stored) if byte != 0] + list(range(100, 9000, 997))
    accepted = 0
    for position in positions:
        for mask in (1, 0x80, 0xFF):
            changed = bytearray(stored)
            changed[position] ^= mask
            path.write_bytes(changed)
            try:
                file = DataFile.open(path)
            except DataFileError:
                continue
            accepted += 1
            with pytest.raises(DataFileError, match=digest.xxh64_hex):
                file.verify(digest)
    assert accepted > 10  # a flipped payload byte keeps its structure
    for length in [*range(0, 300), *range(4000, len(stored), 512)]:
        refused(path, stored[:length])


def test_things_that_are_no_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="nothing there"):
        DataFile.open(tmp_path / "missing.pkl")
    with pytest.raises(DataFileError, match="no regular file"):
        DataFile.open(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataFileError, match="no regular file"):
        DataFile.open(tmp_path / "pipe")
