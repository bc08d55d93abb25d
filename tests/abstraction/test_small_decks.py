"""Hand strength and lossless buckets of decks with fewer ranks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import comb, prod
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem import _core
from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.bucket_file import (
    Buckets,
    load_buckets,
    lossless_buckets,
    num_hands,
    write_buckets,
)
from holdem.abstraction.builder import build_buckets
from holdem.abstraction.game import make_game
from holdem.abstraction.methods.percentile_ehs import MAX_BUCKETS_BY_RANKS
from holdem.errors import BucketFileError, ConfigError
from holdem.types import GameConfig

Cards = npt.NDArray[np.uint8]
NUM_CARDS = (2, 5, 6, 7)


def deck(num_ranks: int) -> range:
    return range(52 - 4 * num_ranks, 52)


def strengths_of(num_ranks: int, num_workers: int = 1) -> _core.HandStrengths:
    strengths = _core.HandStrengths(num_ranks)
    for street in (3, 2, 1, 0):
        strengths.compute(street, num_workers)
    return strengths


def strength_by_enumeration(num_ranks: int, deal: tuple[int, ...]) -> int:
    """2 * wins + ties over all boards, in the order they come, and hands of the opponent.

    Preflop a board is a flop, as a set, and the two cards that follow it.
    """
    rest = [card for card in deck(num_ranks) if card not in deal]
    boards = set()
    missing = 7 - len(deal)
    for cards in itertools.permutations(rest, missing):
        flop = tuple(sorted(cards[: max(0, missing - 2)]))
        boards.add(flop + cards[len(flop) :])
    total = 0
    for cards in boards:
        board = deal[2:] + cards
        others = itertools.combinations([card for card in rest if card not in cards], 2)
        hands = np.array([deal[:2], *others], dtype=np.uint8)
        rated = _core.evaluate_hands(
            np.concatenate([hands, np.tile(np.array(board, np.uint8), (len(hands), 1))], axis=1)
        )
        total += int(2 * np.sum(rated[0] > rated[1:]) + np.sum(rated[0] == rated[1:]))
    return total


def random_deals(num_ranks: int, street: int, count: int) -> Cards:
    random = np.random.default_rng(street)
    cards = np.array(deck(num_ranks), dtype=np.uint8)
    return np.array([random.permutation(cards)[: NUM_CARDS[street]] for _ in range(count)])


@pytest.mark.parametrize(
    ("num_ranks", "street", "count"),
    [(3, 0, 2), (3, 1, 20), (3, 2, 40), (3, 3, 60), (4, 1, 4), (5, 2, 20), (5, 3, 60), (8, 3, 30)],
)
def test_strength_is_the_enumerated_equity(num_ranks: int, street: int, count: int) -> None:
    deals = random_deals(num_ranks, street, count)
    expected = [strength_by_enumeration(num_ranks, tuple(deal)) for deal in deals.tolist()]
    assert strengths_of(num_ranks).strengths(street, deals).tolist() == expected


@pytest.mark.parametrize("num_ranks", [3, 4, 5, 7])
def test_all_hands_together_win_exactly_half(num_ranks: int) -> None:
    strengths = strengths_of(num_ranks, num_workers=2)
    cards = 4 * num_ranks
    highest_on_the_river = (cards - 7) * (cards - 8)
    runouts = [comb(cards - 2, 3), cards - 5, cards - 6]
    for street, board in enumerate((0, 3, 4, 5)):
        spectrum = strengths.spectrum(street)
        deals = comb(cards, board) * comb(cards - board, 2)
        assert int(spectrum.num_deals.sum()) == deals
        total = sum(
            value * count
            for value, count in zip(
                spectrum.strengths.tolist(), spectrum.num_deals.tolist(), strict=True
            )
        )
        assert 2 * total == highest_on_the_river * prod(runouts[street:]) * deals


def test_strengths_of_too_small_a_deck_are_refused() -> None:
    with pytest.raises(ValueError, match="num_ranks: 2, must be at least 3"):
        _core.HandStrengths(2)
    strengths = strengths_of(5)
    with pytest.raises(ValueError, match="different cards, 32 to 51"):
        strengths.strengths(0, np.array([[0, 50]], dtype=np.uint8))


@pytest.mark.parametrize("num_ranks", [2, 5, 13])
def test_lossless_buckets_are_the_indices_of_sequences(num_ranks: int) -> None:
    buckets = _core.BucketMap.lossless(num_ranks)
    assert buckets.is_lossless
    assert buckets.num_ranks == num_ranks
    for street in range(4):
        indexer = _core.sequence_indexer(street, num_ranks)
        deals = random_deals(num_ranks, street, 1_000)
        assert buckets.num_buckets(street) == indexer.size
        assert np.array_equal(buckets.buckets(street, deals), indexer.index(deals))


def test_lossless_buckets_of_the_full_deck_need_most_of_32_bits() -> None:
    assert _core.BucketMap.lossless().num_buckets(3) == 2_428_287_420
    last = np.array([2_428_287_419], dtype=np.uint64)
    deal = _core.sequence_indexer(3).unindex(last)
    assert _core.BucketMap.lossless().buckets(3, deal).tolist() == [2_428_287_419]


@pytest.mark.parametrize("num_ranks", [2, 3, 4, 5])
def test_a_lossless_bucket_tells_those_of_the_streets_before(num_ranks: int) -> None:
    """Perfect recall: among many deals, those that share a later bucket share all earlier ones."""
    buckets = _core.BucketMap.lossless(num_ranks)
    cards = 4 * num_ranks
    random = np.random.default_rng(num_ranks)
    deals = np.array(
        [52 - cards + random.permutation(cards)[:7] for _ in range(40_000)], dtype=np.uint8
    )
    for street in (1, 2, 3):
        later = buckets.buckets(street, np.ascontiguousarray(deals[:, : NUM_CARDS[street]]))
        earlier = buckets.buckets(
            street - 1, np.ascontiguousarray(deals[:, : NUM_CARDS[street - 1]])
        )
        assert len(np.unique(later)) < len(deals)
        pairs = np.unique(np.stack([later, earlier], axis=1), axis=0)
        assert len(pairs) == len(np.unique(later))


@given(num_ranks=st.integers(2, 13), suits=st.permutations(range(4)), data=st.data())
def test_hands_that_only_suits_tell_apart_share_all_lossless_buckets(
    num_ranks: int, suits: list[int], data: st.DataObject
) -> None:
    deal = np.array(data.draw(st.permutations(deck(num_ranks)))[:7], dtype=np.uint8)
    other = deal // 4 * 4 + np.array(suits, dtype=np.uint8)[deal % 4]
    buckets = _core.BucketMap.lossless(num_ranks)
    for street in range(4):
        both = np.ascontiguousarray(np.stack([deal, other])[:, : NUM_CARDS[street]])
        first, second = buckets.buckets(street, both)
        assert first == second


@pytest.mark.parametrize("num_ranks", [3, 4, 5, 6, 7])
def test_the_number_of_different_strengths_bounds_the_buckets(num_ranks: int) -> None:
    strengths = strengths_of(num_ranks)
    found = tuple(len(strengths.spectrum(street).strengths) for street in range(4))
    assert found == MAX_BUCKETS_BY_RANKS[num_ranks]


@pytest.fixture(scope="module")
def three_ranks() -> Buckets:
    return build_buckets(percentiles(4, 8, 7, 5, ranks=3), num_workers=2)


def test_percentiles_of_a_small_deck_are_those_of_a_slow_enumeration(three_ranks: Buckets) -> None:
    """Every hand of a street, with its strength by enumeration, cut into equal shares."""
    for street in (2, 3):
        indexer = _core.street_indexer(street, 3)
        indices = np.arange(indexer.size, dtype=np.uint64)
        masses = indexer.num_deals(indices).tolist()
        strengths = [
            strength_by_enumeration(3, tuple(d)) for d in indexer.unindex(indices).tolist()
        ]
        mass_of = dict.fromkeys(sorted(set(strengths)), 0)
        for strength, mass in zip(strengths, masses, strict=True):
            mass_of[strength] += mass
        k = three_ranks.num_buckets[street]
        cut = _core.percentile_buckets(np.array([*mass_of.values()], dtype=np.uint64), k)
        bucket_of = dict(zip(mass_of, cut.tolist(), strict=True))
        expected = [bucket_of[strength] for strength in strengths]
        assert three_ranks.streets[street].ids.tolist() == expected
        assert set(expected) == set(range(k))


def test_a_file_of_a_small_deck_comes_back_and_is_for_its_deck_alone(
    three_ranks: Buckets, tmp_path: Path
) -> None:
    path = tmp_path / "three.pkl"
    write_buckets(path, three_ranks)
    loaded = load_buckets(path)
    assert loaded.bucket_hash == three_ranks.bucket_hash
    assert loaded.config["ranks"] == 3
    assert [street.ids.size for street in loaded.streets] == [num_hands(s, 3) for s in range(4)]
    deals = random_deals(3, 3, 50)
    assert np.array_equal(loaded.map.buckets(3, deals), three_ranks.map.buckets(3, deals))
    assert make_game(GameConfig(ranks=3), loaded).num_buckets(1) == 8
    for ranks in (13, 4):
        with pytest.raises(ConfigError, match=f"made for a deck of 3 ranks, the game has {ranks}"):
            make_game(GameConfig(ranks=ranks), loaded)


def test_files_whose_deck_is_not_that_of_their_tables_are_refused(
    three_ranks: Buckets, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.pkl"
    for ranks, message in (
        (4, "preflop: 9 hands, must be 16"),
        (1, "config: 1 ranks, must be 2 to 13"),
        ("3", "config: '3' ranks, must be 2 to 13"),
    ):
        config = {**three_ranks.config, "ranks": ranks}
        write_buckets(path, replace(three_ranks, config=config))
        with pytest.raises(BucketFileError, match=message):
            load_buckets(path)


def test_only_small_decks_are_named_in_the_configuration_of_buckets() -> None:
    assert "ranks" not in percentiles(169, 200, 200, 200).as_dict()
    assert percentiles(25, 200, 200, 100, ranks=5).as_dict()["ranks"] == 5


@pytest.mark.parametrize(
    ("k", "ranks", "made"),
    [
        ((25, 1, 1, 123), 5, (25, 1, 1, 122)),
        ((26, 5000, 1, 1), 5, (25, 2779, 1, 1)),
        ((7, 1, 1, 1), 3, (6, 1, 1, 1)),  # some starting hands are equally strong
        ((9, 1, 1, 1), 3, (9, 1, 1, 1)),  # but each may have a bucket
        ((10, 1, 1, 1), 3, (9, 1, 1, 1)),
    ],
)
def test_buckets_that_a_deck_does_not_have_are_not_made(
    k: tuple[int, int, int, int], ranks: int, made: tuple[int, int, int, int]
) -> None:
    assert percentiles(*k, ranks=ranks).k == made


@pytest.mark.parametrize("ranks", [2, 14])
def test_decks_that_are_too_small_or_too_large_are_refused(ranks: int) -> None:
    with pytest.raises(ConfigError, match=f"ranks = {ranks}: must be an integer >= 3 and <= 13"):
        percentiles(1, 1, 1, 1, ranks=ranks)


def test_all_starting_hands_of_the_smallest_deck_may_have_buckets() -> None:
    buckets = build_buckets(percentiles(9, 2, 2, 2, ranks=3), num_workers=1)
    assert buckets.streets[0].ids.tolist() == [*range(9)]


def test_lossless_buckets_are_no_file_and_always_the_same() -> None:
    buckets = lossless_buckets(5)
    assert buckets is lossless_buckets(5)
    assert buckets.bucket_hash == "lossless"
    assert buckets.num_buckets == tuple(_core.sequence_indexer(s, 5).size for s in range(4))
