"""Which settings the experiments run with: those of `IntegratedDiffusion.paper()`, and nothing else."""

from __future__ import annotations

import re

from experiments.study.cells import Scale
from experiments.study.data import EMBEDDED, MNIST
from experiments.study.pages import fingerprint as fingerprint_of
from integrated_diffusion import IntegratedDiffusion

FULL = Scale("full", MNIST, tuple(range(10, 20)), tuple(range(4)), 2_000)
QUICK = Scale("quick", EMBEDDED, (10, 11), (0,), 500, 1)

paper = IntegratedDiffusion.paper
"""The published method, or a departure from it."""


def described() -> str:
    """The published settings as text, the same in every run."""
    params = paper().get_params()
    chosen = ("kernel", "local_denoising", "steps", "power", "n_pca")
    return "\n".join(f"{name} = {_names_only(repr(params[name]))}" for name in chosen)


def fingerprint() -> str:
    """Short text that changes when the published settings do, so that old results are not taken for new ones."""
    return fingerprint_of(described())


def _names_only(text: str) -> str:
    """Functions by name, without the address they happen to have."""
    return re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", text)
