"""XXH64 against the reference implementation's Python binding."""

import random

import pytest
import xxhash

from holdem import _core


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_every_short_length_agrees(seed: int) -> None:
    data = random.Random(seed).randbytes(300)
    for length in range(len(data) + 1):
        state = _core.Xxh64(seed)
        state.update(data[:length])
        assert state.digest() == xxhash.xxh64_intdigest(data[:length], seed)


def test_cuts_do_not_matter() -> None:
    rng = random.Random(7)
    data = rng.randbytes(100_000)
    for _ in range(200):
        state = _core.Xxh64()
        position = 0
        while position < len(data):
            step = rng.choice([0, 1, 5, 31, 32, 33, 64, 1000, 50_000])
            state.update(data[position : position + step])
            position += step
        assert state.digest() == xxhash.xxh64_intdigest(data)


def test_digest_leaves_the_stream_open() -> None:
    state = _core.Xxh64()
    state.update(b"hold")
    assert state.digest() == xxhash.xxh64_intdigest(b"hold")
    state.update(b"em")
    assert state.digest() == xxhash.xxh64_intdigest(b"holdem")
