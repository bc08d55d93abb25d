"""A number of flops: what is chosen, and how well it represents the deck."""

from __future__ import annotations

import zlib
from math import comb

import numpy as np
import pytest
from flop_subsets import PreflopEquity

from holdem.abstraction.weighted_flops import flop_lines, representative_flops, weighted_flops
from holdem.cards import format_cards, parse_cards
from holdem.flops import Flop, num_flops
from holdem.types import GameConfig

# Pinned: the same number must be the same game for ever.
FIVE_OF_THE_FULL_DECK = {
    "AsKsKh": 3800,
    "QsThTd": 3978,
    "Js8s6h": 4715,
    "9s5h4d": 4892,
    "7s3s2h": 4715,
}


def test_five_flops_are_these_for_ever() -> None:
    found = {format_cards(cards): weight for cards, weight in representative_flops(13, 5)}
    assert found == FIVE_OF_THE_FULL_DECK


@pytest.mark.parametrize(
    ("num_ranks", "count", "checksum"),
    [
        (13, 25, 871637795),
        (13, 100, 2842743613),
        (13, 500, 2930059431),
        (9, 30, 3688887196),
        (5, 25, 1962309033),
    ],
)
def test_more_flops_are_the_same_for_ever(num_ranks: int, count: int, checksum: int) -> None:
    assert zlib.crc32(repr(representative_flops(num_ranks, count)).encode()) == checksum


@pytest.mark.parametrize(("num_ranks", "count"), [(13, 1), (13, 49), (8, 20), (5, 94), (2, 3)])
def test_as_many_different_flops_as_asked_for_share_the_whole_deck(
    num_ranks: int, count: int
) -> None:
    chosen = representative_flops(num_ranks, count)
    assert len({cards for cards, _ in chosen}) == count
    assert all(Flop.parse(format_cards(cards)).cards == cards for cards, _ in chosen)
    assert all(weight >= 1 for _, weight in chosen)
    assert sum(weight for _, weight in chosen) == comb(4 * num_ranks, 3)
    assert [cards for cards, _ in chosen] == sorted((c for c, _ in chosen), reverse=True)


@pytest.mark.parametrize("num_ranks", [3, 5, 13])
def test_all_flops_have_the_weight_they_come_with(num_ranks: int) -> None:
    chosen = representative_flops(num_ranks, num_flops(num_ranks))
    assert all(weight == Flop(cards).num_relabellings for cards, weight in chosen)


def test_chosen_flops_give_hands_their_equity_better_than_flops_at_random() -> None:
    equity = PreflopEquity(7)
    for count in (10, 25, 50):
        error = equity.error_of_chosen(representative_flops(7, count))
        others = [error for error, _ in equity.errors_at_random(count, 100)]
        assert error < np.quantile(others, 0.1)


def test_lists_take_their_weights_or_those_of_the_deck() -> None:
    def weights(flops: list[str]) -> dict[str, float]:
        config = GameConfig(flops=flops)
        return {format_cards(cards): weight for cards, weight in weighted_flops(config)}

    assert weights(["As7h2d:1", "KsKhKd:3"]) == {"As7h2d": 0.25, "KsKhKd": 0.75}
    assert weights(["As7h2d", "KsKhKd", "9s8s7s"]) == {
        "As7h2d": 0.75,
        "KsKhKd": 0.125,
        "9s8s7s": 0.125,
    }
    assert weighted_flops(GameConfig()) == []


def test_a_number_is_dealt_with_the_weights_that_the_log_lists() -> None:
    config = GameConfig(ranks=5, flops=12)
    head, *lines = flop_lines(config)
    assert head == "Played on 12 of 95 flops, with weights:"
    listed = [entry.split() for line in lines for entry in line.split(", ")]
    dealt = weighted_flops(config)
    assert [tuple(parse_cards(name)) for name, _ in listed] == [cards for cards, _ in dealt]
    assert [float(weight) for _, weight in listed] == pytest.approx(
        [weight for _, weight in dealt], abs=1e-5
    )
    assert sum(weight for _, weight in dealt) == pytest.approx(1)
    assert flop_lines(GameConfig()) == []
