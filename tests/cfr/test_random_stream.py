"""The generator: known answers, and streams that do not resemble each other."""

from __future__ import annotations

import numpy as np
import pytest

from holdem import _core

ONES = 0xFFFFFFFF


def words(seed: int, instance: int, iteration: int, purpose: int, count: int) -> np.ndarray:
    stream = _core.RandomStream(seed, instance, iteration, purpose)
    return np.array([stream.next() for _ in range(count)], dtype=np.uint32)


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
        ([ONES] * 4, [ONES] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
        (
            [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
            [0xA4093822, 0x299F31D0],
            [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
        ),
    ],
)
def test_known_answers(counter: list[int], key: list[int], expected: list[int]) -> None:
    """The vectors of Random123 for philox4x32-10: zeros, ones, and the digits of pi."""
    assert list(_core.philox4x32_10(counter, *key)) == expected


def test_what_a_stream_draws() -> None:
    """Key (seed, instance), counter (block, purpose, iteration): part of what a checkpoint says."""
    iteration = (7 << 32) + 5
    blocks = [_core.philox4x32_10([block, 1, 5, 7], 11, 13) for block in range(3)]
    assert words(11, 13, iteration, 1, 12).tolist() == [word for block in blocks for word in block]


def test_every_part_of_the_address_makes_another_stream() -> None:
    addresses = [(0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1 << 32, 0)]
    addresses += [(0, 0, 0, 1), (0, 0, 0, 2)]
    streams = [words(*address, 4000) for address in addresses]
    for i, one in enumerate(streams):
        for other in streams[i + 1 :]:
            assert not np.isin(one, other).sum() > 3
            correlation = np.corrcoef(one.astype(float), other.astype(float))[0, 1]
            assert abs(correlation) < 5 / np.sqrt(4000)


def test_first_words_of_consecutive_iterations_are_uniform() -> None:
    """What the solver draws: few words of very many streams."""
    count, bins = 64_000, 64
    first = np.array([words(3, 0, i, 1, 1)[0] for i in range(count)])
    for shift in (26, 0):  # the highest and the lowest six bits
        observed = np.bincount(first >> shift & 63, minlength=bins)
        chi_square = ((observed - count / bins) ** 2 / (count / bins)).sum()
        assert abs(chi_square - (bins - 1)) < 5 * np.sqrt(2 * (bins - 1))


@pytest.mark.parametrize("bound", [1, 3, 6, 52, 1000, (1 << 31) + 1, 3 << 30])
def test_below_is_unbiased(bound: int) -> None:
    """Bounds above 2^31 would show a plain multiplication: it favours every other value."""
    count, parts = 30_000, min(bound, 3)
    stream = _core.RandomStream(8, 0, bound, 0)
    drawn = np.array([stream.below(bound) for _ in range(count)])
    assert 0 <= drawn.min() <= drawn.max() < bound
    for by in (lambda x: x % parts, lambda x: x * parts // bound):
        edges = np.bincount(np.array([by(int(x)) for x in drawn]), minlength=parts)
        assert np.abs(edges - count / parts).max() < 5 * np.sqrt(count / parts)


def test_units_are_multiples_of_2_to_the_minus_24() -> None:
    stream, same = _core.RandomStream(1, 2, 3, 4), _core.RandomStream(1, 2, 3, 4)
    for _ in range(1000):
        assert stream.next_unit() * 2**24 == same.next() >> 8
