"""The bet-size language: what is read, repaired and refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem import _core, bet_sizes
from holdem.bet_sizes import (
    MAX_BET_SIZES,
    BetSize,
    StreetMenu,
    format_bet_size,
    format_street_menu,
    parse_bet_sizes,
    parse_street_menu,
)
from holdem.errors import ConfigError

HALF = BetSize("pot_fraction", 0.5)
POT = BetSize("pot_fraction", 1.0)
TRIPLE = BetSize("multiple", 3.0)
ALL_IN = BetSize("all_in", 0.0)


@pytest.mark.parametrize(
    "text", ["0.5 1 3x a", "0.5, 1, 3x, a", " .5,1.0  3.00x,a ", [0.5, 1, "3x", "a"]]
)
def test_sizes_are_read_from_strings_and_lists(text: bet_sizes.BetSizeText) -> None:
    notes: list[str] = []
    assert parse_bet_sizes(text, note=notes.append) == (HALF, POT, TRIPLE, ALL_IN)
    assert notes == []


def test_one_number_is_one_size() -> None:
    assert parse_bet_sizes(0.5) == (HALF,)
    assert parse_street_menu(1, street="flop") == StreetMenu((POT,), (POT,))


def test_menus_have_first_and_later_sizes() -> None:
    assert parse_street_menu("2.5x / 3x a") == StreetMenu(
        (BetSize("multiple", 2.5),), (TRIPLE, ALL_IN)
    )
    assert parse_street_menu("0.5 / 3x", street="river") == StreetMenu((HALF,), (TRIPLE,))
    assert parse_street_menu("0.5 a", street="turn") == StreetMenu((HALF, ALL_IN), (HALF, ALL_IN))


def test_unsorted_and_repeated_sizes_are_repaired_and_noted() -> None:
    notes: list[str] = []
    menu = parse_street_menu("a 1 0.5 1.0 / 1 1", street="flop", note=notes.append)
    assert menu == StreetMenu((HALF, POT, ALL_IN), (POT,))
    assert notes == [
        "flop first bet: 'a 1 0.5 1' read as '0.5 1 a' (sorted, duplicates merged)",
        "flop later raises: '1 1' read as '1' (sorted, duplicates merged)",
    ]


@pytest.mark.parametrize(
    ("text", "street", "message"),
    [
        ("-0.5", "flop", "flop first bet: '-0.5' is out of range; allowed: pot fractions 0.01 to"),
        ("0", "turn", "turn first bet: '0' is out of range"),
        ("101", "turn", "allowed: pot fractions 0.01 to 100"),
        ("1x", "preflop", "preflop first bet: '1x' is out of range; allowed: multiples 1.01 to"),
        ("0.5 / -3x", "river", "river later raises: '-3x' is out of range"),
        ("3x", "flop", "flop first bet: '3x' is not a bet size; .* no bet to multiply"),
        ("0.5 3x / a", "river", "river first bet: '3x' is not a bet size"),
        ("0.5 pot", "turn", "turn first bet: 'pot' is not a bet size; allowed: 0.5"),
        ("0.5.1", "turn", "'0.5.1' is not a bet size"),
        ("nan", "turn", "'nan' is not a bet size"),
        ("1e3", "turn", "'1e3' is not a bet size"),
        ("x", "preflop", "'x' is not a bet size"),
        ("A", "flop", "'A' is not a bet size"),
        ("", "flop", "flop first bet: no sizes; .* raise cap of 0"),
        ("0.5 /", "flop", "flop later raises: no sizes"),
        ("/ a", "flop", "flop first bet: no sizes"),
        ([], "flop", "no sizes"),
        ("1 / 2 / 3", "flop", "flop menu is '1 / 2 / 3'; allowed: FIRST / LATER"),
        (["1", "/", "a"], "flop", "'/' is not a bet size"),
        ([True], "flop", "True is not a bet size"),
        (None, "flop", "None is not a bet size"),
        ({"first": 1}, "flop", "is not a bet size"),
        ("1 2 3 4 5 6 7", "flop", "flop first bet: 7 sizes; allowed: 1 to 6"),
        ("1", "round", "street is 'round'; allowed: preflop, flop, turn, river"),
    ],
)
def test_menus_that_cannot_work_are_refused(text: object, street: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_street_menu(text, street=street)  # type: ignore[arg-type]


def test_sizes_have_one_spelling() -> None:
    assert [format_bet_size(size) for size in (HALF, POT, TRIPLE, ALL_IN)] == [
        "0.5",
        "1",
        "3x",
        "a",
    ]
    assert format_street_menu(parse_street_menu("2.5x / 3.0x, a")) == "2.5x / 3x a"
    assert format_street_menu(parse_street_menu("1.0 / 1")) == "1"


sizes = st.one_of(
    st.just(ALL_IN),
    st.builds(BetSize, st.just("pot_fraction"), st.floats(*bet_sizes.POT_FRACTION_RANGE)),
    st.builds(BetSize, st.just("multiple"), st.floats(*bet_sizes.MULTIPLE_RANGE)),
)
size_lists = st.lists(sizes, min_size=1, max_size=MAX_BET_SIZES)


@given(size_lists, size_lists)
def test_every_menu_survives_a_round_trip(first: list[BetSize], later: list[BetSize]) -> None:
    text = " ".join(map(format_bet_size, first)) + "/" + " ".join(map(format_bet_size, later))
    menu = parse_street_menu(text)
    assert (set(menu.first), set(menu.later)) == (set(first), set(later))
    assert parse_street_menu(format_street_menu(menu)) == menu


def test_the_core_allows_as_many_sizes_as_the_language() -> None:
    assert MAX_BET_SIZES == _core.MAX_ACTIONS - 2
