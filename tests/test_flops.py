"""Flops as a configuration names them: one form for all spellings, and refusals in one line."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem import _core
from holdem.cards import format_cards
from holdem.errors import ConfigError
from holdem.flops import Flop, num_flops, parse_flops, read_flops


@pytest.mark.parametrize("num_ranks", range(2, 14))
def test_the_number_of_flops_is_that_of_the_index(num_ranks: int) -> None:
    assert num_flops(num_ranks) == _core.HandIndexer([3], num_ranks).size


@given(cards=st.permutations(range(52)).map(lambda deck: deck[:3]), suits=st.permutations(range(4)))
def test_all_relabellings_of_a_flop_are_one_flop(cards: list[int], suits: list[int]) -> None:
    relabelled = [card // 4 * 4 + suits[card % 4] for card in cards]
    first, second = Flop.parse(format_cards(cards)), Flop.parse(format_cards(relabelled))
    assert first == second
    assert Flop.parse(str(first)) == first


def test_relabellings_add_up_to_all_flops_of_the_deck() -> None:
    flops = {Flop.parse(format_cards(cards)) for cards in itertools.combinations(range(32, 52), 3)}
    assert len(flops) == num_flops(5)
    assert sum(flop.num_relabellings for flop in flops) == 1140


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("all", None),
        (25, 25),
        (" 25 ", 25),
        (["2c7d9h", "As7h2d"], ("As7h2d", "9s7h2d")),
        ("2c7d9h, Ac 7h 2d", ("As7h2d", "9s7h2d")),
        (("AcKcQc:2", "AsAhAd:0.50"), ("AsAhAd:0.5", "AsKsQs:2.0")),
    ],
)
def test_every_spelling_has_one_form(value: object, expected: object) -> None:
    assert read_flops(value, 13) == expected
    assert read_flops(expected, 13) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "must be a number of flops, 1 to 1755, a list as"),
        ("", "must be a number of flops"),
        (True, "must be a number of flops"),
        (2.5, "must be a number of flops"),
        ([25], "must be a number of flops"),
        ({"As7h2d": 1}, "must be a number of flops"),
        (0, "must be 1 to 1755, the flops there are with 13 ranks"),
        (1756, "must be 1 to 1755"),
        (["As7h2x"], "'2x' is no card"),
        (["As7h"], "flop 'As7h': 2 cards, must be 3"),
        (["As7h2d3c"], "flop 'As7h2d3c': 4 cards, must be 3"),
        (["AsAs2d"], "cards 'AsAs2d': a card comes twice"),
        (["As7h2d", "Ac7s2h"], "'As7h2d' and 'Ac7s2h' are one flop"),
        (["As7h2d:0"], "the weight '0' must be 1e-09 to 1e\\+09"),
        (["As7h2d:-1"], "the weight '-1'"),
        (["As7h2d:nan"], "the weight 'nan'"),
        (["As7h2d:"], "the weight ''"),
        (["As7h2d:1", "KsKh2d"], "all flops must have a weight, or none"),
    ],
)
def test_bad_flops_are_refused(value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_flops(value, 13)


def test_flops_of_another_deck_are_refused() -> None:
    assert [flop.cards for flop in parse_flops(["TcTdTh"], 5)] == [(35, 34, 33)]
    with pytest.raises(ConfigError, match="flop 'As9h9d': a deck of 5 ranks has T to A"):
        read_flops(["As9h9d"], 5)
    with pytest.raises(ConfigError, match="must be 1 to 95, the flops there are with 5 ranks"):
        read_flops(96, 5)
