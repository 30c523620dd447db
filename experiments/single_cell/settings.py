"""What the page depends on: both models' settings, how mutual information is estimated, how often is shuffled."""

from __future__ import annotations

from experiments.evaluation import settings as default
from experiments.reproduction import settings as published
from experiments.single_cell.fits import N_RANDOM
from experiments.single_cell.sets import SETS
from experiments.study.pages import fingerprint as fingerprint_of
from integrated_diffusion.association import EqualFrequency

ESTIMATOR = EqualFrequency()
SEED = 0


def described() -> str:
    """All settings as text, the same in every run."""
    shuffles = ", ".join(f"{cells.name} {cells.n_shuffles}" for cells in SETS)
    return "\n".join(
        (
            "default:",
            default.described(),
            "",
            "published:",
            published.described(),
            "",
            f"mutual information: {ESTIMATOR!r}",
            f"shuffles: {shuffles}",
            f"random pairs: {N_RANDOM:,}",
        )
    )


def fingerprint() -> str:
    """Short text that changes when the settings do, so that old results are not taken for new ones."""
    return fingerprint_of(described())
