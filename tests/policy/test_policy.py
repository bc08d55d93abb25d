"""Policies: what a checkpoint's average strategy says, and which files are refused."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from holdem import _core
from holdem.abstraction.bucket_file import load_buckets
from holdem.cards import parse_cards
from holdem.errors import ConfigError, DataFileError, IncompatibleCheckpointError
from holdem.policy.content import betting_tree_columns
from holdem.policy.policy import CALL, FOLD, Policy
from holdem.storage.datafile import DataFile, write_data_file
from row_places import in_lanes
from trained_runs import policy_files

BET = 1


def stored(path: Path) -> dict[str, Any]:
    """The content of a policy file, by plain unpickling."""
    with path.open("rb") as file:
        return pickle.load(file)


def array(entry: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.frombuffer(entry["data"], entry["dtype"]).reshape(entry["shape"])


def changed(path: Path, target: Path, **fields: Any) -> Path:
    """Writes a copy of a policy file in which some fields are others."""
    file = DataFile.open(path)
    content = dict(file.content)
    content["betting_tree"] = {
        name.removeprefix("betting_tree/"): np.array(file.array(name))
        for name in file.arrays
        if name.startswith("betting_tree/")
    }
    for name in ("grown_nodes", "grown_strips", "strategy_sums"):
        content[name] = np.array(file.array(name))
    write_data_file(target, content | fields)
    return target


@pytest.fixture
def kuhn(kuhn_run: Path) -> Policy:
    return Policy.open(policy_files(kuhn_run)[-1])


@pytest.fixture
def holdem(holdem_run: Path, holdem_buckets: Path) -> Policy:
    return Policy.open(policy_files(holdem_run)[-1], load_buckets(holdem_buckets))


def test_every_probability_is_the_normalised_row_of_the_file(kuhn: Policy) -> None:
    content = stored(kuhn.path)
    tree = {name: array(entry) for name, entry in content["betting_tree"].items()}
    sums = array(content["strategy_sums"])
    for history in ((), (CALL,), (BET,), (CALL, BET)):
        node = kuhn.decision(history).node
        for bucket in range(3):
            row = int(
                tree["base"][node]
                + bucket * tree["row_stride"][node]
                + (bucket >> int(tree["strip_shift"][node]))
            )
            weights = sums[row : row + 2]
            found = kuhn.action_probabilities(history, bucket=bucket)
            assert list(found.values()) == pytest.approx(weights / weights.sum(), abs=1e-6)


def test_kuhn_is_played_as_it_should_be(kuhn: Policy) -> None:
    # A king always calls a bet, a jack never; a queen never bets first.
    assert kuhn.action_probabilities((BET,), bucket=2)[CALL] > 0.999
    assert kuhn.action_probabilities((BET,), bucket=0)[FOLD] > 0.999
    assert kuhn.action_probabilities((), bucket=1)[BET] < 0.02
    assert kuhn.decision((CALL, BET)).actions == (FOLD, CALL)
    assert kuhn.decision((CALL, BET)).player == 0
    assert kuhn.iteration == 200_000


def test_histories_that_are_not_in_the_tree_are_refused_by_place(kuhn: Policy) -> None:
    with pytest.raises(ConfigError, match=r"history\[1\] = 7: .* -1 \(fold\), 0 \(call\)"):
        kuhn.decision((BET, 7))
    with pytest.raises(ConfigError, match="the hand is over"):
        kuhn.decision((BET, FOLD))
    with pytest.raises(ConfigError, match="none"):
        kuhn.decision((BET, FOLD, CALL))


def test_buckets_and_cards_out_of_range_are_refused(kuhn: Policy, holdem: Policy) -> None:
    with pytest.raises(ConfigError, match="must be 0 to 2"):
        kuhn.action_probabilities((), bucket=3)
    with pytest.raises(ConfigError, match="must be 0 to 2"):
        kuhn.action_probabilities((), bucket=-1)
    with pytest.raises(ConfigError, match="kuhn has no buckets of cards"):
        kuhn.action_probabilities((), hole_cards=(0, 1))
    with pytest.raises(ConfigError, match="the preflop needs 2 and 0"):
        holdem.action_probabilities((), hole_cards=(0,))
    with pytest.raises(ConfigError, match="different numbers"):
        holdem.action_probabilities((), hole_cards=(5, 5))
    with pytest.raises(ConfigError, match="starting hands"):
        kuhn.preflop_strategy()


def test_the_169_starting_hands_answer_as_their_cards_do(holdem: Policy) -> None:
    grid = holdem.preflop_strategy()
    actions = holdem.decision().actions
    assert grid.shape == (13, 13, len(actions))
    assert grid.sum(axis=2) == pytest.approx(np.ones((13, 13)), abs=1e-6)
    cells = {"AhKh": (0, 1), "KdAd": (0, 1), "AsKd": (1, 0), "2c2h": (12, 12), "7h2s": (12, 7)}
    for cards, cell in cells.items():
        found = holdem.action_probabilities((), parse_cards(cards))
        assert list(found.values()) == [float(p) for p in grid[cell]]
    assert len(np.unique(grid.reshape(169, -1), axis=0)) > 100


def test_later_streets_look_at_the_board(holdem: Policy) -> None:
    history = (250, CALL)  # the button raises, the big blind calls: the flop
    decision = holdem.decision(history)
    assert (decision.street, decision.player) == (1, 0)
    cards, board = parse_cards("AhAd"), parse_cards("As7d2c")
    found = holdem.action_probabilities(history, cards, board)
    bucket = holdem.bucket(1, cards, board)
    assert list(found.values()) == [float(p) for p in holdem.strategy(decision)[bucket]]
    assert bucket == 19  # the strongest of twenty
    with pytest.raises(ConfigError, match="the flop needs 2 and 3"):
        holdem.action_probabilities(history, cards, board[:2])


def test_a_growing_tree_is_grown_again(three_player_run: Path) -> None:
    policy = Policy.open(policy_files(three_player_run)[-1])
    assert stored(policy.path)["layout"] == "node_rows"
    strongest = policy.action_probabilities((BET,), bucket=3)
    assert strongest[CALL] > 0.99
    assert sum(policy.action_probabilities((CALL, CALL), bucket=1).values()) == pytest.approx(1)


def test_a_shared_tree_answers_like_an_own_one(holdem_run: Path, holdem: Policy) -> None:
    path = policy_files(holdem_run)[0]
    shared = Policy.open(path, holdem.buckets, share=holdem)
    alone = Policy.open(path, holdem.buckets)
    assert shared.tree is holdem.tree
    assert alone.tree is not holdem.tree
    assert np.array_equal(shared.preflop_strategy(), alone.preflop_strategy())
    assert not np.array_equal(shared.preflop_strategy(), holdem.preflop_strategy())


def test_a_tree_of_another_game_is_not_shared(kuhn: Policy, leduc_run: Path) -> None:
    assert Policy.open(policy_files(leduc_run)[0], share=kuhn).tree is not kuhn.tree


def test_other_buckets_are_refused_by_hash(
    holdem_run: Path, holdem_buckets: Path, coarse_buckets: Path
) -> None:
    path = policy_files(holdem_run)[-1]
    right, wrong = load_buckets(holdem_buckets), load_buckets(coarse_buckets)
    with pytest.raises(IncompatibleCheckpointError) as refusal:
        Policy.open(path, wrong)
    assert right.bucket_hash in str(refusal.value)
    assert wrong.bucket_hash in str(refusal.value)
    with pytest.raises(ConfigError, match=f"needs the bucket file .* {right.bucket_hash}"):
        Policy.open(path)


def test_what_is_no_policy_is_refused(kuhn_run: Path, holdem_buckets: Path, tmp_path: Path) -> None:
    regrets = next((kuhn_run / "checkpoints").glob("*_regrets.pkl"))
    with pytest.raises(IncompatibleCheckpointError, match="not a policy but 'holdem regrets'"):
        Policy.open(regrets)
    with pytest.raises(IncompatibleCheckpointError, match="not a policy but 'holdem-buckets'"):
        Policy.open(holdem_buckets)
    with pytest.raises(DataFileError, match="nothing there"):
        Policy.open(tmp_path / "missing.pkl")
    cut = tmp_path / "cut.pkl"
    shutil.copy(policy_files(kuhn_run)[0], cut)
    cut.write_bytes(cut.read_bytes()[:200])
    with pytest.raises(DataFileError):
        Policy.open(cut)


def wrong_tree(policy: Policy) -> dict[str, Any]:
    file = DataFile.open(policy.path)
    tree = {
        name.removeprefix("betting_tree/"): np.array(file.array(name))
        for name in file.arrays
        if name.startswith("betting_tree/")
    }
    tree["base"][0] += 1
    return tree


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("game", "kuhn", "does not name its game"),
        ("game", {"name": "chess"}, "its game cannot be played: name = 'chess'"),
        ("game", {"name": "leduc"}, "buckets, not"),
        ("iteration", -1, "iteration is -1"),
        ("iteration", "many", "iteration is 'many'"),
        ("num_buckets", [4], r"\[4\] buckets, not \[3\]"),
        ("layout", "spiral", "layout 'spiral' is not known"),
        ("layout", "node_rows", "betting tree is not that of its game"),
        ("betting_tree", wrong_tree, "betting tree is not that of its game"),
        ("betting_tree", {}, "betting tree is not that of its game"),
        ("strategy_sums", np.zeros(5, "<f4"), r"strategy sums of float32 \[5\]"),
        ("strategy_sums", np.zeros(5, "<i4"), r"strategy sums of int32 \[5\]"),
        ("bucket_hash", "0123", "trained with buckets of hash '0123'"),
    ],
)
def test_files_that_do_not_fit_their_game_are_refused(
    kuhn: Policy, tmp_path: Path, field: str, value: Any, reason: str
) -> None:
    value = value(kuhn) if callable(value) else value
    broken = changed(kuhn.path, tmp_path / "broken.pkl", **{field: value})
    with pytest.raises(IncompatibleCheckpointError, match=reason):
        Policy.open(broken)


def test_the_copy_that_those_tests_start_from_is_sound(kuhn: Policy, tmp_path: Path) -> None:
    copy = Policy.open(changed(kuhn.path, tmp_path / "copy.pkl"))
    assert copy.action_probabilities((), bucket=0) == kuhn.action_probabilities((), bucket=0)


def with_rows_in_lanes(policy: Policy, target: Path, **fields: Any) -> Path:
    """Writes a copy of a policy file as if its rows had lain in lanes; some fields are others."""
    tree, table = in_lanes(policy.core, policy.core_game)
    columns = betting_tree_columns(tree.nodes, tree.action_codes)
    content = {"layout": "lane_rows", "betting_tree": columns, "strategy_sums": table}
    return changed(policy.path, target, **(content | fields))


def test_a_policy_whose_rows_lie_in_lanes_says_the_same(
    holdem: Policy, holdem_buckets: Path, tmp_path: Path
) -> None:
    file = with_rows_in_lanes(holdem, tmp_path / "lanes.pkl")
    lanes = Policy.open(file, holdem.buckets, share=holdem)
    assert lanes.tree.layout == _core.TableLayout.lane_rows
    assert lanes.tree is not holdem.tree
    assert (lanes.preflop_strategy() == holdem.preflop_strategy()).all()
    history = (250, CALL)
    decision = lanes.decision(history)
    assert decision == holdem.decision(history)
    assert (lanes.strategy(decision) == holdem.strategy(decision)).all()
    again = Policy.open(file, holdem.buckets, share=lanes)
    assert again.tree is lanes.tree


@pytest.mark.parametrize("layout", ["street_rows", "node_rows"])
def test_lanes_under_the_name_of_another_layout_are_refused(
    kuhn: Policy, tmp_path: Path, layout: str
) -> None:
    file = with_rows_in_lanes(kuhn, tmp_path / "lanes.pkl", layout=layout)
    for share in (None, kuhn, Policy.open(with_rows_in_lanes(kuhn, tmp_path / "sound.pkl"))):
        with pytest.raises(IncompatibleCheckpointError, match="betting tree is not that of its"):
            Policy.open(file, share=share)
