"""One run in a process of its own: trains, evaluates exactly at each point, keeps the points.

Run: ``python -m convergence.one_run SIZE GAME CONTENDER SEED``, in ``benchmarks/``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from .plan import BENCHES, Job
from .trainees import make_trainee, train_to


def run(job: Job) -> None:
    """Appends a line a point to a file, which gets its name when all points are there.

    The first line holds the settings. ``cpu_seconds`` are those of training alone. Where one
    iteration takes longer than the next points are apart, they are left out.
    """
    trainee = make_trainee(job)
    spent = 0.0
    job.path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = job.path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(job.settings) + "\n")
    for target in BENCHES[job.bench].checkpoints(job.size):
        if spent >= target:
            continue
        spent += train_to(trainee, target - spent, time.process_time)
        start = time.process_time()
        chips = trainee.exploitability()
        point = {
            "cpu_seconds": spent,
            "exploitability_chips": chips,
            "iterations": trainee.iterations,
            "nodes": trainee.nodes,
            "evaluation_seconds": time.process_time() - start,
        }
        with unfinished.open("a") as lines:
            lines.write(json.dumps(point) + "\n")
    unfinished.rename(job.path)


def is_done(job: Job) -> bool:
    """Returns whether a run with these settings is through."""
    return job.path.exists() and settings_of(job.path) == json.loads(json.dumps(job.settings))


def settings_of(path: Path) -> object:
    """Returns what a file says of the settings of its run."""
    with path.open() as lines:
        return json.loads(next(lines))


if __name__ == "__main__":
    size, bench, contender, seed = sys.argv[1:]
    run(Job(size, bench, contender, int(seed)))
