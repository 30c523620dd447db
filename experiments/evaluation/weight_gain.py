"""By how much per-sample view weights lower the held-out error where they are allowed by all but the least gain.

python -m experiments.evaluation.weight_gain [seed ...]

For each set and seed (0 and 1 unless given, on which nothing is reported): the gain, and where the weights lower the
error by two standard errors and raise it about no target, the score with and without them.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import cast

from experiments.evaluation.sets import SETS, DataSet, Known
from experiments.study.data import MNIST
from integrated_diffusion import CrossValidatedSteps, IntegratedDiffusion, Selection
from integrated_diffusion.selection import refinement

N_SAMPLES = 1_200
EXPONENTS = ((0.0,), (0.0, 4.0))
"""Without weights, and with them where they may be."""


def fitted(known: Known, seed: int, weight_exponent: tuple[float, ...]) -> IntegratedDiffusion:
    """Return the default fit, but for the weights that are compared."""
    rule = CrossValidatedSteps(split=known.split, weight_exponent=weight_exponent)
    return IntegratedDiffusion(steps=rule, random_state=seed, n_jobs=1).fit(known.views)


def line(found: DataSet, seed: int) -> str:
    """Return one set and seed in a line."""
    known = found.make(MNIST, N_SAMPLES, seed)
    plain, weighted = (fitted(known, seed, exponents) for exponents in EXPONENTS)
    selection = cast(Selection, weighted.selection_)
    candidates = selection.candidates
    sharp = next((one for one in candidates if one.weight_exponent and one.n_repeats == 1), None)
    if sharp is None:
        return "one view is used"
    flat = next(one for one in candidates if (one.steps, one.n_repeats, one.weight_exponent) == (sharp.steps, 1, 0))
    gain = f"gain {1 - sharp.error / flat.error:+.3f}"
    if not selection.chosen.weight_exponent:
        return f"{gain}, not allowed"
    if known.score is None:
        return f"{gain}, allowed"
    without, with_them = (known.score(model.embedding_) for model in (plain, weighted))
    return f"{gain}, allowed: {known.what} {without:.3f} without, {with_them:.3f} with weights"


def lines(seeds: list[int]) -> Iterator[str]:
    """Yield a line for every set and seed."""
    for found in SETS.values():
        for seed in seeds if found.is_there else ():
            yield f"{found.name}, seed {seed}: {line(found, seed)}"


def main(seeds: list[int]) -> None:
    """Print all of it."""
    warnings.simplefilter("ignore")
    refinement.LEAST_GAIN = 0.0
    for text in lines(seeds):
        print(text, flush=True)


if __name__ == "__main__":
    main(list(map(int, sys.argv[1:])) or [0, 1])
