"""Every way to fuse views that is compared, one family a file, in one table: `METHODS`.

A baseline is a function from `Prepared` views to what it makes of them (`Fused`); a new one is a file and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.methods.autoencoder import autoencoder
from experiments.methods.cycle_gan import cycle_gan
from experiments.methods.domain_transfer import domain_transfer
from experiments.methods.fused import Diffused, Fused, Learned, LearningCurve
from experiments.methods.mofa import mofa
from experiments.methods.prepared import Prepared
from experiments.methods.published_script import published_script
from experiments.methods.wnn import wnn
from integrated_diffusion import fusion
from integrated_diffusion.integration.orders import given_order
from integrated_diffusion.operators import Operator, product
from integrated_diffusion.views.scale import unit_scale

__all__ = [
    "ALTERNATING",
    "COMPONENTS",
    "DENOISED",
    "DENOISING_ONLY",
    "INTEGRATED",
    "METHODS",
    "NOT_DENOISED",
    "NOT_POWERED",
    "PAPER_STEPS",
    "POWERED",
    "POWERING_ONLY",
    "Diffused",
    "Fused",
    "Learned",
    "LearningCurve",
    "Method",
    "Prepared",
    "singles",
]

Fuse = Callable[[Prepared], Fused]


@dataclass(frozen=True)
class Method:
    """A way to fuse views.

    Parameters
    ----------
    name
        As tables and pictures say it.
    fuse
        From views to what it makes of them.
    n_views
        How many views it can take at most; any number unless given.
    """

    name: str
    fuse: Fuse
    n_views: int | None = None


ALTERNATING = "alternating"
DENOISING_ONLY = "alternating + local denoising"
POWERING_ONLY = "alternating + powering"
INTEGRATED = "integrated"
COMPONENTS = "components side by side"

PAPER_STEPS = (ALTERNATING, DENOISING_ONLY, POWERING_ONLY, INTEGRATED)
"""The paper's method taken apart."""
POWERED, NOT_POWERED = (POWERING_ONLY, INTEGRATED), (ALTERNATING, DENOISING_ONLY)
DENOISED, NOT_DENOISED = (DENOISING_ONLY, INTEGRATED), (ALTERNATING, POWERING_ONLY)


def _operator(name: str, operator: Callable[[Prepared], Operator]) -> Method:
    return Method(name, lambda prepared: Diffused(operator(prepared)))


def _components(prepared: Prepared) -> Learned:
    """Nothing but the views' principal components side by side, each view scaled to total variance one."""
    return Learned(np.hstack([unit_scale(X) for X in prepared.reduced.values()]))


_METHODS = (
    _operator("concatenation", lambda p: p.fuse(fusion.feature_concatenation)),
    _operator("distance addition", lambda p: p.fuse(fusion.distance_addition)),
    _operator("affinity addition", lambda p: p.fuse(fusion.affinity_addition)),
    _operator("affinity multiplication", lambda p: p.fuse(fusion.affinity_multiplication)),
    # The paper's method taken apart: the same operators, made once, with and without its two ideas.
    _operator(ALTERNATING, lambda p: product(*p.operators.values())),
    _operator(DENOISING_ONLY, lambda p: product(*p.denoised_operators.values())),
    _operator(POWERING_ONLY, lambda p: given_order(p.operators, p.steps.steps)),
    _operator(INTEGRATED, lambda p: given_order(p.denoised_operators, p.denoised_steps.steps)),
    _operator("authors' script", lambda p: published_script(p.reduced, p.settings.kernel, p.random_state)),
    _operator("WNN", lambda p: wnn(p.reduced, p.random_state)),
    Method("MOFA", lambda p: mofa(p.reduced, p.random_state)),
    Method("autoencoder", lambda p: autoencoder(p.reduced, p.random_state)),
    Method("domain transfer", lambda p: domain_transfer(p.reduced, p.random_state)),
    Method("cycle GAN", lambda p: cycle_gan(p.reduced, p.random_state), n_views=2),
    Method(COMPONENTS, _components),
)

METHODS: dict[str, Method] = {baseline.name: baseline for baseline in _METHODS}
"""Every way to fuse views by its name."""


def singles(prepared: Prepared) -> dict[str, Fused]:
    """Return each view alone."""
    return {f"{name} alone": Diffused(operator) for name, operator in prepared.operators.items()}
