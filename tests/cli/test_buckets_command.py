"""``holdem buckets``: what a file holds, which hands share a bucket, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from checkpoint_samples import flip
from holdem.abstraction.bucket_config import percentiles
from holdem.abstraction.bucket_file import (
    Buckets,
    StreetBuckets,
    load_buckets,
    num_hands,
    write_buckets,
)
from holdem.abstraction.build_file import build_bucket_file
from holdem.cli.buckets import app

RUNNER = CliRunner()

GOLDEN = """\
Flop As Kh Qd: 136 hands in 19 of 60 buckets
five.pkl: percentile_hand_strength, hash HASH

     A   K   Q   J   T
  A  58  (2) 48  (2) (2)
  K  50  55  (2) (2) (2)
  Q  48  43  53  (2) (2)
  J  (2) 30  (2) 14  (2)
  T  (2) 30  (2) (2) 13

  Buckets 13 (weakest) to 58 (strongest). Suited above the diagonal; - cannot be dealt.
  (2): its suits are in two buckets; --hand AKs lists them.
"""


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Percentiles of the deck of five ranks. Tests leave it as it is."""
    path = tmp_path_factory.mktemp("buckets") / "five.pkl"
    build_bucket_file(percentiles(25, 60, 40, 30, seed=7, ranks=5), path)
    return path


def run(*words: object, width: int = 80) -> Result:
    return RUNNER.invoke(app, [str(word) for word in words], env={"COLUMNS": str(width)})


def info(path: Path, *words: str) -> dict[str, object]:
    result = run("info", path, "--json", *words)
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def fits(text: str) -> bool:
    """Whether 80 columns are enough for all but the path of the file."""
    return all(len(line) <= 80 for line in text.splitlines() if not line.startswith("file"))


# info ------------------------------------------------------------------------------------------


def test_info_says_what_is_in_a_file(five: Path) -> None:
    found = info(five)
    buckets = load_buckets(five)
    assert found.pop("config") == buckets.config
    streets = found.pop("streets")
    assert found == {
        "path": str(five),
        "size_bytes": five.stat().st_size,
        "bucket_hash": buckets.bucket_hash,
        "library_version": "0.1.0",
        "ranks": 5,
        "flops": None,
        "seed": 7,
    }
    assert [street["num_buckets"] for street in streets] == [25, 60, 40, 30]
    assert [street["num_hands"] for street in streets] == [num_hands(s, 5) for s in range(4)]
    assert [street["method"] for street in streets] == ["lossless"] + [
        "percentile_hand_strength"
    ] * 3
    assert [street["measures"] for street in streets] == [None] * 4
    text = run("info", five).stdout
    assert buckets.bucket_hash in text
    assert "5 ranks (the deck from T up), all flops" in text
    assert "percentile_hand_strength" in text
    assert fits(text)


def test_each_street_has_the_method_that_the_file_names(five: Path, tmp_path: Path) -> None:
    config = {
        "methods": {"flop": "kmeans-emd", "turn": "kmeans-ochs"},
        "ranks": 5,
        "flops": {"AsKhQd": 2, "TsTdTh": 1},
    }
    path = tmp_path / "new.pkl"
    write_buckets(path, Buckets.make(config, load_buckets(five).streets))
    found = info(path)
    assert [street["method"] for street in found["streets"]] == [
        *("lossless", "kmeans-emd", "kmeans-ochs", None)
    ]
    assert found["flops"] == {"AsKhQd": 2, "TsTdTh": 1}
    text = run("info", path).stdout
    assert "2 flops" in text
    assert "unknown" in text
    text = run("info", path, "--measure").stdout
    assert "by the weights of their flops" in text
    assert fits(text)
    measured = info(path, "--measure")["streets"]
    assert measured[0] == info(five, "--measure")["streets"][0]
    assert measured[1]["measures"]["num_empty"] > 0  # buckets of other flops


def test_a_deck_without_a_showdown_is_not_measured(tmp_path: Path) -> None:
    streets = [StreetBuckets(np.zeros(num_hands(s, 2), np.uint8), 1) for s in range(4)]
    write_buckets(tmp_path / "two.pkl", Buckets.make({"ranks": 2}, streets))
    assert info(tmp_path / "two.pkl")["ranks"] == 2
    refused = run("info", tmp_path / "two.pkl", "--measure")
    assert refused.exit_code == 2
    assert "num_ranks: 2, must be at least 3" in refused.stderr


def test_flops_that_make_no_sense_are_refused(five: Path, tmp_path: Path) -> None:
    for flops in ([1, 2], {"AsKh": 1}, {"AsKhQd": "1"}, {"AsKhQd": 0}, {}):
        path = tmp_path / "flops.pkl"
        config = {"ranks": 5, "flops": flops}
        write_buckets(path, Buckets.make(config, load_buckets(five).streets))
        for words in (["info", path, "--measure"], ["show", path, "--board", "AsKhQd"]):
            result = run(*words)
            assert result.exit_code == 2
            assert result.stderr.startswith("holdem buckets: config: ")
    write_buckets(
        path, Buckets.make({"ranks": 5, "flops": {"2s3s4s": 1}}, load_buckets(five).streets)
    )
    assert run("info", path, "--measure").stderr.startswith("holdem buckets: config: ")


def test_measures_are_those_of_all_hands(five: Path) -> None:
    streets = info(five, "--measure")["streets"]
    preflop, flop, turn, river = (street["measures"] for street in streets)
    assert preflop == {
        "num_empty": 0,
        "smallest": 4,
        "median": 6,
        "largest": 12,
        "largest_share": pytest.approx(12 / 190),
        "spread": 0,
        "largest_spread": 0,
    }
    for measures in (flop, turn, river):
        assert 0 < measures["spread"] < measures["largest_spread"] < 0.1
        assert measures["smallest"] <= measures["median"] <= measures["largest"]
    text = run("info", five, "--measure").stdout
    assert f"{flop['largest_spread']:.2%}" in text
    assert f"{river['largest']:,}" in text
    assert fits(text)


def test_empty_buckets_are_counted_apart(five: Path, tmp_path: Path) -> None:
    streets = list(load_buckets(five).streets)
    streets[3] = StreetBuckets(np.full(num_hands(3, 5), 2, np.uint8), 4)
    path = tmp_path / "empty.pkl"
    write_buckets(path, Buckets.make({"method": "one", "ranks": 5}, streets))
    river = info(path, "--measure")["streets"][3]["measures"]
    assert (river["num_empty"], river["largest_share"]) == (3, 1)
    assert river["smallest"] == river["largest"]
    # Against a uniform hand all hands together win half: the spread is that of all equities.
    assert 0.2 < river["spread"] < 0.4
    assert "river: 3 buckets have no hand" in run("info", path, "--measure").stdout


@pytest.mark.parametrize("command", ["info", "show"])
def test_what_is_no_sound_bucket_file_is_one_line(five: Path, tmp_path: Path, command: str) -> None:
    damaged, text = tmp_path / "damaged.pkl", tmp_path / "notes.txt"
    damaged.write_bytes(five.read_bytes())
    flip(damaged, damaged.stat().st_size // 2)
    text.write_text("mine")
    for path in (damaged, text, tmp_path / "none.pkl", tmp_path):
        result = run(command, path)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.count("\n") == 1
        assert str(path) in result.stderr


# show ------------------------------------------------------------------------------------------


def test_without_colours_cells_are_numbers(five: Path) -> None:
    result = run("show", five, "--board", "As Kh Qd")
    assert result.exit_code == 0
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert "\x1b" not in result.stdout
    assert lines == GOLDEN.replace("HASH", load_buckets(five).bucket_hash).splitlines()


def test_the_street_is_that_of_the_board(five: Path) -> None:
    for board, street in (("", "preflop"), ("AsKhQd", "flop"), ("AsKhQdTs", "turn")):
        result = run("show", five, "--board", board)
        assert result.stdout.startswith(street.capitalize())
        assert run("show", five, "--street", street, "--board", board).stdout == result.stdout


@pytest.mark.parametrize("width", [80, 120])
def test_colours_fill_a_grid_of_80_columns(
    five: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = run("show", five, "--board", "AsKhQd", width=width).stdout
    assert "48;2;62;73;137" in text  # the weakest
    assert "48;2;172;44;52" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert plain[3].split() == ["AA", "AKs", "AQs", "AJs", "ATs"]
    assert all(len(line) <= 80 for line in plain)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "48;2" not in run("show", five, "--board", "AsKhQd", width=width).stdout


def test_a_hand_is_listed_with_those_in_its_bucket(five: Path) -> None:
    result = run("show", five, "--board", "As Kh Qd", "--hand", "TsTd")
    lines = result.stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("TsTd is in bucket"))
    assert "ThTc" in " ".join(lines[start:])
    assert "TsTd" not in " ".join(lines[start + 1 :])


def test_the_suits_of_a_starting_hand_are_listed(five: Path) -> None:
    result = run("show", five, "--board", "AsKhQd", "--hand", "JTs")
    listed = result.stdout[result.stdout.index("JTs:") :]
    assert listed.startswith("JTs: 4 hands in ")
    assert sorted(re.findall(r"J\wT\w", listed)) == ["JcTc", "JdTd", "JhTh", "JsTs"]
    offsuit = run("show", five, "--board", "AsKhQd", "--hand", "TJo").stdout
    assert "JTo: 12 hands in " in offsuit
    assert "TT: 6 hands in " in run("show", five, "--board", "AsKhQd", "--hand", "TT").stdout


def test_the_picture_is_a_png(five: Path, tmp_path: Path) -> None:
    path = tmp_path / "flop.png"
    result = run("show", five, "--board", "AsKhQd", "--png", path)
    assert result.stdout.endswith(f"image    {path}\n")
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.width == 1020
        assert image.getpixel((40 + 20, 148 + 10)) == (172, 44, 52)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--board", "AsKh"], "board 'AsKh': 2 cards, must be none, 3, 4 or 5"),
        (["--board", "AsKhAs"], "cards 'AsKhAs': a card comes twice"),
        (["--board", "AsKh9d"], "board 'AsKh9d': a deck of 5 ranks has T to A"),
        (["--board", "AsKhXd"], "'Xd' is no card"),
        (["--street", "flop"], "board '': 0 cards, the flop has 3"),
        (["--street", "trun"], "--street 'trun': must be one of preflop, flop, turn, river;"),
        (["--board", "AsKhQd", "--street", "turn"], "3 cards, the turn has 4"),
        (["--board", "AsKhQd", "--hand", "AsTd"], "hand 'AsTd': As is on the board"),
        (["--board", "AsKhQd", "--hand", "TdTd"], "a card comes twice"),
        (["--board", "AsKhQd", "--hand", "TdTh5c"], "3 cards, must be 2"),
        (["--board", "AsKhQd", "--hand", "Td9h"], "hand 'Td9h': a deck of 5 ranks has T to A"),
        (["--board", "AsKhQd", "--hand", "AK"], "hand 'AK': write AKs (suited), AKo"),
        (["--board", "AsKhQd", "--hand", "99"], "hand '99': none can be dealt"),
        (["--board", "AsAhAdKs", "--hand", "AA"], "hand 'AA': none can be dealt"),
        (["--png", "none/a.png"], "--png none/a.png: none is no directory"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(
    five: Path, words: list[str], refusal: str
) -> None:
    result = run("show", five, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("holdem buckets: ")
    assert result.stderr.count("\n") == 1
    assert refusal in result.stderr
