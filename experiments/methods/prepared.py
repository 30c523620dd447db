"""The views of one data set as all methods receive them, so that what several methods need is done once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from integrated_diffusion import DiffusionOperator, IntegratedDiffusion, Steps
from integrated_diffusion.fusion import Method
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.model.parameters import n_pca_of
from integrated_diffusion.operators import Operator
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.selection.shorthands import as_step_rule
from integrated_diffusion.views.containers import measured_views
from integrated_diffusion.views.representation import AUTO, representations_of
from integrated_diffusion.views.validation import View


def represented(views: Mapping[str, View], representation: str | Mapping[str, str] = AUTO) -> dict[str, View]:
    """Return views whose features are comparable, as the default makes them, so that every method starts from the same.

    Parameters
    ----------
    views
        As measured, by name, `(n_samples, n_features)`.
    representation
        As `IntegratedDiffusion` takes it.
    """
    if representation == "given":
        return dict(views)
    measured = measured_views(views)
    recipes = representations_of(representation, measured)
    return {
        name: X if recipes[name].name == "given" else recipes[name].fit_transform(X, None, 0)[1]
        for name, X in measured.views.items()
    }


@dataclass(frozen=True, eq=False)
class Prepared:
    """Measured views and the settings by which they are fused.

    Parameters
    ----------
    views
        As measured, by name, `(n_samples, n_features)`.
    settings
        The estimator whose kernel, local denoising, steps and number of components every method uses.
    random_state
        Seed of everything that is drawn.
    """

    views: Mapping[str, np.ndarray]
    settings: IntegratedDiffusion
    random_state: int = 0

    @cached_property
    def reduced(self) -> dict[str, np.ndarray]:
        """Principal components of each view, whose features are made comparable as the settings say."""
        return self._construction.reduce(represented(self.views, self.settings.representation))

    @cached_property
    def denoised(self) -> dict[str, np.ndarray]:
        """The same after Algorithm 1."""
        return self._construction.denoise(self.reduced)

    @cached_property
    def operators(self) -> dict[str, DiffusionOperator]:
        """Diffusion operator of each view as it was measured."""
        return self._construction.operators(self.reduced)

    @cached_property
    def denoised_operators(self) -> dict[str, DiffusionOperator]:
        """Diffusion operator of each view after Algorithm 1."""
        return self._construction.operators(self.denoised)

    @cached_property
    def steps(self) -> Steps:
        """Steps by the entropy of the operators as measured."""
        return self._construction.choose(self.reduced, self.operators)

    @cached_property
    def denoised_steps(self) -> Steps:
        """Steps by the entropy of the denoised operators."""
        return self._construction.choose(self.denoised, self.denoised_operators)

    @property
    def power(self) -> int | str:
        """How often the settings repeat an integrated operator."""
        return "entropy" if self.settings.power is None else self.settings.power

    def fuse(self, method: Method) -> Operator:
        """Fuse the views by one of `integrated_diffusion.fusion` that neither denoises nor powers."""
        return method(self.reduced, kernel=self.settings.kernel, n_pca=None, random_state=self.random_state, n_jobs=1)

    @property
    def _construction(self) -> Construction:
        return Construction(
            kernel=self.settings.kernel or DEFAULT_KERNEL,
            local_denoising=self.settings.local_denoising,
            steps=as_step_rule(self.settings.steps),
            n_pca=n_pca_of(self.settings.n_pca, next(iter(self.views.values())).shape[0]),
            random_state=self.random_state,
            n_jobs=1,
        )
