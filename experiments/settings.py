"""Which settings the experiments run with: those of `IntegratedDiffusion.paper()`, and nothing else."""

from __future__ import annotations

import hashlib
import re

from integrated_diffusion import IntegratedDiffusion

paper = IntegratedDiffusion.paper
"""The published method, or a departure from it."""


def described() -> str:
    """The published settings as text, the same in every run."""
    params = paper().get_params()
    chosen = ("kernel", "local_denoising", "steps", "power", "n_pca")
    return "\n".join(f"{name} = {_names_only(repr(params[name]))}" for name in chosen)


def fingerprint() -> str:
    """Short text that changes when the published settings do, so that old results are not taken for new ones."""
    return hashlib.sha256(described().encode()).hexdigest()[:12]


def _names_only(text: str) -> str:
    """Functions by name, without the address they happen to have."""
    return re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", text)
