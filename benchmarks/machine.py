"""Names the machine a figure was measured on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path


def cpu_model() -> str:
    """Returns the processor's name, or its architecture where the system does not tell."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def compiler_version() -> str:
    """Returns the first line of the C++ compiler's version: ``$CXX``, or else ``c++``."""
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        return "no C++ compiler"
    done = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[0]


def describe_machine() -> str:
    """Returns one line: processor, cores this process may use, load, system, compiler, Python.

    The load tells a reader whether something else was running while the figures were taken.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    num_cores = len(affinity(0)) if affinity else os.cpu_count()
    return (
        f"{cpu_model()}, {num_cores} cores, load {os.getloadavg()[0]:.1f}, "
        f"{platform.system()} {platform.machine()}, {compiler_version()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )
