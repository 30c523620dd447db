"""What choosing the steps by prediction costs, as a multiple of the rest of the fit.

    python -m benchmarks.selection_cost [n_samples ...]

Two views of 50 features of twenty groups; every size in turn. The issue's limit: four times the rest at 100,000.
"""

from __future__ import annotations

import resource
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from integrated_diffusion import CrossValidatedSteps, DisconnectedGraphWarning, IntegratedDiffusion, Selection
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.views.validation import View


@dataclass(frozen=True)
class Timed(CrossValidatedSteps):
    """The rule, with a clock."""

    seconds: list[float] = field(default_factory=list)

    def choose_steps(self, views: Mapping[str, View], construction: Construction) -> Selection:
        """Choose the steps and note how long it took."""
        start = time.perf_counter()
        chosen = super().choose_steps(views, construction)
        self.seconds.append(time.perf_counter() - start)
        return chosen


def groups(n_samples: int) -> dict[str, np.ndarray]:
    """Twenty groups in ten dimensions, seen by a good and a poor sensor."""
    rng = np.random.default_rng(0)
    centres = 2 * rng.standard_normal((20, 10))
    points = centres[rng.integers(0, 20, n_samples)] + 0.6 * rng.standard_normal((n_samples, 10))
    views = {}
    for name, noise in (("good", 1.0), ("poor", 3.0)):
        measured = points @ rng.standard_normal((10, 50)) + noise * rng.standard_normal((n_samples, 50))
        views[name] = measured.astype(np.float32)
    return views


def main(n_samples: int) -> None:
    """Print the cost at one size."""
    rule, views = Timed(), groups(n_samples)
    start = time.perf_counter()
    model = IntegratedDiffusion(steps=rule).fit(views)
    rest = time.perf_counter() - start - rule.seconds[0]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    n_tried = len(model.selection_.candidates)
    print(
        f"{n_samples:,} samples: choosing {rule.seconds[0]:.1f} s ({n_tried} operators), the rest {rest:.1f} s: "
        f"{rule.seconds[0] / rest:.2f} times; J = {model.operator_!r}; peak {memory:.1f} GB",
        flush=True,
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore", DisconnectedGraphWarning)
    for size in map(int, sys.argv[1:] or ["10000", "100000"]):
        main(size)
