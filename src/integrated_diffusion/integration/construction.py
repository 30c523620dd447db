"""How views become walks: the settings that every way of fusing them shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np

from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import PROPORTIONAL, Order, given_order
from integrated_diffusion.integration.steps import EntropySteps, StepRule, Steps
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.build import DEFAULT_KERNEL, diffusion_operator, warn_if_disconnected
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.views.checks import check_n_neighbors
from integrated_diffusion.views.reduction import pca
from integrated_diffusion.views.validation import View


@runtime_checkable
class ViewRule(Protocol):
    """What chooses the steps by the views themselves, and may build walks of its own to do so."""

    def choose_steps(self, views: Mapping[str, View], construction: Construction) -> Steps:
        """Choose the steps of each view's walk."""
        ...


Rule = StepRule | ViewRule


@dataclass(frozen=True)
class Construction:
    """The settings by which views become walks; views in, walks out, by name.

    Parameters
    ----------
    kernel
        From neighbours to affinities.
    local_denoising
        Algorithm 1, or `None` to leave the views as they are.
    steps
        Rule that chooses the steps of each view.
    order
        How the views' steps are joined.
    n_pca
        Number of principal components in which neighbours are sought; `None` for the view itself.
    search
        How neighbours are found; exact or approximate by the number of samples unless given.
    random_state
        Seed of everything that is drawn.
    n_jobs
        Number of threads; the results do not depend on it.
    progress
        Is told which view is at what.
    """

    kernel: Kernel = DEFAULT_KERNEL
    local_denoising: LocalDenoising | None = None
    steps: Rule = EntropySteps()  # noqa: RUF009 - a frozen value
    order: Order = given_order
    n_pca: int | None = 50
    search: KNeighbors | None = None
    random_state: int = 0
    n_jobs: int | None = None
    progress: Progress = silent

    def __post_init__(self) -> None:
        if not (callable(self.kernel) and hasattr(self.kernel, "n_candidates")):
            raise _not_an_object("kernel", "a kernel such as AlphaDecayKernel()", self.kernel)
        if not (self.local_denoising is None or callable(self.local_denoising)):
            raise _not_an_object("local_denoising", "LocalDenoising() or None", self.local_denoising)
        if not (self.search is None or callable(self.search) or hasattr(self.search, "fit_transform")):
            raise _not_an_object("search", "ExactSearch(), ApproximateSearch() or a transformer", self.search)

    def reduce(self, views: Mapping[str, View]) -> dict[str, View]:
        """Reduce each view to its principal components."""
        reduced = {}
        for i, (name, X) in enumerate(views.items()):
            check_n_neighbors(X.shape[0], self.kernel.n_neighbors)
            self.progress(f"{name}: principal components", i, len(views))
            reduced[name] = pca(X, self.n_pca, self.random_state)
        return reduced

    def denoise(self, views: Mapping[str, View]) -> dict[str, View]:
        """Denoise each reduced view on its own."""
        if self.local_denoising is None:
            return dict(views)
        denoised: dict[str, View] = {}
        for i, (name, X) in enumerate(views.items()):
            self.progress(f"{name}: local denoising", i, len(views))
            by_scale = partial(self._tell_scale, f"{name}: local denoising", i, len(views))
            denoised[name] = self.local_denoising(X, self.kernel, self.random_state, self.n_jobs, self.search, by_scale)
        return denoised

    def _tell_scale(self, stage: str, view: int, n_views: int, scale: str, done: int, total: int) -> None:
        self.progress(f"{stage}, {scale}", view, n_views)

    def walks(self, views: Mapping[str, View]) -> dict[str, DiffusionOperator]:
        """Build each view's walk, and warn where it cannot reach everybody."""
        operators = {}
        for i, (name, X) in enumerate(views.items()):
            self.progress(f"{name}: neighbours and kernel", i, len(views))
            operators[name] = self.walk(X, name)
        return operators

    def choose(self, views: Mapping[str, View], walks: Mapping[str, DiffusionOperator]) -> Steps:
        """Let the rule choose the steps, by the views or by their walks, whichever it looks at."""
        if isinstance(self.steps, ViewRule):
            return replace(self.steps.choose_steps(views, self), curves=EntropySteps().curves(walks, self.random_state))
        return self.steps(walks, self.random_state)

    def n_repeats(self, chosen: Steps) -> int:
        """How often the walk by an order is repeated: one in which only proportions matter, once a step."""
        if chosen.n_repeats is not None:
            return chosen.n_repeats
        return sum(chosen.steps.values()) if self.order in PROPORTIONAL else 1

    def join(self, walks: Mapping[str, DiffusionOperator], chosen: Steps) -> IntegratedOperator:
        """Join the walks by the chosen steps."""
        return IntegratedOperator(walks, chosen.steps, self.order, self.n_repeats(chosen), chosen.view_weights)

    def walk(self, X: View, name: str) -> DiffusionOperator:
        """Build one walk from one set of features."""
        operator = diffusion_operator(X, self.kernel, name=name, search=self.search, n_jobs=self.n_jobs)
        warn_if_disconnected(operator)
        return operator


def _not_an_object(parameter: str, expected: str, found: object) -> TypeError:
    return TypeError(f"{parameter}: expected {expected}, found {found!r}; import it from integrated_diffusion")


def unit_scale(X: View) -> View:
    """Divide a view by the root of its total variance, so that views can be added up.

    Parameters
    ----------
    X
        View of shape `(n_samples, n_features)`.
    """
    mean_square, variance = _total_moments(X)
    # A constant view has a variance of rounding, which would blow it up.
    return X * X.dtype.type(1 / np.sqrt(variance)) if variance > 1e-24 * mean_square else X


def _total_moments(X: View) -> tuple[float, float]:
    """Mean square and variance, summed over features, in float64."""
    if isinstance(X, np.ndarray):
        squares = np.square(X, dtype=np.float64)
        return float(squares.mean(axis=0).sum()), float(np.var(X, axis=0, dtype=np.float64).sum())
    n_samples, n_features = X.shape
    means = np.asarray(X.mean(axis=0, dtype=np.float64))
    n_zeros = n_samples - np.bincount(X.indices, minlength=n_features)
    stored = np.square(X.data - means[X.indices]).sum()
    return float(np.square(X.data, dtype=np.float64).sum()) / n_samples, float(stored + n_zeros @ means**2) / n_samples
