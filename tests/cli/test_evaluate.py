"""The commands that look at a run: what they print, and what they refuse in one line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from holdem.cli import chart, evaluate
from trained_runs import policy_files


def run(command: object, *arguments: str | Path | int) -> Result:
    words = [str(argument) for argument in arguments]
    result = CliRunner().invoke(command.app, words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def refusal(command: object, *arguments: str | Path | int) -> str:
    """Returns the one line of a command that refuses."""
    result = run(command, *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


def test_holdem_is_measured_against_its_past_and_simple_players(holdem_run: Path) -> None:
    result = run(evaluate, holdem_run, "--deals", 2000)
    assert result.exit_code == 0
    rows = [line.split("│")[1:4] for line in result.stdout.splitlines() if line.startswith("│")]
    assert [row[0].strip() for row in rows] == [
        "iteration 100,000",
        "call",
        "random",
        "raise",
        "tight",
    ]
    assert all(row[2].strip().startswith("±") for row in rows)
    assert "mbb/hand" in result.stdout
    assert "It is not" in result.stdout
    assert "holdem, iteration 200,000" in result.stdout


def test_json_holds_the_same_and_can_be_repeated(holdem_run: Path) -> None:
    flags = (holdem_run, "--deals", 500, "--seed", 4, "--against", "call", "--json")
    first, second = run(evaluate, *flags), run(evaluate, *flags)
    assert first.stdout == second.stdout
    report = json.loads(first.stdout)
    assert set(report) == {
        "checkpoint",
        "game",
        "iteration",
        "unit",
        "matches",
        "exploitability",
        "exploited_game",
        "exploiter_chips",
        "exploiter_mbb_per_hand",
        "lower_bounds",
        "cautions",
    }
    assert report["iteration"] == 200_000
    (match,) = report["matches"]
    assert match["opponent"] == "call"
    assert (match["num_deals"], match["num_hands"]) == (500, 2000)
    assert match["mbb_per_hand"] > 0 < match["ci95"]
    assert any("not reliable" in line for line in report["cautions"])


def test_a_checkpoint_meets_another_and_names_it(
    holdem_run: Path, coarse_run: Path, coarse_buckets: Path
) -> None:
    early, late = policy_files(holdem_run)
    report = json.loads(run(evaluate, early, "--against", late, "--deals", 500, "--json").stdout)
    assert report["checkpoint"] == str(early)
    assert report["matches"][0]["opponent"] == "iteration 200,000"
    report = json.loads(
        run(evaluate, late, "--against", coarse_run, "--deals", 500, "--json").stdout
    )
    assert report["matches"][0]["opponent"] == str(coarse_run)
    same = run(evaluate, late, "--against", late, "--deals", 500, "--json")
    assert json.loads(same.stdout)["matches"][0]["mbb_per_hand"] == 0


def test_toy_games_are_measured_exactly(kuhn_run: Path, leduc_run: Path) -> None:
    report = json.loads(run(evaluate, kuhn_run, "--json").stdout)
    assert report["matches"] == []
    exact = {one["policy"]: one["exploitability_chips"] for one in report["exploitability"]}
    assert list(exact) == ["iteration 200,000", "iteration 100,000"]
    assert exact["iteration 200,000"] < 5e-3
    shown = run(evaluate, leduc_run).stdout
    assert "exploitability" in shown
    assert "Exact, in chips a hand" in shown
    assert "mbb" not in shown


def test_toy_games_play_matches_when_asked(kuhn_run: Path) -> None:
    shown = run(evaluate, kuhn_run, "--against", "random", "--deals", 5000).stdout
    assert "random" in shown
    assert "±" in shown


def test_three_players_have_no_match_but_exact_values(three_player_run: Path) -> None:
    assert run(evaluate, three_player_run).exit_code == 0
    assert "3 players" in refusal(evaluate, three_player_run, "--against", "call")


def test_what_cannot_be_evaluated_is_refused_in_one_line(
    holdem_run: Path, kuhn_run: Path, coarse_buckets: Path, tmp_path: Path
) -> None:
    assert "no checkpoint" in refusal(evaluate, tmp_path)
    assert "neither a run directory" in refusal(evaluate, tmp_path / "nothing")
    assert "--against fish: no such run" in refusal(evaluate, holdem_run, "--against", "fish")
    assert "num_deals = 0" in refusal(evaluate, holdem_run, "--deals", 0)
    assert "seed = -5" in refusal(evaluate, holdem_run, "--seed", -5, "--against", "call")
    assert "trained with buckets" in refusal(evaluate, holdem_run, "--buckets", coarse_buckets)
    assert "same tree" in refusal(evaluate, kuhn_run, "--against", holdem_run)


def test_a_moved_checkpoint_asks_for_its_buckets(
    holdem_run: Path, holdem_buckets: Path, tmp_path: Path
) -> None:
    for path in (holdem_run / "checkpoints").glob("checkpoint_iter100000*"):
        shutil.copy(path, tmp_path)
    moved = tmp_path / "checkpoint_iter100000.pkl"
    assert "name it with --buckets" in refusal(chart, moved)
    assert run(chart, moved, "--buckets", holdem_buckets).exit_code == 0


@pytest.mark.parametrize("command", [evaluate, chart])
def test_a_damaged_checkpoint_is_refused(command: object, holdem_run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(holdem_run, copy)
    path = policy_files(copy)[-1]
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    assert "xxh64" in refusal(command, path)


def test_the_chart_is_printed_and_written(
    holdem_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    png = tmp_path / "chart.png"
    result = run(chart, holdem_run, "--png", png)
    assert result.exit_code == 0
    assert png.read_bytes().startswith(b"\x89PNG")
    assert f"image    {png}" in result.stdout
    header = next(line for line in result.stdout.splitlines() if line.split()[:2] == ["A", "K"])
    assert header.split() == list("AKQJT98765432")


def test_charts_that_cannot_be_are_refused(
    holdem_run: Path, kuhn_run: Path, tmp_path: Path
) -> None:
    assert "starting hands" in refusal(chart, kuhn_run)
    assert "is no directory" in refusal(chart, holdem_run, "--png", tmp_path / "no" / "chart.png")
    assert "is a directory" in refusal(chart, holdem_run, "--png", tmp_path)


def test_exploitability_of_holdem_stands_beside_what_its_buckets_allow(holdem_run: Path) -> None:
    flags = ("--method", "exploitability", "--flops", "AsAhAd", "--exploiter-seconds", 0.3)
    result = run(evaluate, holdem_run, *flags)
    assert re.search(r"best responses: 744 boards up to suits, [\d,]+ betting", result.stderr)
    assert "of the flops AsAhAd" in result.stdout
    assert "what it wins is a lower bound" in " ".join(result.stdout.split())
    report = json.loads(run(evaluate, holdem_run, *flags, "--json").stdout)
    (exact,) = report["exploitability"]
    assert report["exploited_game"]["flops"] == ["AsAhAd"]
    assert exact["mbb_per_hand"] == pytest.approx(10 * exact["exploitability_chips"])
    assert sum(exact["best_response_chips"]) == pytest.approx(2 * exact["exploitability_chips"])
    assert 0 < report["exploiter_mbb_per_hand"] < exact["mbb_per_hand"]
    assert not list((holdem_run / "evaluation").glob("*.pkl"))


def test_a_local_best_response_is_called_a_lower_bound(holdem_run: Path) -> None:
    flags = ("--method", "lbr", "--hands", 1000, "--seed", 2)
    report = json.loads(run(evaluate, holdem_run, *flags, "--json").stdout)
    (bound,) = report["lower_bounds"]
    low, high = bound["interval"]
    assert bound["mbb_per_hand"] == pytest.approx((low + high) / 2)
    assert bound["method"] == "lbr"
    assert (bound["menu"], bound["actions"]) == ("fcpa", "fold, call, pot, all-in")
    assert (bound["streets"], bound["hands"]) == ("turn-river", 1000)
    assert any("lower bound" in line for line in report["cautions"])
    result = run(evaluate, holdem_run, *flags, "--lbr-bets", "tree", "--lbr-streets", "river")
    shown = " ".join(result.stdout.split())
    assert "lower bound" in shown
    assert "at least" in shown
    assert "river-river" in shown
    assert "the intervals themselves are not reliable" in shown


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--hands", "0"], "hands = 0"),
        (["--seed", "-1"], "seed = -1"),
        (["--lbr-bets", "all"], "must be one of fc, fcpa, tree, 56bets"),
        (["--lbr-streets", "river-turn"], "turn comes before river"),
        (["--num-workers", "0"], "must be 1 to 1024"),
        (["--against", "call"], "goes with another method"),
        (["--flops", "25"], "goes with another method"),
    ],
)
def test_what_a_local_best_response_cannot_be_asked_is_one_line(
    holdem_run: Path, flags: list[str], message: str
) -> None:
    assert message in refusal(evaluate, holdem_run, "--method", "lbr", *flags)


def test_local_best_responses_play_holdem_only(kuhn_run: Path) -> None:
    assert "hold'em only" in refusal(evaluate, kuhn_run, "--method", "lbr")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--flops", "As7h2"], "'2' is no card"),
        (["--flops", "As7h7h"], "7h"),
        (["--flops", "As7h"], "2 cards, must be 3"),
        (["--flops", " "], "flops"),
        (["--flops", "1756"], "1 to 1755"),
        (["--exploiter-seconds", "-1"], "must be at least 0"),
        (["--num-workers", "0"], "must be 1 to 1024"),
        (["--against", "call"], "goes with another method"),
    ],
)
def test_what_exploitability_cannot_be_asked_is_one_line(
    holdem_run: Path, flags: list[str], message: str
) -> None:
    line = refusal(evaluate, holdem_run, "--method", "exploitability", *flags)
    assert message in line


def test_flops_belong_to_holdem_and_to_exploitability(kuhn_run: Path, holdem_run: Path) -> None:
    flags = ("--method", "exploitability", "--flops", "25")
    assert "kuhn has none" in refusal(evaluate, kuhn_run, *flags)
    assert "see --method" in refusal(evaluate, holdem_run, "--flops", "25")
