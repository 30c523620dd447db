"""How far single precision moves the joint map and the entropy of an operator, and what it saves.

python -m benchmarks.precision [n_samples]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np

from experiments.performance.sets import SHEET, TREE
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.embedding import diffusion_map
from integrated_diffusion.operators import Operator
from integrated_diffusion.spectrum import singular_values
from integrated_diffusion.spectrum.entropy import entropy_curve

_T_MAX = 100


def in_both(work: Callable[[], np.ndarray], n_samples: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return what work gives in double and in single precision, and how much quicker it is in single."""
    results, seconds = [], []
    for few in (n_samples, 0):
        with patch("integrated_diffusion.spectrum.precision._FEW", few):
            start = time.perf_counter()
            results.append(work())
            seconds.append(time.perf_counter() - start)
    return results[0], results[1], seconds[0] / seconds[1]


def main(n_samples: int = 100_000) -> None:
    """Print both for the tree and the sheet."""
    for data in (TREE, SHEET):
        views: Any = data.draw(n_samples).views
        published = IntegratedDiffusion.paper().fit(views)
        J, power = published.operator_, published.power_
        double, single, quicker = in_both(lambda J=J, power=power: diffusion_map(J, 20, power), n_samples)
        off = np.linalg.norm(single - double, axis=0) / np.linalg.norm(double, axis=0)
        print(
            f"{data.name}, {n_samples:,} samples, ({J!r})^{power}: coordinates off by {off.max():.0e} of their length"
        )
        print(f"  {quicker:.2f} times as fast")

        def curve(J: Operator = J) -> np.ndarray:
            return entropy_curve(singular_values(J), _T_MAX).value

        double, single, quicker = in_both(curve, n_samples)
        print(f"  entropies up to t = {_T_MAX} off by {np.abs(single / double - 1).max():.0e} of themselves")
        print(f"  {quicker:.2f} times as fast")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
