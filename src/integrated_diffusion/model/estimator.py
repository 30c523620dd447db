"""`IntegratedDiffusion`: several views of the same samples to one operator, an embedding and denoised views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.integration import Integration, integrate
from integrated_diffusion.integration.orders import Order
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.io.writing import named_samples, names_of
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.model.batches import named_batches
from integrated_diffusion.model.denoising import Denoising
from integrated_diffusion.model.frames import as_frame, frames_of, wants_pandas
from integrated_diffusion.model.new_samples import NewSampleMapping
from integrated_diffusion.model.notebook import ShownInNotebooks
from integrated_diffusion.model.on_cluster import check_supported, fit_on_cluster, views_of
from integrated_diffusion.model.parameters import (
    checked_construction,
    embedding_of,
    n_components_of,
    progress_of,
    seed_of,
)
from integrated_diffusion.model.published import PUBLISHED
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.runtime.progress import Progress
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.selection.power import cross_validated_power
from integrated_diffusion.views.containers import feature_names, measured_views
from integrated_diffusion.views.hashtags import remedy_for, warn_of_hashtags
from integrated_diffusion.views.missing import KEEP
from integrated_diffusion.views.recognition import recipes_of
from integrated_diffusion.views.representation import AUTO, representations_of
from integrated_diffusion.views.view_warnings import warn_of_constant_or_equal


class IntegratedDiffusion(ShownInNotebooks, Denoising, NewSampleMapping, BaseEstimator):  # type: ignore[misc]
    """Integrated diffusion of several views of the same samples (Kuchroo et al. 2021).

    Each view becomes a diffusion operator `P_m`. They are joined to the integrated operator `J`: by default a mixture,
    in which each step is in a view sampled at random; as published a product, `J = P_1^t_1 P_2^t_2 ...`. From `J` come
    an embedding of the samples and denoised views.

    Parameters
    ----------
    n_components : int or None, default None
        Number of coordinates of the embedding. Unless given: one for every six samples, at least two and at most fifty,
        for the diffusion map; twenty for PHATE.
    embedding : str, default 'diffusion_map'
        `'diffusion_map'` or `'phate'`.
    steps : str, mapping of str to int or Rule, default 'cross_validated'
        Number of steps (diffusion time `t`) of each view: `'cross_validated'` (by held-out prediction), `'entropy'` (by
        each view's spectral entropy), a mapping such as `{'rna': 3, 'atac': 1}`, or a rule such as
        `CrossValidatedSteps(...)`.
    power : int, str or None, default None
        Power of `J` for the embedding: a whole number, `'entropy'` (of its singular values) or `'cross_validated'`,
        which holds for `denoise` as well. Unless given, the diffusion map takes all powers of `J` together (see
        `embedding.multiscale_map`), and PHATE goes by entropy.
    kernel : Kernel or None, default None
        From neighbours to affinities; `AlphaDecayKernel(n_neighbors=15, anisotropy=1.0)` unless given.
    local_denoising : LocalDenoising or None, default None
        Algorithm 1's settings, or `None` to leave the views as they are.
    n_pca : int, 'auto', None or mapping of str to these, default 'auto'
        Number of principal components of each view in which neighbours are sought, for all views or by view; `'auto'`:
        one for every six samples, at least two and at most fifty; `None` for the view itself.
    search : KNeighbors or None, default None
        How neighbours are found: exact or approximate by the number of samples unless given; any scikit-learn
        `KNeighborsTransformer` will do.
    random_state : int or None, default 0
        Seed of everything that is drawn: the same seed gives the same bits. `None` draws a seed, which is kept as
        `seed_`.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores; the results do not depend on it.
    verbose : bool or callable, default False
        `True` shows progress on a terminal; a callable `(stage, done, total)` is called instead.
    order : str, Order or None, default None
        In which order the steps are taken: `'given'`, `P_1^t_1 P_2^t_2 ...`, `'both'`, the mean of that and its
        reverse, or `'random'`, each step in a view sampled at random. Unless given: at random for cross-validated
        steps, as given for others.
    recipes : None, 'auto' or mapping of str to str, default None
        How measured values are normalised and reduced, by view: `'rna'`, `'chromatin'`, `'protein'`, `'other'` or
        `'none'`, see `views.recipes.RECIPES`; `'auto'` recognises the recipe by the values and the name of each view.
        Views without a recipe go by `representation`.
    representation : str or mapping of str to str, default 'auto'
        How features of a view without a recipe are scaled before distances are taken: `'given'`, `'standardised'` or
        `'tf_idf'`, for all such views or by view; `'auto'` recognises it by the values, see
        `views.representation.recognise_representation`. The values themselves stay as they are, and are denoised so.
    missing : {'keep', 'drop', 'refuse'}, default 'keep'
        What to do about samples that a view has not measured: integrate all that some view has measured, leave out
        those that a view lacks, or fail.

    Attributes
    ----------
    integration_ : Integration
        Everything between the views and `J`: samples, prepared views, coordinates, diffusion operators and steps.
    operators_ : dict of str to DiffusionOperator
        Each view's diffusion operator; the identity at samples that it has not measured, see `EmbeddedOperator`.
    views_ : dict of str to array of shape (n_samples, n_features)
        The views as they were given, not copied; rows of the samples that were measured where some were not.
    measured_ : dict of str to numpy.ndarray of bool, shape (n_samples,)
        By view, which samples it has measured.
    recipes_ : dict of str to FittedRecipe
        What was fitted to normalise, or scale, and reduce each view.
    representation_ : dict of str to str
        How features of each view without a recipe were scaled before distances were taken.
    batches_ : Batches or None
        The batch of every sample, and the views whose neighbours are balanced by it; `None` unless there are several.
    names_ : dict of str to Tables
        Names of samples and features, where the views came with them.
    seed_ : int
        The seed that was used.
    entropy_ : dict of str to EntropyCurve
        Each view's spectral entropy, in nats; computed at the first look unless the steps were chosen by it.
    steps_ : dict of str to int
        Number of steps of each view.
    n_repeats_ : int
        How often the operator that the steps make is repeated in `J`.
    selection_ : Selection or None
        The candidate models that were cross-validated and each view's contribution; `None` if steps were chosen
        otherwise.
    view_weights_ : dict of str to numpy.ndarray of shape (n_samples,), or None
        Weight of each view at each sample, from 0 to 1; `None` where all weights are 1.
    operator_ : Operator
        The integrated operator `J`.
    power_ : int
        Power of `J` for the embedding.
    embedding_ : numpy.ndarray of shape (n_samples, n_components)
        Coordinates of the samples.
    denoising_ : mapping of str to SelectedSmoother
        The smoother of each view that held-out data selected: operator, diffusion time, amount and the errors of all
        candidates. It is selected when it is first asked for.

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
        n_components: int | None = None,
        embedding: str = "diffusion_map",
        steps: Any = "cross_validated",
        power: int | str | None = None,
        kernel: Kernel | None = None,
        local_denoising: LocalDenoising | None = None,
        n_pca: int | str | Mapping[str, int | str | None] | None = AUTO,
        search: KNeighbors | None = None,
        random_state: int | None = 0,
        n_jobs: int | None = None,
        verbose: bool | Progress = False,
        order: str | Order | None = None,
        recipes: str | Mapping[str, str] | None = None,
        representation: str | Mapping[str, str] = AUTO,
        missing: str = KEEP,
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
        self.recipes = recipes
        self.representation = representation
        self.missing = missing

    @classmethod
    def paper(cls, **overrides: Any) -> IntegratedDiffusion:
        """Return the method as published in 2021, every choice of it pinned.

        Views of fewer than 500 samples are not denoised. The defaults of `IntegratedDiffusion` may change when other
        values are measured to be better; these will not.

        Parameters
        ----------
        **overrides : object
            Parameters of `IntegratedDiffusion` that replace the paper's.
        """
        return cls(**(PUBLISHED | overrides))

    def fit(
        self, views: Any, y: Any = None, batch: Any = None, batch_views: Any = None, client: Any = None
    ) -> IntegratedDiffusion:
        """Build the integrated operator and the embedding.

        Parameters
        ----------
        views : mapping, sequence or MuData
            At least two views of the same samples: a mapping from name to array (dense, sparse, data frame or AnnData),
            a list of arrays, or a MuData. Samples with names are matched by them, and the union is integrated; in
            arrays a row of NaN was not measured, nor was a row of zero counts. Give features, not principal components:
            to choose steps by prediction, half of a view's features predict the other half, which components by
            construction do not. With `order='given'` their order is that of the factors of `J`, and the embedding is
            smooth along the first (`docs/reproduction.md` shows how much that matters). Dask arrays in chunks of rows
            are fitted on a cluster, where every sample must have been measured in every view.
        y : object, default None
            Not used; there for scikit-learn.
        batch : array-like of shape (n_samples,), str or None, default None
            Batch of every sample (donor, run, laboratory), or a column of a MuData's `obs`. Neighbours are then sought
            in every batch, see `BatchBalancedSearch`, and held-out features are predicted within batches.
        batch_views : collection of str, mapping of str to bool or None, default None
            Views in which neighbours are balanced over the batches; all unless given.
        client : distributed.Client or None, default None
            For dask arrays, the client of the cluster; the active one unless given, and one of this machine without
            any.

        Returns
        -------
        IntegratedDiffusion
            This object.

        Raises
        ------
        TypeError
            If a view does not hold numbers, or a parameter is of the wrong type.
        ValueError
            If the views do not fit together, rows hold some NaN, or a parameter is out of range.
        """
        lazy = views_of(views)
        if lazy is not None:
            return self._fit_on_cluster(lazy, batch, batch_views, client)
        if client is not None:
            raise TypeError("client: expected None for views in memory, found one; give the views as dask arrays")
        measured = measured_views(views, self.missing)
        warn_of_constant_or_equal(measured.views)
        warn_of_hashtags(feature_names(views), remedy_for(views))
        recipes = recipes_of(self.recipes, measured)
        representations = representations_of(self.representation, measured, recipes)
        seed = seed_of(self.random_state)
        construction = checked_construction({**self.get_params(deep=False), "random_state": seed}, measured.samples)
        construction = replace(construction, batches=named_batches(views, batch, measured, batch_views))
        n_components = n_components_of(self.n_components, self.embedding, measured.samples.n_samples)
        with one_blas_thread(), progress_of(self.verbose) as progress:
            construction = replace(construction, progress=progress)
            integration = integrate(measured, construction, recipes, representations)
            progress("power of the integrated operator", 1, 3)
            power = self._chosen_power(integration, replace(integration.construction, progress=progress))
            progress("embedding", 2, 3)
            embed = embedding_of(self.embedding, self.power)
            coordinates = embed(integration.operator.operator, n_components, power, seed)
        self._keep(integration)
        self.names_ = named_samples(names_of(views), measured.samples.names)
        self._frames, self.seed_ = frames_of(views), seed
        self.power_ = power
        self.embedding_ = coordinates
        return self

    def _fit_on_cluster(self, views: dict[str, Any], batch: Any, batch_views: Any, client: Any) -> IntegratedDiffusion:
        check_supported(batch, batch_views, self.embedding, self.power)
        seed = seed_of(self.random_state)
        parameters = {**self.get_params(deep=False), "random_state": seed}
        with one_blas_thread(), progress_of(self.verbose) as progress:
            fitted = fit_on_cluster(parameters, views, client, progress)
        self._keep(fitted.integration, fitted.select)
        self.names_, self._frames = {}, frozenset()
        self.seed_, self.power_, self.embedding_ = seed, fitted.power, fitted.embedding
        return self

    def fit_transform(self, views: Any, y: Any = None, batch: Any = None, batch_views: Any = None) -> np.ndarray:
        """Build the integrated operator and return the embedding, shape `(n_samples, n_components)`; see `fit`."""
        batches = {} if batch is None and batch_views is None else {"batch": batch, "batch_views": batch_views}
        found = self.fit(views, y, **batches).embedding_
        return as_frame(found, self.integration_.samples.names, None) if wants_pandas(self) else found

    def _chosen_power(self, integration: Integration, construction: Construction) -> int:
        if self.power == "cross_validated":
            return cross_validated_power(integration.views, construction, integration.steps)
        if self.power is None and self.embedding == "diffusion_map":
            return 1
        power = "entropy" if self.power is None else self.power
        return choose_power(integration.operator.operator, power, construction.random_state)
