"""The chart of the first decision: its shape, its letters, its colours."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from holdem.abstraction.bucket_file import load_buckets
from holdem.cards import format_cards, parse_cards
from holdem.errors import ConfigError
from holdem.grid.grid import Shade
from holdem.grid.image import grid_image, write_grid
from holdem.grid.text import print_grid
from holdem.policy.chart import Chart, ChartAction, preflop_chart
from holdem.policy.policy import Policy
from trained_runs import policy_files

RAISE = ChartAction("raise to 2.5 bb", "R", Shade((200, 100, 50), "red"), 0.25)
CALL = ChartAction("call", "C", Shade((50, 150, 100), "green"), 0.5)
FOLD = ChartAction("fold", "F", Shade((70, 90, 130), "blue"), 0.25)

GOLDEN_LETTERS = """\
First decision
A small game

     A   K   Q   J   T   9   8   7   6   5   4   3   2
  A  R   C   C   C   C   C   C   C   C   C   C   C   C
  K  F   R   C   C   C   C   C   C   C   C   C   C   C
  Q  F   F   R   C   C   C   C   C   C   C   C   C   C
  J  F   F   F   R   C   C   C   C   C   C   C   C   C
  T  F   F   F   F   R   C   C   C   C   C   C   C   C
  9  F   F   F   F   F   R   C   C   C   C   C   C   C
  8  F   F   F   F   F   F   R   C   C   C   C   C   C
  7  F   F   F   F   F   F   F   R   C   C   C   C   C
  6  F   F   F   F   F   F   F   F   R   C   C   C   C
  5  F   F   F   F   F   F   F   F   F   R   C   C   C
  4  F   F   F   F   F   F   F   F   F   F   R   C   C
  3  F   F   F   F   F   F   F   F   F   F   F   R   C
  2  F   F   F   F   F   F   F   F   F   F   F   F   R7

  R = raise to 2.5 bb 25.0%   C = call 50.0%   F = fold 25.0%
  Suited above the diagonal. The likeliest action; 7 means in seven tenths of hands,
  no number: (nearly) always.
"""


@pytest.fixture
def chart() -> Chart:
    """Raises pairs, calls suited hands, folds the others; mixes deuces."""
    mixes = np.zeros((13, 13, 3), np.float32)
    for row in range(13):
        for column in range(13):
            mixes[row, column, 0 if row == column else 1 if row < column else 2] = 1
    mixes[12, 12] = (0.7, 0.1, 0.2)
    return Chart("First decision", "A small game", (RAISE, CALL, FOLD), mixes)


def printed(chart: Chart, **settings: object) -> str:
    file = io.StringIO()
    print_grid(chart.grid(), Console(file=file, width=80, **settings))
    return file.getvalue()


def test_without_colours_actions_are_letters(chart: Chart) -> None:
    lines = [line.rstrip() for line in printed(chart, color_system=None).splitlines()]
    assert lines == GOLDEN_LETTERS.splitlines()


def test_no_color_wins_over_a_terminal_that_has_colours(
    chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = printed(chart, color_system="truecolor", force_terminal=True)
    assert "R7" in text
    assert "[48;2;" not in text


@pytest.mark.parametrize(
    ("system", "sign"), [("truecolor", "48;2;200;100;50"), ("standard", "41"), ("256", "48;5;")]
)
def test_colours_are_those_that_the_terminal_has(chart: Chart, system: str, sign: str) -> None:
    if system == "256":  # rich remembers what it wrote for a colour in another system
        action = replace(RAISE, shade=Shade((201, 100, 50), "red"))
        chart = replace(chart, actions=(action, CALL, FOLD))
    text = printed(chart, color_system=system, force_terminal=True)
    assert sign in text
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in text.splitlines()]
    grid = [row for row in rows if re.search(r"[2-9TJQKA]{2}[so]?  ", row)]
    assert len(grid) == 13
    assert all(len(row) <= 80 for row in rows)
    assert grid[0].split() == ["AA", *(f"A{rank}s" for rank in "KQJT98765432")]
    assert grid[12].split() == [*(f"{rank}2o" for rank in "AKQJT9876543"), "22"]


def test_the_image_has_the_colours_of_the_mixes_where_they_belong(chart: Chart) -> None:
    image = grid_image(chart.grid())
    left, top, cell, step = 44, 148, 68, 72

    def colour(row: int, column: int, across: float) -> tuple[int, ...]:
        x, y = left + column * step + across * cell, top + row * step + 12
        return image.getpixel((int(x), int(y)))

    assert colour(0, 0, 0.5) == RAISE.shade.rgb
    assert colour(0, 5, 0.5) == CALL.shade.rgb
    assert colour(5, 0, 0.5) == FOLD.shade.rgb
    assert [colour(12, 12, share) for share in (0.3, 0.75, 0.9)] == [
        RAISE.shade.rgb,
        CALL.shade.rgb,
        FOLD.shade.rgb,
    ]


def test_the_file_is_a_png_of_the_golden_size(chart: Chart, tmp_path: Path) -> None:
    write_grid(chart.grid(), tmp_path / "chart.png")
    with Image.open(tmp_path / "chart.png") as image:
        assert (image.format, image.size) == ("PNG", (1020, 1188))


def test_the_chart_of_a_policy(holdem_run: Path, holdem_buckets: Path) -> None:
    policy = Policy.open(policy_files(holdem_run)[-1], load_buckets(holdem_buckets))
    chart = preflop_chart(policy)
    labels = [action.label for action in chart.actions]
    assert labels == ["all-in", "raise to 2.5 bb", "call", "fold"][-len(labels) :]
    assert chart.mixes.shape == (13, 13, len(labels))
    assert sum(action.share for action in chart.actions) == pytest.approx(1, abs=1e-6)
    assert "Heads-up no-limit hold'em, 20 bb, iteration 200,000" in chart.subtitle
    assert len({action.letter for action in chart.actions}) == len(labels)
    grid = policy.preflop_strategy()
    assert np.array_equal(chart.mixes[3, 7], grid[3, 7][::-1])


def test_toy_games_have_no_chart(kuhn_run: Path) -> None:
    with pytest.raises(ConfigError, match="starting hands"):
        preflop_chart(Policy.open(policy_files(kuhn_run)[-1]))


def test_cards_are_read_and_written() -> None:
    assert parse_cards("2c As") == [0, 51]
    assert format_cards(parse_cards("AhKdTc")) == "AhKdTc"
    for text in ("Ax", "A", "10h", "AhAh"):
        with pytest.raises(ConfigError, match=f"cards '{text}'"):
            parse_cards(text)


def test_a_deck_of_fewer_ranks_has_a_smaller_chart(chart: Chart) -> None:
    small = replace(chart, mixes=chart.mixes[:3, :3])
    lines = [line.rstrip() for line in printed(small, color_system=None).splitlines()]
    assert lines[3:8] == [
        "     A   K   Q",
        "  A  R   C   C",
        "  K  F   R   C",
        "  Q  F   F   R",
        "",
    ]
    coloured = printed(small, color_system="truecolor", force_terminal=True).splitlines()
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", line).split() for line in coloured]
    assert rows[3:6] == [["AA", "AKs", "AQs"], ["AKo", "KK", "KQs"], ["AQo", "KQo", "QQ"]]
    width, height = grid_image(small.grid()).size
    full_width, full_height = grid_image(chart.grid()).size
    assert width == full_width
    assert height < full_height
