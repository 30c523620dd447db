"""From views to diffusion operators: the settings that every way of fusing views shares, and the stages they set.

Each stage is a pure function of the settings and of what the stage before it made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np

from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import PROPORTIONAL, Order, given_order
from integrated_diffusion.integration.steps import EntropySteps, StepRule, Steps
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.neighbors import BatchBalancedSearch, KNeighbors
from integrated_diffusion.operators import DiffusionOperator, EmbeddedOperator
from integrated_diffusion.operators.build import DEFAULT_KERNEL, diffusion_operator, warn_if_disconnected
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.views.batches import Batches
from integrated_diffusion.views.checks import check_n_neighbors
from integrated_diffusion.views.prepared import AnyView, PreparedView, prepared_by
from integrated_diffusion.views.recipe import Recipe
from integrated_diffusion.views.recipes import as_measured
from integrated_diffusion.views.reduction import pca
from integrated_diffusion.views.sample_order import order_among
from integrated_diffusion.views.validation import View, as_view


@runtime_checkable
class ViewRule(Protocol):
    """What chooses the steps by the views themselves, and may build diffusion operators of its own to do so."""

    def choose_steps(self, views: Mapping[str, AnyView], construction: Construction) -> Steps:
        """Choose the steps of each view's diffusion operator."""
        ...


Rule = StepRule | ViewRule


@dataclass(frozen=True)
class Construction:
    """The settings by which views become diffusion operators and these one integrated operator.

    Parameters
    ----------
    kernel : Kernel, default DEFAULT_KERNEL
        From neighbours to affinities.
    local_denoising : LocalDenoising or None, default None
        Algorithm 1, or `None` to leave the views as they are.
    steps : Rule, default EntropySteps()
        Rule that chooses the steps of each view.
    order : Order, default given_order
        How the views' steps are joined.
    n_pca : int, None or mapping of str to (int or None), default 50
        Number of principal components in which neighbours are sought, of all views or by view; `None` for the view
        itself.
    search : KNeighbors or None, default None
        How neighbours are found; exact or approximate by the number of samples unless given.
    random_state : int, default 0
        Seed of everything that is drawn.
    n_jobs : int or None, default None
        Number of threads; the results do not depend on it.
    progress : Progress, default silent
        Called with the view and the stage that are computed.
    measured : mapping of str to numpy.ndarray of bool, shape (n_samples,), or None, default None
        By view, which samples it has measured; `None` where every view has measured every sample. Views, coordinates
        and diffusion operators of single views are of measured samples alone.
    batches : Batches or None, default None
        Batch of every sample, where neighbours are to be sought in every batch, and prediction to stay within batches.
        Local denoising looks for neighbours in all samples together.
    sample_order : numpy.ndarray of int, shape (n_samples,), or None, default None
        Samples in the order in which they are drawn from at random, see `views.sample_order`; that of the rows if
        `None`.
    """

    kernel: Kernel = DEFAULT_KERNEL
    local_denoising: LocalDenoising | None = None
    steps: Rule = EntropySteps()  # noqa: RUF009 - a frozen value
    order: Order = given_order
    n_pca: int | Mapping[str, int | None] | None = 50
    search: KNeighbors | None = None
    random_state: int = 0
    n_jobs: int | None = None
    progress: Progress = silent
    measured: Mapping[str, np.ndarray] | None = field(default=None, repr=False)
    batches: Batches | None = None
    sample_order: np.ndarray | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (callable(self.kernel) and hasattr(self.kernel, "n_candidates")):
            raise _not_an_object("kernel", "a kernel such as AlphaDecayKernel()", self.kernel)
        if not (self.local_denoising is None or callable(self.local_denoising)):
            raise _not_an_object("local_denoising", "LocalDenoising() or None", self.local_denoising)
        if not (self.search is None or callable(self.search) or hasattr(self.search, "fit_transform")):
            raise _not_an_object("search", "ExactSearch(), ApproximateSearch() or a transformer", self.search)

    def prepare(
        self,
        views: Mapping[str, AnyView],
        recipes: Mapping[str, Recipe] | None = None,
        representations: Mapping[str, Recipe] | None = None,
    ) -> dict[str, PreparedView]:
        """Normalise each view by its recipe, where it has one, and reduce it.

        Parameters
        ----------
        views : mapping of str to array or PreparedView
            By name, `(n_samples, n_features)` each. A prepared view keeps its values; of its coordinates the leading
            principal components are taken where they are more than `n_pca`.
        recipes : mapping of str to Recipe, default none
            Recipe by view; the values of other views are taken as they are.
        representations : mapping of str to Recipe, default none
            By view without a recipe, how its features are scaled before distances are taken; not at all unless named.
        """
        prepared, recipes, representations = {}, recipes or {}, representations or {}
        for i, (name, view) in enumerate(views.items()):
            check_n_neighbors(view.shape[0], self.kernel.n_neighbors)
            normalises = name in recipes and not isinstance(view, PreparedView)
            self.progress(f"{name}: {'normalising' if normalises else 'principal components'}", i, len(views))
            prepared[name] = self._prepared(name, view, recipes.get(name), representations.get(name))
        return prepared

    def n_pca_of(self, view: str) -> int | None:
        """Number of principal components of a view; `None` for the view itself."""
        return self.n_pca[view] if isinstance(self.n_pca, Mapping) else self.n_pca

    def _prepared(self, name: str, view: AnyView, recipe: Recipe | None, representation: Recipe | None) -> PreparedView:
        if isinstance(view, PreparedView):
            return replace(
                view, representation=pca(view.representation, self.n_pca_of(name), self.random_state), name=name
            )
        if recipe is None:
            return as_measured(view, self.n_pca_of(name), self.random_state, name, representation)
        prepared = prepared_by(recipe, view, self.n_pca_of(name), self.random_state, name)
        as_view(prepared.representation, name)  # nothing is left of a view that does not vary
        return prepared

    def reduce(self, views: Mapping[str, AnyView]) -> dict[str, View]:
        """Reduce each view to its principal components."""
        return {name: view.representation for name, view in self.prepare(views).items()}

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

    def operators(self, views: Mapping[str, View]) -> dict[str, DiffusionOperator]:
        """Build each view's diffusion operator, and warn where its graph is not connected."""
        operators = {}
        for i, (name, X) in enumerate(views.items()):
            self.progress(f"{name}: neighbours and kernel", i, len(views))
            operators[name] = self.build_operator(X, name)
            warn_if_disconnected(operators[name])
        return operators

    def build_operator(self, X: View, name: str) -> DiffusionOperator:
        """Build one diffusion operator from one set of coordinates, without a warning if its graph falls apart."""
        return diffusion_operator(X, self.kernel, name=name, search=self.search_of(name), n_jobs=self.n_jobs)

    def search_of(self, name: str) -> KNeighbors | None:
        """Return how the neighbours of a view are found: in every batch, where that was asked for."""
        if self.batches is None or name not in self.batches.views:
            return self.search
        codes = self.batches.codes if self.measured is None else self.batches.codes[self.measured[name]]
        return BatchBalancedSearch(codes, self.search)

    def at(self, kept: np.ndarray) -> Construction:
        """Return the same settings for some of the samples.

        Parameters
        ----------
        kept : numpy.ndarray of bool, shape (n_samples,)
            Which samples.
        """
        measured = None if self.measured is None else {name: mask[kept] for name, mask in self.measured.items()}
        batches = None if self.batches is None else self.batches.at(kept)
        order = None if self.sample_order is None else order_among(self.sample_order, kept)
        return replace(self, measured=measured, batches=batches, sample_order=order)

    def draw_order(self, n_samples: int) -> np.ndarray:
        """Return the numbers of the samples in the order in which they are drawn from, `(n_samples,)`."""
        return np.arange(n_samples) if self.sample_order is None else self.sample_order

    def embedded(self, operators: Mapping[str, DiffusionOperator]) -> dict[str, DiffusionOperator]:
        """Return views' diffusion operators among all samples; where a view has not measured, its own is the identity.

        Parameters
        ----------
        operators : mapping of str to DiffusionOperator
            On the samples that each view has measured.
        """
        if self.measured is None:
            return dict(operators)
        masks = self.measured
        return {name: P if masks[name].all() else EmbeddedOperator(P, masks[name]) for name, P in operators.items()}

    def choose(self, views: Mapping[str, AnyView], operators: Mapping[str, DiffusionOperator]) -> Steps:
        """Let the rule choose the steps, by the views or by their diffusion operators, whichever it looks at."""
        if isinstance(self.steps, ViewRule):
            return self.steps.choose_steps(views, self)
        return self.steps(operators, self.random_state)

    def n_repeats(self, chosen: Steps) -> int:
        """How often the operator that an order makes is repeated: as often as there are steps, if these are drawn."""
        if chosen.n_repeats is not None:
            return chosen.n_repeats
        return sum(chosen.steps.values()) if self.order in PROPORTIONAL else 1

    def join(self, operators: Mapping[str, DiffusionOperator], chosen: Steps) -> IntegratedOperator:
        """Join the diffusion operators, each on the samples that its view has measured, by the chosen steps."""
        operators = self.embedded(operators)
        return IntegratedOperator(operators, chosen.steps, self.order, self.n_repeats(chosen), chosen.view_weights)


def _not_an_object(parameter: str, expected: str, found: object) -> TypeError:
    return TypeError(f"{parameter}: expected {expected}, found {found!r}; import it from integrated_diffusion")
