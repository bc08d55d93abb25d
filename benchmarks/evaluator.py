"""Seven-card evaluations a second: this package beside phevaluator and eval7.

Run: ``python benchmarks/evaluator.py`` (needs ``pip install '.[dev,bench]'``). All contenders rate
the same random hands in turn, again and again, so that whatever else the machine does hits all of
them. The figures are medians, per second of processor time of the one thread used.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import eval7
import numpy as np
import numpy.typing as npt
from machine import describe_machine
from phevaluator import _pheval, evaluate_7cards

from holdem import _core

NUM_ALL_HANDS = 133_784_560
# PH Evaluator called from C, hands a second on a 2-core EPYC virtual machine.
PHEVALUATOR_C_RANDOM = 55e6
PHEVALUATOR_C_IN_ORDER = 92e6

Hands = npt.NDArray[np.uint8]


def random_hands(num_hands: int, seed: int) -> Hands:
    """Draws [num_hands, 7] uint8 cards, seven different ones in each hand."""
    rng = np.random.default_rng(seed)
    blocks = [
        np.argpartition(rng.random((min(100_000, num_hands - start), 52)), 7, axis=1)[:, :7]
        for start in range(0, num_hands, 100_000)
    ]
    return np.concatenate(blocks).astype(np.uint8)


def median_rates(
    contenders: dict[str, tuple[int, Callable[[], object]]], repeats: int
) -> dict[str, float]:
    """Runs all contenders in turn, `repeats` times, and returns their median rates.

    Args:
        contenders: name -> (evaluations in one call, the call).

    Returns:
        name -> evaluations per second of thread time.
    """
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, (num_evaluations, call) in contenders.items():
            start = time.thread_time()
            call()
            rates[name].append(num_evaluations / (time.thread_time() - start))
    return {name: statistics.median(values) for name, values in rates.items()}


def make_contenders(num_hands: int, num_slow: int) -> dict[str, tuple[int, Callable[[], object]]]:
    """Prepares every contender's hands in the form it likes best, outside the timed calls."""
    hands = random_hands(num_hands, seed=1)
    int_hands = hands[:num_slow].tolist()
    deck = [eval7.Card(rank + suit) for rank in "23456789TJQKA" for suit in "cdhs"]
    eval7_hands = [[deck[card] for card in hand] for hand in int_hands]
    return {
        "holdem, batched": (num_hands, lambda: _core.evaluate_hands(hands)),
        "phevaluator": (num_slow, lambda: [evaluate_7cards(*hand) for hand in int_hands]),
        # What its public function calls after turning the cards into numbers.
        "phevaluator, native": (
            num_slow,
            lambda: [_pheval.evaluate_7cards(*hand) for hand in int_hands],
        ),
        "eval7": (num_slow, lambda: [eval7.evaluate(hand) for hand in eval7_hands]),
        "holdem, in order": (NUM_ALL_HANDS, _core.count_hand_classes),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Seven-card evaluations a second.")
    parser.add_argument("--hands", type=int, default=4_000_000, help="random hands of one batch")
    parser.add_argument("--slow-hands", type=int, default=100_000, help="for the one-by-one peers")
    parser.add_argument("--repeats", type=int, default=9)
    args = parser.parse_args()
    if min(args.hands, args.slow_hands, args.repeats) < 1:
        parser.error("--hands, --slow-hands and --repeats must be at least 1")

    print(describe_machine())
    num_slow = min(args.hands, args.slow_hands)
    rates = median_rates(make_contenders(args.hands, num_slow), args.repeats)
    ours = rates["holdem, batched"]
    print(f"\nfrom Python, random hands (medians of {args.repeats} alternating repeats)")
    for name in ("holdem, batched", "phevaluator", "phevaluator, native", "eval7"):
        ratio = "" if rates[name] == ours else f"   holdem is {ours / rates[name]:.0f} times faster"
        print(f"  {name:<20}{rates[name] / 1e6:9.1f} M/s{ratio}")
    print("\nin the core, one thread, beside PH Evaluator in C (taken earlier on such a machine)")
    for label, rate, reference in (
        ("random, checked", ours, PHEVALUATOR_C_RANDOM),
        ("in order, counted", rates["holdem, in order"], PHEVALUATOR_C_IN_ORDER),
    ):
        print(
            f"  {label:<20}{rate / 1e6:9.1f} M/s   PH Evaluator {reference / 1e6:.0f} M/s"
            f"   {rate / reference:.1f} times"
        )


if __name__ == "__main__":
    main()
