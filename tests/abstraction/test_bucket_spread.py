"""How far the hands in a bucket differ, against sums over all hands in NumPy."""

from __future__ import annotations

from math import comb, prod

import numpy as np
import numpy.typing as npt
import pytest

from holdem import _core
from holdem.abstraction.bucket_file import BOARD_CARDS, num_hands

RANKS = 4
CARDS = 4 * RANKS
RUNOUTS = (comb(CARDS - 2, 3), CARDS - 5, CARDS - 6)
HIGHEST = (CARDS - 7) * (CARDS - 8)  # twice the hands of an opponent on the river


@pytest.fixture(scope="module")
def small_strengths() -> _core.HandStrengths:
    result = _core.HandStrengths(RANKS)
    for street in (3, 2, 1, 0):
        result.compute(street, num_workers=1)
    return result


def equities_and_deals(
    strengths: _core.HandStrengths, street: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Equity of every hand, and the deals it stands for."""
    indexer = _core.street_indexer(street, RANKS)
    indices = np.arange(indexer.size, dtype=np.uint64)
    found = strengths.strengths(street, indexer.unindex(indices))
    return found / (HIGHEST * prod(RUNOUTS[street:])), indexer.num_deals(indices).astype(int)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("street", range(4))
def test_the_spread_is_the_weighted_standard_deviation(
    small_strengths: _core.HandStrengths, street: int, dtype: npt.DTypeLike
) -> None:
    ids = np.random.default_rng(street).integers(7, size=num_hands(street, RANKS)).astype(dtype)
    equities, deals = equities_and_deals(small_strengths, street)
    sizes, deviations = small_strengths.bucket_spread(street, ids, 9, 2)
    assert sizes.tolist() == [deals[ids == bucket].sum() for bucket in range(9)]
    assert sizes.sum() == comb(CARDS, BOARD_CARDS[street]) * comb(CARDS - BOARD_CARDS[street], 2)
    for bucket in range(7):
        inside = ids == bucket
        mean = np.average(equities[inside], weights=deals[inside])
        variance = np.average((equities[inside] - mean) ** 2, weights=deals[inside])
        assert deviations[bucket] == pytest.approx(variance**0.5, rel=1e-9)
    assert deviations[7:].tolist() == [0, 0]


@pytest.mark.parametrize("street", [1, 2, 3])
def test_with_chosen_flops_it_is_about_the_hands_on_their_boards(
    small_strengths: _core.HandStrengths, street: int
) -> None:
    flops = [((51, 47, 43), 3), ((50, 49, 40), 1)]
    masses = np.empty(num_hands(street, RANKS), np.uint32)
    _core.hand_masses(RANKS, street, flops, 1, masses)
    equities, _ = equities_and_deals(small_strengths, street)
    ids = np.random.default_rng(street).integers(3, size=len(masses)).astype(np.uint8)
    sizes, deviations = small_strengths.bucket_spread(street, ids, 3, 2, flops)
    for bucket in range(3):
        inside = ids == bucket
        mean = np.average(equities[inside], weights=masses[inside])
        variance = np.average((equities[inside] - mean) ** 2, weights=masses[inside])
        assert sizes[bucket] == masses[inside].sum()
        assert deviations[bucket] == pytest.approx(variance**0.5, rel=1e-9)


@pytest.mark.parametrize("street", range(4))
def test_equal_strengths_have_a_spread_of_exactly_zero(
    small_strengths: _core.HandStrengths, street: int
) -> None:
    spectrum = small_strengths.spectrum(street)
    count = len(spectrum.strengths)
    ids = np.empty(num_hands(street, RANKS), np.uint32)
    small_strengths.write_ids(spectrum, np.arange(count, dtype=np.uint32), 1, ids)
    sizes, deviations = small_strengths.bucket_spread(street, ids, count, 1)
    assert np.array_equal(sizes, spectrum.num_deals)
    assert not deviations.any()


def test_the_number_of_workers_changes_no_bit(strengths: _core.HandStrengths) -> None:
    ids = (np.arange(num_hands(1)) % 50).astype(np.uint8)
    sizes, deviations = strengths.bucket_spread(1, ids, 50, 1)
    for num_workers in (2, 3):
        others = strengths.bucket_spread(1, ids, 50, num_workers)
        assert np.array_equal(others[0], sizes)
        assert np.array_equal(others[1], deviations)


def test_what_is_no_table_of_ids_is_refused(small_strengths: _core.HandStrengths) -> None:
    ids = np.zeros(num_hands(1, RANKS), np.uint8)
    ids[-1] = 3
    with pytest.raises(ValueError, match="ids: 3, must be below 3"):
        small_strengths.bucket_spread(1, ids, 3, 2)
    with pytest.raises(ValueError, match="one for each hand of the street"):
        small_strengths.bucket_spread(1, ids[1:], 4, 2)
    with pytest.raises(ValueError, match="uint8, uint16 or uint32"):
        small_strengths.bucket_spread(1, ids.astype(np.int64), 4, 2)
    with pytest.raises(ValueError, match="street"):
        small_strengths.bucket_spread(4, ids, 4, 2)
    with pytest.raises(ValueError, match="num_workers: 0"):
        small_strengths.bucket_spread(1, ids, 4, 0)
    with pytest.raises(ValueError, match="have not been computed"):
        _core.HandStrengths(RANKS).bucket_spread(1, ids, 4, 1)
