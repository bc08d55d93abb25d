"""Data files: round trips, the stream as others read it, and what is refused on writing."""

import io
import math
import os
import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from holdem.errors import DataFileError, DataFileMismatchError
from holdem.storage.datafile import (
    BackgroundWriter,
    DataFile,
    FileDigest,
    encode_data,
    file_digest,
    write_data_file,
)
from holdem.storage.datafile_parser import BLOCK_BYTES, DTYPES, ArrayEntry

SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

texts = st.text(max_size=20)
keys = texts.map(lambda text: text.replace("/", "-"))
arrays = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda dtype: st_numpy.arrays(
        dtype, st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=20)
    )
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**2000), 2**2000),
    st.floats(),
    texts,
    arrays,
)
contents = st.dictionaries(
    keys,
    st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    ),
    max_size=6,
)


class DataOnlyUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        raise AssertionError(f"the stream asked for {module}.{name}")


def assert_same(found: Any, expected: Any, file: DataFile | None) -> None:
    """Compares what was read (with a file's entries, or pickle's dicts) with what was written."""
    if isinstance(expected, np.ndarray):
        if file is None:
            assert list(found) == ["dtype", "shape", "data"]
            assert type(found["data"]) is bytearray
            array = np.frombuffer(found["data"], found["dtype"]).reshape(found["shape"])
        else:
            assert isinstance(found, ArrayEntry)
            array = file.array(found.name)
        assert array.dtype == expected.dtype
        assert array.shape == expected.shape
        assert array.tobytes() == expected.tobytes()
    elif isinstance(expected, dict):
        assert type(found) is dict
        assert list(found) == list(expected)
        for key, value in expected.items():
            assert_same(found[key], value, file)
    elif isinstance(expected, list):
        assert type(found) is list
        assert len(found) == len(expected)
        for item, value in zip(found, expected, strict=True):
            assert_same(item, value, file)
    else:
        assert type(found) is type(expected)
        same_nan = isinstance(expected, float) and math.isnan(expected) and math.isnan(found)
        assert same_nan or found == expected


@SETTINGS
@given(contents)
def test_what_is_written_is_read(tmp_path: Path, content: dict[str, Any]) -> None:
    path = tmp_path / "data.pkl"
    digest = write_data_file(path, content)
    stored = path.read_bytes()
    assert digest == FileDigest(len(stored), xxhash.xxh64_hexdigest(stored))

    file = DataFile.open(path)
    assert_same(file.content, content, file)
    file.verify(digest)
    assert file.digest() == file_digest(path) == digest
    assert_same(pickle.loads(stored), content, None)
    assert_same(DataOnlyUnpickler(io.BytesIO(stored)).load(), content, None)
    pickletools.dis(stored, out=io.StringIO())
    assert [entry.name for entry in tmp_path.iterdir()] == ["data.pkl"]
    assert write_data_file(path, content) == digest


@pytest.fixture
def tables() -> dict[str, Any]:
    """Arrays whose sizes sit around the borders of blocks and transfer chunks."""
    rng = np.random.default_rng(3)
    sizes = [1, 1023, 1024, 1025, 5_000, (2 << 20) // 4, (2 << 20) // 4 + 1, 2_000_003]
    return {
        "note": "x" * 5000,
        "tables": {str(n): rng.random(n, dtype=np.float32) for n in sizes},
        "empty": np.zeros((0, 4), np.uint16),
    }


def test_payloads_lie_on_blocks_and_are_mapped(tmp_path: Path, tables: dict[str, Any]) -> None:
    path = tmp_path / "tables.pkl"
    write_data_file(path, tables)
    file = DataFile.open(path)
    assert file.size_bytes == path.stat().st_size
    assert file.size_bytes % BLOCK_BYTES == 0
    for name, array in tables["tables"].items():
        entry = file.arrays[f"tables/{name}"]
        assert entry.offset % BLOCK_BYTES == 0
        plain = np.memmap(path, entry.dtype, "r", offset=entry.offset, shape=entry.shape)
        assert np.array_equal(plain, array)
        mapped = file.array(entry.name)
        assert isinstance(mapped, np.memmap)
        assert np.array_equal(mapped, array)
        assert not mapped.flags.writeable
    assert file.array("empty").shape == (0, 4)


@pytest.mark.parametrize("shift", [0, 1, 1024 - 3])
def test_reading_into_memory(tmp_path: Path, tables: dict[str, Any], shift: int) -> None:
    """Aligned memory is read into directly, other memory through the transfer buffers."""
    path = tmp_path / "tables.pkl"
    digest = write_data_file(path, tables)
    file = DataFile.open(path)

    def memory(count: int) -> Any:
        block = np.full(count + 4096, np.nan, np.float32)
        start = (-block.ctypes.data % 4096) // 4 + shift
        return block[start : start + count]

    names = [f"tables/{name}" for name in tables["tables"]]
    for chosen in (names, names[::2], names[:0:-3], names[:1], []):
        targets = {name: memory(file.arrays[name].shape[0]) for name in chosen}
        file.load_into(targets, digest)
        for name, array in targets.items():
            assert np.array_equal(array, tables["tables"][name.removeprefix("tables/")])
    for name in names:
        array = memory(file.arrays[name].shape[0])
        file.read_into(name, array)
        assert np.array_equal(array, tables["tables"][name.removeprefix("tables/")])


@pytest.mark.parametrize("blocks", [511, 512, 513, 1024, 2000])
@pytest.mark.parametrize("extra", [0, 1, 4095])
def test_page_aligned_memory_is_written_alike(tmp_path: Path, blocks: int, extra: int) -> None:
    """Chunks of 512 blocks that lie on pages are not copied; the bytes are the same."""
    size = 4096 * blocks + extra
    memory = np.random.default_rng(blocks).integers(0, 256, size + 4096, np.uint8)
    start = -memory.ctypes.data % 4096
    aligned = memory[start : start + size]
    assert aligned.ctypes.data % 4096 == 0
    content = {"note": "x" * 5000, "a": aligned, "b": aligned[:9000], "c": aligned}
    digest = write_data_file(tmp_path / "aligned.pkl", content)
    moved = np.concatenate([memory[:1], aligned])[1:]
    assert moved.ctypes.data % 4096 != 0
    others = {"note": "x" * 5000, "a": moved, "b": moved[:9000], "c": moved}
    assert write_data_file(tmp_path / "moved.pkl", others) == digest
    stored = (tmp_path / "aligned.pkl").read_bytes()
    assert stored == (tmp_path / "moved.pkl").read_bytes()
    assert digest.xxh64_hex == xxhash.xxh64_hexdigest(stored)
    assert pickle.loads(stored)["c"]["data"] == aligned.tobytes()


def test_loading_verifies_on_the_way(tmp_path: Path, tables: dict[str, Any]) -> None:
    path = tmp_path / "tables.pkl"
    digest = write_data_file(path, tables)
    entry = DataFile.open(path).arrays["tables/2000003"]
    with path.open("r+b") as stored:
        stored.seek(entry.offset + 123)
        byte = stored.read(1)[0]
        stored.seek(-1, io.SEEK_CUR)
        stored.write(bytes([byte ^ 4]))
    file = DataFile.open(path)
    array = np.empty(entry.shape, np.float32)
    with pytest.raises(DataFileError, match=digest.xxh64_hex) as caught:
        file.load_into({entry.name: array}, digest)
    assert caught.value.path == path
    assert digest.xxh64_hex in caught.value.expected
    assert file.digest().xxh64_hex in caught.value.found


def test_a_file_replaced_after_opening_is_refused(tmp_path: Path, tables: dict[str, Any]) -> None:
    path = tmp_path / "tables.pkl"
    digest = write_data_file(path, tables)
    file = DataFile.open(path)
    write_data_file(path, tables)
    with pytest.raises(DataFileError, match="another or changed one"):
        file.array("tables/1")
    with pytest.raises(DataFileError, match="another or changed one"):
        file.verify(digest)


def test_wrong_targets_and_names_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.pkl"
    digest = write_data_file(path, {"a": np.zeros((2, 3), np.float32)})
    file = DataFile.open(path)
    with pytest.raises(
        DataFileMismatchError, match=r"expected float64 \[2, 3\] in a, found float32"
    ):
        file.read_into("a", np.zeros((2, 3), np.float64))
    with pytest.raises(DataFileMismatchError, match=r"expected float32 \[3, 2\] in a"):
        file.load_into({"a": np.zeros((3, 2), np.float32)}, digest)
    with pytest.raises(DataFileMismatchError, match="expected an array named b, found a"):
        file.array("b")


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ({"a": (1, 2)}, TypeError, "a: a data file holds .* not tuple"),
        ({"a": {"b": [b"x"]}}, TypeError, "a/b/0: .* not bytes"),
        ({"a": np.float64(1)}, TypeError, "a: .* not float64"),
        ({1: 2}, TypeError, "keys are str, not int"),
        ({"a/b": 2}, ValueError, "'a/b' holds a '/'"),
        ({"a": "\ud800"}, ValueError, "a: a text that is not valid Unicode"),
        ({"\ud800": 1}, ValueError, "not valid Unicode"),
        ({"a": 1 << 2040}, ValueError, "a: an int of 256 bytes"),
        ({"a": np.array([None])}, ValueError, "a: dtype object is not one of"),
        ({"a": np.zeros(3, ">f4")}, ValueError, "a: dtype >f4 is not one of"),
        ({"a": np.zeros((4, 4), "<f4").T[1:]}, ValueError, "a: the array is not C-contiguous"),
        ({"a": "x" * (3 << 20)}, ValueError, "at most 2097152 bytes beside its arrays"),
    ],
)
def test_what_cannot_be_stored_is_named(
    tmp_path: Path, content: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        write_data_file(tmp_path / "data.pkl", content)
    assert list(tmp_path.iterdir()) == []


def test_nesting_is_bounded_alike_for_writer_and_reader(tmp_path: Path) -> None:
    def nested(levels: int) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for _ in range(levels - 1):
            content = {"in": content}
        return content

    write_data_file(tmp_path / "deep.pkl", nested(32))
    assert DataFile.open(tmp_path / "deep.pkl").content == nested(32)
    with pytest.raises(ValueError, match="nested deeper than 32 levels"):
        write_data_file(tmp_path / "deeper.pkl", nested(33))


def test_a_failed_write_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "data.pkl"
    write_data_file(path, {"a": 1})
    path.rename(tmp_path / "kept.pkl")
    path.mkdir()  # a rename cannot replace a directory
    with pytest.raises(OSError, match="rename"):
        write_data_file(path, {"a": 2})
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data.pkl", "kept.pkl"]
    with pytest.raises(FileNotFoundError, match="open"):
        write_data_file(tmp_path / "nowhere" / "data.pkl", {"a": 2})


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 5000])
def test_parts_of_an_array_are_read_one_after_the_other(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.pkl"
    table = np.random.default_rng(size).random(size, dtype=np.float32)
    write_data_file(path, {"before": np.arange(7), "table": table, "after": np.arange(3)})
    buffer = np.empty(2048, np.float32)
    parts = [part.copy() for part in DataFile.open(path).read_parts("table", buffer)]
    assert [part.size for part in parts[:-1]] == [2048] * (len(parts) - 1)
    assert np.array_equal(np.concatenate([*parts, table[:0]]), table)


def test_parts_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    write_data_file(path, {"flat": np.zeros(9, np.float32), "square": np.zeros((3, 3), np.float32)})
    file = DataFile.open(path)
    for name, dtype in (("square", np.float32), ("flat", np.int32), ("none", np.float32)):
        with pytest.raises(DataFileMismatchError):
            next(file.read_parts(name, np.empty(1024, dtype)))
    with pytest.raises(ValueError, match="a buffer of 400 bytes"):
        next(file.read_parts("flat", np.empty(100, np.float32)))


def test_parts_of_a_file_that_was_cut_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    write_data_file(path, {"table": np.ones(4096, np.float32)})
    file = DataFile.open(path)
    os.truncate(path, 3 * 4096)
    with pytest.raises(DataFileError, match="the file that was opened"):
        next(file.read_parts("table", np.empty(1024, np.float32)))


@pytest.mark.parametrize("name", [os.fsdecode(b"\xff.pkl"), "é\n.pkl"])
def test_a_name_need_not_be_utf_8(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / name
    path.parent.mkdir()
    content = {"table": np.arange(5000, dtype=np.float32)}
    digest = write_data_file(path, content)
    (in_background,) = BackgroundWriter([(path, encode_data(content))]).wait()
    assert in_background == digest == file_digest(path)
    file = DataFile.open(path)
    target = np.zeros(5000, np.float32)
    file.load_into({"table": target}, digest)
    file.read_into("table", target)
    buffer = np.zeros(1024, np.float32)
    parts = [part.copy() for part in file.read_parts("table", buffer)]
    assert np.array_equal(np.concatenate(parts), content["table"])
    assert np.array_equal(target, content["table"])
    with pytest.raises(OSError, match="Not a directory") as refusal:
        write_data_file(path / "none" / name, content)
    assert refusal.value.filename == str(path / "none" / name)
