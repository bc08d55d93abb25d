"""Full-width CFR+ on hold'em with five ranks, every hand its own bucket: CPU seconds an iteration,
bytes, and exact exploitability as training goes.

One pot-sized bet a street, stacks of 81 big blinds (configs/five-ranks.yaml), one core. 200
iterations are most of an hour; a few tell the speed.

Run: ``python benchmarks/full_width.py [--iterations 200]``; needs 3 GB of memory.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from machine import describe_machine

from holdem.abstraction.bucket_file import open_buckets
from holdem.config import load_run_config
from holdem.mccfr.solver import Solver
from holdem.types import LOSSLESS, MCCFRConfig

CONFIG = Path(__file__).parents[1] / "configs" / "five-ranks.yaml"
EVALUATED_AT = (1, 10, 25, 50, 100, 150, 200)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=10)
    args = parser.parse_args()
    print(describe_machine())
    game = load_run_config(CONFIG, {}).game
    training = MCCFRConfig(
        num_iterations=args.iterations,
        sampling="full_width",
        discount_mode="cfr_plus",
        discount_interval=1,
    )
    buckets = open_buckets(LOSSLESS, game.ranks)
    solver = Solver(game, training, buckets, memory_limit_bytes=4 * 10**9)
    print(f"{solver.num_infosets:,} infosets, tables {solver.table_bytes / 1e9:.2f} GB")
    spent = 0.0
    for target in sorted({*(at for at in EVALUATED_AT if at < args.iterations), args.iterations}):
        start = time.process_time()
        solver.run(target - solver.iteration, 1e9)
        spent += time.process_time() - start
        mbb = 1000 * solver.exploitability()[0] / game.big_blind
        print(
            f"iteration {target:4}: {spent:8,.0f} CPU seconds, {mbb:10.2f} mbb a hand", flush=True
        )


if __name__ == "__main__":
    main()
