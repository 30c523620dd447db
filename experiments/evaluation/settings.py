"""Which settings are evaluated: the defaults of `IntegratedDiffusion()`."""

from __future__ import annotations

from experiments.study.pages import fingerprint as fingerprint_of
from integrated_diffusion import IntegratedDiffusion
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection import CrossValidatedSteps


def described() -> str:
    """The default settings as text, the same in every run."""
    params = IntegratedDiffusion().get_params()
    lines = [f"{name} = {value!r}" for name, value in sorted(params.items()) if name not in ("n_jobs", "verbose")]
    return "\n".join(
        [*lines, f"kernel, if None = {DEFAULT_KERNEL!r}", f'"cross_validated" = {CrossValidatedSteps()!r}']
    )


def fingerprint() -> str:
    """Short text that changes when the default settings do, so that old results are not taken for new ones."""
    return fingerprint_of(described())
