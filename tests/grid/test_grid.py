"""Cells of a grid: which hand is which, and how bars share one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from holdem.grid.grid import split_cell
from holdem.grid.starting_hands import (
    num_combinations,
    starting_hand_cards,
    starting_hand_cell,
    starting_hand_name,
)


def test_cells_are_shared_by_largest_remainder() -> None:
    assert split_cell(np.array([1, 0, 0]), 5) == [5, 0, 0]
    assert split_cell(np.array([0.34, 0.33, 0.33]), 5) == [2, 2, 1]
    assert split_cell(np.array([0.7, 0.1, 0.2]), 5) == [4, 0, 1]
    for seed in range(50):
        mix = np.random.default_rng(seed).random(4)
        widths = split_cell(mix, 136)
        assert sum(widths) == 136
        assert widths == pytest.approx(mix / mix.sum() * 136, abs=1)


def test_starting_hands_have_the_names_everybody_knows() -> None:
    names = {starting_hand_name(row, column) for row in range(13) for column in range(13)}
    assert len(names) == 169
    assert {"AA", "AKs", "AKo", "72o", "T9s"} <= names
    counts = [num_combinations(row, column) for row in range(13) for column in range(13)]
    assert sum(counts) == 1326


def test_every_pair_of_cards_is_in_the_cell_of_its_starting_hand() -> None:
    counts = np.zeros((13, 13), int)
    for first, second in itertools.combinations(range(52), 2):
        cell = starting_hand_cell(first, second)
        assert cell == starting_hand_cell(second, first)
        counts[cell] += 1
    for row, column in np.ndindex(13, 13):
        assert counts[row, column] == num_combinations(row, column)
        assert starting_hand_cell(*starting_hand_cards(row, column)) == (row, column)
