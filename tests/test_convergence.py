"""What docs/convergence.md is made with: interpolation, ratios, and texts in their places."""

from __future__ import annotations

from pathlib import Path

import pytest
from convergence.curves import Point, seconds_to, sooner, value_at
from convergence.plan import BENCHES, jobs
from convergence.tables import columns_of, exploitability_table, with_sections

from holdem.types import MCCFRConfig


def curve(*points: tuple[float, float]) -> list[Point]:
    return [Point(seconds, chips, 0, 0, 0.0) for seconds, chips in points]


# Falls with the square root of time.
SQUARE_ROOT = curve((1, 8), (4, 4), (64, 1))


@pytest.mark.parametrize(("seconds", "chips"), [(1, 8), (2, 8 / 2**0.5), (16, 2), (64, 1)])
def test_curves_are_straight_on_logarithmic_scales(seconds: float, chips: float) -> None:
    assert value_at(SQUARE_ROOT, seconds) == pytest.approx(chips)
    assert seconds_to(SQUARE_ROOT, chips) == pytest.approx(seconds)


def test_a_curve_says_nothing_beyond_its_ends() -> None:
    assert value_at(SQUARE_ROOT, 0.9) is None
    assert value_at(SQUARE_ROOT, 70) is None
    assert value_at([], 1) is None
    assert seconds_to(SQUARE_ROOT, 0.99) is None
    # A point that came a little late counts for its time, as it is.
    assert value_at(SQUARE_ROOT, 0.99) == pytest.approx(8)


def test_the_first_time_counts() -> None:
    assert seconds_to(curve((1, 8), (2, 2), (4, 4), (8, 1)), 2) == pytest.approx(2)
    assert seconds_to(SQUARE_ROOT, 10) == 1


@pytest.mark.parametrize(
    ("chips", "text"),
    [
        (2.0, "x reaches y's 64 s value in 16 s: 4 times sooner"),
        (9.0, "x reaches y's 64 s value in at most 1 s: at least 64 times sooner"),
        (0.5, "x does not reach y's 64 s value in 64 s"),
        (None, "x: nothing to compare with y"),
    ],
)
def test_how_much_sooner_in_words(chips: float | None, text: str) -> None:
    assert sooner("x", [SQUARE_ROOT], "y", chips, 64) == text


def test_tables_have_medians_and_ranges() -> None:
    runs = {"x": [curve((1, 3), (2, 2)), curve((1, 5), (2, 4)), curve((1, 4), (2, 3))]}
    assert exploitability_table(runs, [1, 2, 4], "mbb a hand", 10).splitlines() == [
        "| mbb a hand after | 1 s | 2 s | 4 s |",
        "| --- | --- | --- | --- |",
        "| x | 40 (30 to 50) | 30 (20 to 40) |  |",
    ]
    assert columns_of([1, 2, 4, 8, 16, 32, 64]) == [1, 4, 16, 64]


def test_texts_come_into_their_places() -> None:
    page = "a\n<!-- x -->\n<!-- end -->\nb\n<!-- y -->\nold\n<!-- end -->\n"
    once = with_sections(page, {"x": "1", "y": "2"})
    assert once == "a\n<!-- x -->\n\n1\n\n<!-- end -->\nb\n<!-- y -->\n\n2\n\n<!-- end -->\n"
    assert with_sections(once, {"x": "1"}) == once
    with pytest.raises(ValueError, match="no place for 'z'"):
        with_sections(page, {"z": ""})


@pytest.mark.parametrize("size", ["quick", "full"])
def test_all_that_is_planned_can_be_configured(size: str) -> None:
    planned = jobs(size, list(BENCHES))
    assert len({job.path for job in planned}) == len(planned)
    for job in planned:
        contender = job.settings["contender"]
        if contender["sampling"] != "openspiel":
            MCCFRConfig(num_iterations=1, **contender)


def test_the_page_has_a_place_for_every_part() -> None:
    page = (Path(__file__).parents[1] / "docs" / "convergence.md").read_text(encoding="utf-8")
    with_sections(page, dict.fromkeys(["machine", *BENCHES, "growth", "workers"], ""))
