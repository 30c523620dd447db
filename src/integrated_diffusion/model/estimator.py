"""`IntegratedDiffusion`: several views of the same samples in, one walk, a joint map and denoised views out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from integrated_diffusion.embedding import diffusion_map, multiscale_map, phate
from integrated_diffusion.filters import PowerFilter
from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.construction import Construction, Rule
from integrated_diffusion.integration.orders import ORDERS, Order, given_order
from integrated_diffusion.integration.steps import (
    EntropySteps,
    FixedSteps,
    ReducedRatio,
    Steps,
    check_power,
    choose_power,
)
from integrated_diffusion.io.writing import Tables, chosen_names, names_of, write_columns
from integrated_diffusion.kernels import AlphaDecayKernel, Kernel
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.operators import Operator
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.operators.build import DEFAULT_KERNEL
from integrated_diffusion.runtime.console import progress_bar
from integrated_diffusion.runtime.progress import Progress, silent
from integrated_diffusion.runtime.threads import n_threads, one_blas_thread
from integrated_diffusion.selection import Selection
from integrated_diffusion.selection.power import cross_validated_power
from integrated_diffusion.selection.shorthands import as_step_rule
from integrated_diffusion.spectrum.elbows import elbow_marginal_decrease
from integrated_diffusion.views.checks import check_choice, check_count, check_known
from integrated_diffusion.views.validation import View, as_array, as_views

Embed = Callable[[Operator, int, int, int], np.ndarray]
"""From a walk, a number of components, a power and a seed to coordinates."""

EMBEDDINGS: dict[str, Embed] = {
    "diffusion_map": diffusion_map,
    "phate": lambda operator, n_components, power, seed: phate(operator, n_components, power, random_state=seed),
}


class IntegratedDiffusion(BaseEstimator):  # type: ignore[misc]
    """Integrated diffusion of several views of the same samples (Kuchroo et al. 2021).

    Each view becomes a walk `P_m`; the walks are joined into one, `J`, by default each step in a view drawn by lot, as
    published one after the other, `J = P_1^t_1 P_2^t_2 ...`; from `J` come a joint embedding and denoised views.

    Parameters
    ----------
    n_components
        Number of coordinates of the embedding.
    embedding
        `"diffusion_map"` or `"phate"`.
    steps
        Steps of each view: `"cross_validated"` (by prediction of what was held out), `"entropy"` (each view's spectral
        entropy), a mapping such as `{"rna": 3, "atac": 1}`, or a rule such as `CrossValidatedSteps(...)`.
    power
        How often `J` is repeated for the embedding: a whole number, `"entropy"` (of its singular values) or
        `"cross_validated"`, which holds for `denoise` as well. Unless given, the diffusion map takes all powers of `J`
        together (see `embedding.multiscale_map`), and PHATE goes by entropy.
    kernel
        From neighbours to affinities; `graph.DEFAULT_KERNEL` unless given.
    local_denoising
        Algorithm 1's settings, or `None` to leave the views as they are.
    n_pca
        Number of principal components of each view in which neighbours are sought; `None` for the view itself.
    search
        How neighbours are found: exact or approximate by the number of samples unless given; any scikit-learn
        `KNeighborsTransformer` will do.
    random_state
        Seed of everything that is drawn: the same seed gives the same bits.
    n_jobs
        Number of threads, `None` for all cores; the results do not depend on it.
    verbose
        `True` shows progress on a terminal; a callable `(stage, done, total)` is told instead.
    order
        In which order the steps are taken: `"given"`, `P_1^t_1 P_2^t_2 ...`, `"both"`, the mean of that and its
        reverse, or `"random"`, each step in a view drawn by lot. Unless given: at random for cross-validated steps,
        as given for others.

    Attributes
    ----------
    operators_ : dict of str to DiffusionOperator
        Each view's walk.
    views_ : dict of str to array
        The views as they were given, not copied.
    names_ : dict of str to Names
        What the samples and features are called, where the views say so.
    entropy_ : dict of str to EntropyCurve
        Each view's spectral entropy, in nats.
    steps_ : dict of str to int
        Steps of each view.
    rounds_ : int
        How often the walk that the steps make is repeated in `J`.
    selection_ : Selection or None
        What cross-validation tried and what each view was worth, where it chose the steps.
    trust_ : dict of str to numpy.ndarray of shape (n_samples,) or None
        How far each view is trusted at each sample, where they are not trusted everywhere alike.
    operator_ : Operator
        The joint walk `J`.
    joint_ : IntegratedOperator
        The same with the walks, steps, order and trust it is made of.
    power_ : int
        How often `J` is repeated for the embedding.
    embedding_ : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.

    References
    ----------
    Kuchroo, Godavarthi, Tong, Wolf, Krishnaswamy: Multimodal data visualization and denoising with integrated
    diffusion. IEEE MLSP 2021.

    Examples
    --------
    >>> from integrated_diffusion import datasets
    >>> views = datasets.noisy_digits(noise=(0.2, 0.6), n_samples=300).views
    >>> model = IntegratedDiffusion(n_components=5, steps={"view1": 2, "view2": 1}).fit(views)
    >>> model.operator_
    view1² · view2
    >>> model.embedding_.shape, model.denoise("view2").shape
    ((300, 5), (300, 64))
    """

    def __init__(
        self,
        n_components: int = 20,
        embedding: str = "diffusion_map",
        steps: Any = "cross_validated",
        power: int | str | None = None,
        kernel: Kernel | None = None,
        local_denoising: LocalDenoising | None = None,
        n_pca: int | None = 50,
        search: KNeighbors | None = None,
        random_state: int = 0,
        n_jobs: int | None = None,
        verbose: bool | Progress = False,
        order: str | Order | None = None,
    ) -> None:
        self.n_components = n_components
        self.embedding = embedding
        self.steps = steps
        self.power = power
        self.kernel = kernel
        self.local_denoising = local_denoising
        self.n_pca = n_pca
        self.search = search
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.order = order

    @classmethod
    def paper(cls, **overrides: Any) -> IntegratedDiffusion:
        """Return the method as published in 2021, every choice of it pinned.

        What the text leaves open (kernel and neighbours, local `t`, clusters, which elbow, how exact a ratio) was found
        on simulations with seeds 0 to 9 and is reported on others, see `docs/reproduction.md`. Views of fewer than 500
        samples are not denoised. The defaults of `IntegratedDiffusion` may change when something is measured to be
        better; these will not.

        Parameters
        ----------
        **overrides
            Any parameter of `IntegratedDiffusion`, to depart from the paper in.
        """
        published: dict[str, Any] = {
            "embedding": "diffusion_map",
            "order": "given",
            "steps": EntropySteps(t_max=100, elbow=elbow_marginal_decrease, reduction=ReducedRatio(0.25)),
            "power": "entropy",
            "kernel": AlphaDecayKernel(n_neighbors=5, decay=40.0, bandwidth="local", symmetrisation="mean"),
            "local_denoising": LocalDenoising(filter=PowerFilter(1), n_clusters=10, min_size=500, max_depth=6),
            "n_pca": 50,
        }
        return cls(**(published | overrides))

    def fit(self, views: Any, y: Any = None) -> IntegratedDiffusion:
        """Build the joint walk and the embedding.

        Parameters
        ----------
        views
            At least two views of the same samples: a mapping from name to array (dense, sparse or data frame), a
            list of arrays, or a MuData. Give features, not principal components: to choose steps by prediction, half
            of a view's columns predict the other half, which components by construction do not. With
            `order="given"` their order is that of the factors of `J`, and the embedding is smooth along the first
            (`docs/reproduction.md` shows how much that matters).
        y
            Not used; there for scikit-learn.

        Returns
        -------
        IntegratedDiffusion
            This object.

        Raises
        ------
        TypeError
            If a view does not hold numbers, or a parameter is of the wrong type.
        ValueError
            If the views do not fit together, hold NaN or nothing, or a parameter is out of range.
        """
        checked = as_views(views)
        rule = self._checked_parameters(checked)
        with one_blas_thread(), self._progress() as progress:
            construction = self._construction(rule, progress)
            walks = construction.walks(construction.denoise(construction.reduce(checked)))
            progress("steps", 0, 3)
            chosen = construction.choose(checked, walks)
            joint = construction.join(walks, chosen)
            J = joint.operator
            progress("power of the joint walk", 1, 3)
            power = self._chosen_power(J, chosen, checked, construction)
            progress("embedding", 2, 3)
            coordinates = self._embed()(J, self.n_components, power, self.random_state)
        self.views_ = checked
        self.names_ = names_of(views)
        self.operators_ = walks
        self.entropy_ = dict(chosen.curves)
        self.steps_ = dict(chosen.steps)
        self.n_repeats_ = joint.n_repeats
        self.selection_ = chosen if isinstance(chosen, Selection) else None
        self.view_weights_ = None if chosen.view_weights is None else dict(chosen.view_weights)
        self.joint_ = joint
        self.operator_ = J
        self.power_ = power
        self.embedding_ = coordinates
        return self

    def fit_transform(self, views: Any, y: Any = None) -> np.ndarray:
        """Build the joint walk and return the embedding, shape `(n_samples, n_components)`; see `fit`."""
        return self.fit(views).embedding_

    def denoise(
        self, view: Any, power: int | None = None, features: Sequence[int] | None = None, out: Any = None
    ) -> Any:
        """Average measured values along the joint walk, `J^p X` (paper, eq. 4 and 7).

        Parameters
        ----------
        view
            Name of a fitted view, or any array with a row for each sample.
        power
            How often the walk is repeated, `p`; once unless given, or what prediction chose if it was asked to.
        features
            Columns to denoise, by number or as a mask; all unless given.
        out
            Where to write the result: a path that ends in `.h5ad` or `.zarr`, which becomes an AnnData with the result
            as `X`; or anything of its shape that takes `out[:, i:j] = block`: an array, a memory map, a data set of an
            open file. Made in memory unless given. A file appears whole; what a stopped call has finished lies beside
            it, and the same call goes on from there.

        Returns
        -------
        Array of shape (n_samples, n_features), float32 for float32 values, float64 otherwise
            `out`, if it was given; a path as `pathlib.Path`, float32 in the file.

        Raises
        ------
        TypeError
            If the array does not hold numbers, or the features are not numbered.
        ValueError
            If there is no such view or feature, the array has another number of rows, `out` another shape, or the file
            cannot be written.
        """
        with self._progress() as progress:
            averages = self._averages(view, power, features, progress)
            if isinstance(out, str | Path):
                return write_columns(averages, self._names(view, averages), out)
            out = np.empty(averages.shape, dtype=averages.dtype) if out is None else out
            if tuple(out.shape) != averages.shape:
                raise ValueError(
                    f"out: expected shape {averages.shape}, found {tuple(out.shape)}; give it one column a feature"
                )
            for place, block in averages:
                out[:, place] = block
        return out

    def denoised_blocks(
        self, view: Any, power: int | None = None, features: Sequence[int] | np.ndarray | None = None
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Denoise block by block, for results that do not fit into memory.

        Parameters
        ----------
        view, power, features
            As in `denoise`.

        Yields
        ------
        place : slice
            Columns of the result.
        block : numpy.ndarray of shape (n_samples, n_columns)
            Their denoised values.
        """
        with self._progress() as progress:
            yield from self._averages(view, power, features, progress)

    def _averages(
        self, view: Any, power: int | None, features: Sequence[int] | np.ndarray | None, progress: Progress
    ) -> BlockedProduct:
        X = self._denoisable(view)
        return BlockedProduct(
            self.operator_ ** self._denoising_power(power), X, _columns(features, X.shape[1]), progress
        )

    def _names(self, view: Any, averages: BlockedProduct) -> Tables:
        """Names of samples and features, as the values came with them."""
        name = view if isinstance(view, str) else ""
        known = {**getattr(self, "names_", {}), **names_of({name: view})}
        return chosen_names(known, name, averages.shape[0], averages.columns)

    def _denoisable(self, view: Any) -> View:
        check_is_fitted(self)
        if isinstance(view, str):
            check_known([view], tuple(self.views_), "view")
            return self.views_[view]
        X = as_array(view, "to denoise")
        if X.shape[0] != self.operator_.n_samples:
            raise ValueError(
                f"view 'to denoise': expected the {self.operator_.n_samples} samples of the fit, found {X.shape[0]}; "
                "give the same samples in the same order"
            )
        return X

    def _order_of(self, rule: Rule) -> Order:
        """As asked; else as the rule that chooses the steps means them."""
        if self.order is None:
            own: Order = getattr(rule, "order", given_order)
            return own
        return ORDERS[self.order] if isinstance(self.order, str) else self.order

    def _chosen_power(self, J: Operator, chosen: Steps, views: dict[str, View], construction: Construction) -> int:
        if self.power == "cross_validated":
            return cross_validated_power(views, construction, chosen)
        if self.power is None:
            return 1 if self.embedding == "diffusion_map" else choose_power(J, "entropy", self.random_state)
        return choose_power(J, self.power, self.random_state)

    def _embed(self) -> Embed:
        """As asked; a diffusion map of which nobody said the power is that of all powers."""
        all_powers = self.power is None and self.embedding == "diffusion_map"
        return multiscale_map if all_powers else EMBEDDINGS[self.embedding]

    def _denoising_power(self, power: int | None) -> int:
        """As asked; else once, unless it was to be found by prediction."""
        if power is not None:
            return power
        return self.power_ if self.power == "cross_validated" else 1

    def _construction(self, rule: Rule, progress: Progress) -> Construction:
        return Construction(
            kernel=self.kernel or DEFAULT_KERNEL,
            local_denoising=self.local_denoising,
            steps=rule,
            order=self._order_of(rule),
            n_pca=self.n_pca,
            search=self.search,
            random_state=self.random_state,
            n_jobs=self.n_jobs,
            progress=progress,
        )

    def _checked_parameters(self, views: dict[str, View]) -> Rule:
        """Find what cannot work before the long work begins."""
        check_choice(self.embedding, tuple(EMBEDDINGS), "embedding")
        check_count(self.n_components, "n_components")
        check_count(self.random_state, "random_state", least=0)
        if self.random_state >= 2**32:
            raise ValueError(
                f"random_state: expected a seed below 2^32, found {self.random_state}; choose a smaller one"
            )
        n_threads(self.n_jobs)
        if self.n_pca is not None:
            check_count(self.n_pca, "n_pca")
        n_samples = next(iter(views.values())).shape[0]
        if self.n_components > n_samples - 2:
            raise ValueError(
                f"n_components: expected at most {n_samples - 2} for {n_samples} samples, found {self.n_components}; "
                "ask for fewer components"
            )
        if self.order is not None and not callable(self.order):
            check_choice(self.order, tuple(ORDERS), "order")
        if self.power is not None:
            check_power(self.power, ("entropy", "cross_validated"))
        rule = as_step_rule(self.steps)
        if isinstance(rule, FixedSteps):
            rule.check(tuple(views))
        return rule

    def _progress(self) -> AbstractContextManager[Progress]:
        if callable(self.verbose):
            return nullcontext(self.verbose)
        return progress_bar() if self.verbose else nullcontext(silent)


def _columns(features: Sequence[int] | np.ndarray | None, n_features: int) -> np.ndarray:
    """Columns by number, from numbers (negative ones count from the end), a mask, or nothing."""
    if features is None:
        return np.arange(n_features)
    columns = np.asarray(features)
    columns = columns.astype(np.intp) if columns.size == 0 else columns
    if columns.dtype == bool and columns.shape == (n_features,):
        return np.flatnonzero(columns)
    if columns.dtype.kind not in "iub" or columns.ndim != 1:
        raise TypeError(f"features: expected numbers of columns, found {features!r}; look names up first")
    if columns.dtype == bool or (columns < -n_features).any() or (columns >= n_features).any():
        raise ValueError(f"features: expected columns below {n_features}, found {features!r}; correct them")
    return columns
