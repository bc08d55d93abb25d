"""Which hands share a bucket on a board, and the grid that shows it."""

from __future__ import annotations

from colorsys import rgb_to_hsv
from dataclasses import replace
from math import comb
from pathlib import Path

import numpy as np
import pytest

from holdem import _core
from holdem.abstraction.board_buckets import BoardBuckets, board_buckets
from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.bucket_file import (
    Buckets,
    StreetBuckets,
    id_dtype,
    load_buckets,
    num_hands,
)
from holdem.abstraction.bucket_grid import bucket_grid
from holdem.abstraction.build_file import BucketFile
from holdem.abstraction.builder import build_buckets
from holdem.cards import parse_cards
from holdem.errors import ConfigError
from holdem.grid.starting_hands import num_combinations, starting_hand_cell

BOARDS = ("", "As7h2d", "AsKsQsJs", "As7h2d2cKd")


@pytest.fixture(scope="module")
def five_ranks() -> Buckets:
    return build_buckets(percentiles(25, 60, 40, 30, ranks=5))


def view_of(buckets: Buckets, board: str) -> BoardBuckets:
    return board_buckets(buckets, parse_cards(board))


@pytest.mark.parametrize("board", BOARDS)
def test_every_hand_beside_the_board_has_the_bucket_of_its_index(
    bucket_file: BucketFile, board: str
) -> None:
    buckets, cards = bucket_file.buckets, parse_cards(board)
    view = view_of(buckets, board)
    assert len({frozenset(hand) for hand in view.hands}) == comb(52 - len(cards), 2)
    assert not any(set(hand) & set(cards) for hand in view.hands)
    assert all(len({*hand}) == 2 for hand in view.hands)
    indexer = _core.street_indexer(view.street)
    for number in range(0, len(view.hands), 37):
        deal = np.array([[*view.hands[number], *cards]], np.uint8)
        assert view.ids[number] == buckets.streets[view.street].ids[int(indexer.index(deal)[0])]
    assert view.present.tolist() == sorted(set(view.ids.tolist()))


def test_cells_hold_each_hand_once(bucket_file: BucketFile) -> None:
    view = view_of(bucket_file.buckets, "AsAdAh")
    numbers = sorted(number for cell in view.cells.values() for number in cell)
    assert numbers == list(range(len(view.hands)))
    for cell, hands in view.cells.items():
        assert {starting_hand_cell(*view.hands[number]) for number in hands} == {cell}
    assert (0, 0) not in view.cells
    assert len(view.cells[0, 1]) == 1  # the ace of clubs and its king
    assert len(view.cells[1, 0]) == 3
    assert len(view.cells[5, 5]) == num_combinations(5, 5)


def test_a_hand_is_found_with_those_in_its_bucket(bucket_file: BucketFile) -> None:
    view = view_of(bucket_file.buckets, "As7h2d")
    bucket = view.bucket(parse_cards("KhKs"))
    assert bucket == view.bucket(parse_cards("KsKh"))
    together = view.hands_in(bucket)
    assert tuple(parse_cards("KsKh")) in together
    assert len(together) == np.count_nonzero(view.ids == bucket)
    assert view.bucket(parse_cards("7s7d")) > view.bucket(parse_cards("Kc4d"))


@pytest.mark.parametrize(
    ("board", "street", "refusal"),
    [
        ("As7h", None, "board 'As7h': 2 cards, must be none, 3, 4 or 5"),
        ("As7h2d2c2sAd", None, "6 cards, must be none, 3, 4 or 5"),
        ("AsKhQd", 2, "board 'AsKhQd': 3 cards, the turn has 4"),
        ("AsKhQd", 0, "board 'AsKhQd': 3 cards, preflop has none"),
        ("", 1, "board '': 0 cards, the flop has 3"),
        ("AsKh9d", None, "board 'AsKh9d': a deck of 5 ranks has T to A"),
    ],
)
def test_what_is_no_board_is_refused(
    five_ranks: Buckets, board: str, street: int | None, refusal: str
) -> None:
    with pytest.raises(ConfigError, match=refusal):
        board_buckets(five_ranks, parse_cards(board), street)


@pytest.mark.parametrize(
    ("hand", "refusal"),
    [
        ("AsKd", "hand 'AsKd': As is on the board"),
        ("Kd", "hand 'Kd': 1 cards, must be 2"),
        ("Kd9d", "hand 'Kd9d': a deck of 5 ranks has T to A"),
    ],
)
def test_what_is_no_hand_is_refused(five_ranks: Buckets, hand: str, refusal: str) -> None:
    with pytest.raises(ConfigError, match=refusal):
        view_of(five_ranks, "AsKhQd").bucket(parse_cards(hand))


def test_buckets_of_some_flops_are_shown_on_their_boards_only(five_ranks: Buckets) -> None:
    chosen = replace(five_ranks, config={**five_ranks.config, "flops": {"AsKhQd": 2, "TsTdTh": 1}})
    for board in ("", "AcKdQs", "AcKdQsTs", "AcTcTdThKd"):  # in any suits and any order
        assert view_of(chosen, board).ids.size
    for board in ("AsKsQd", "AsKhJdTd"):
        with pytest.raises(ConfigError, match=f"board '{board}': from none of the 2 flops"):
            view_of(chosen, board)


# The grid --------------------------------------------------------------------------------------


def test_a_cell_names_its_bucket_or_counts_those_of_its_suits(bucket_file: BucketFile) -> None:
    buckets = bucket_file.buckets
    view = view_of(buckets, "As7h2d")
    grid = bucket_grid(view, buckets, "a file")
    several = 0
    for (row, column), hands in view.cells.items():
        found = sorted(set(view.ids[hands].tolist()))
        cell = grid.cells[row][column]
        several += len(found) > 1
        assert cell.note == (f"({len(found)})" if len(found) > 1 else f"{found[0]}")
        assert [count for count, _ in cell.bars] == [
            np.count_nonzero(view.ids[hands] == bucket) for bucket in found
        ]
    assert several > 0
    assert "--hand AKs" in grid.remarks[0]
    assert grid.title == f"Flop As 7h 2d: 1,176 hands in {len(view.present)} of 300 buckets"


def test_colours_go_from_the_weakest_bucket_present_to_the_strongest(five_ranks: Buckets) -> None:
    view = view_of(five_ranks, "AsKhQdTs")
    grid = bucket_grid(view, five_ranks, "a file")
    shades = {
        int(view.ids[number]): grid.cells[row][column].bars[0][1]
        for (row, column), hands in view.cells.items()
        for number in hands
        if len(grid.cells[row][column].bars) == 1
    }
    # Around the colour wheel from blue over green to red, which lies on either side of 0.
    hues = [rgb_to_hsv(*shades[bucket].rgb)[0] for bucket in sorted(shades)]
    turned = [(hue + 0.1) % 1 for hue in hues]
    assert turned == sorted(set(turned), reverse=True)
    assert grid.legend[0][0] == f"{view.present[0]} (weakest)"
    assert grid.legend[-1][0] == f"{view.present[-1]} (strongest)"
    assert (grid.legend[0][1].terminal, grid.legend[-1][1].terminal) == ("blue", "red")


def test_lossless_buckets_are_not_called_weak_or_strong(five_ranks: Buckets) -> None:
    grid = bucket_grid(view_of(five_ranks, ""), five_ranks, "a file")
    assert grid.title == "Preflop: 190 hands in 25 of 25 buckets"
    assert [label for label, _ in grid.legend] == ["0", "6", "12", "18", "24"]
    assert grid.remarks == ()
    assert len(grid.cells) == 5


def test_one_bucket_is_enough_for_a_grid(five_ranks: Buckets) -> None:
    only = StreetBuckets(np.zeros(num_hands(3, 5), np.uint8), 1)
    buckets = Buckets.make({"method": "one", "ranks": 5}, [*five_ranks.streets[:3], only])
    grid = bucket_grid(view_of(buckets, "AsKhQdTsTd"), buckets, "a file")
    assert [label for label, _ in grid.legend] == ["0"]
    assert {cell.note for row in grid.cells for cell in row} == {"0"}


def test_long_numbers_are_shown_as_places(five_ranks: Buckets) -> None:
    size = num_hands(1, 5)
    ids = (np.arange(size) * 3 + 20_000).astype(id_dtype(3 * size + 20_000))
    lossless = StreetBuckets(ids, 3 * size + 20_000)
    buckets = Buckets.make(
        {"method": "wide", "ranks": 5},
        [five_ranks.streets[0], lossless, *five_ranks.streets[2:]],
    )
    view = view_of(buckets, "AsKhQd")
    grid = bucket_grid(view, buckets, "a file")
    assert grid.legend[0][0].split()[0] == "1"
    assert grid.legend[-1][0].split()[0] == f"{len(view.present)}"
    assert "place on this board" in grid.remarks[-1]
    assert all(len(cell.plain) <= 4 for row in grid.cells for cell in row)


def test_a_mapped_file_shows_what_its_tables_say(bucket_file: BucketFile) -> None:
    path: Path = bucket_file.path
    mapped = view_of(load_buckets(path), "As7h2d2c")
    assert np.array_equal(mapped.ids, view_of(bucket_file.buckets, "As7h2d2c").ids)
