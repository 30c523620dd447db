"""`IntegratedDiffusion`: several views of the same samples to one operator, an embedding and denoised views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from integrated_diffusion.filters.multiscale import LocalDenoising
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.integration import Integration, integrate
from integrated_diffusion.integration.orders import Order
from integrated_diffusion.integration.steps import choose_power
from integrated_diffusion.io.writing import Tables, chosen_names, named_samples, names_of, write_columns
from integrated_diffusion.kernels import Kernel
from integrated_diffusion.model.batches import named_batches
from integrated_diffusion.model.denoising import (
    SelectedSmoothers,
    Smoothing,
    filled,
    smoothing_of,
    smoothing_of_values,
)
from integrated_diffusion.model.frames import as_frame, feature_columns, frames_of, wants_pandas
from integrated_diffusion.model.new_samples import NewValues, Reference, placed
from integrated_diffusion.model.parameters import (
    checked_construction,
    embedding_of,
    n_components_of,
    progress_of,
    seed_of,
)
from integrated_diffusion.model.published import PUBLISHED
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.deprecation import deprecated_attribute, warn_renamed
from integrated_diffusion.runtime.progress import Progress
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.selection import Selection
from integrated_diffusion.selection.power import cross_validated_power
from integrated_diffusion.selection.smoothers import CROSS_VALIDATED, NORMALISED, Smoother, requested_smoother
from integrated_diffusion.spectrum.entropy import EntropyCurve
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.containers import measured_views
from integrated_diffusion.views.missing import KEEP, rows_without_nan
from integrated_diffusion.views.recognition import recipes_of
from integrated_diffusion.views.representation import AUTO, representations_of
from integrated_diffusion.views.view_warnings import warn_of_constant_or_equal


class IntegratedDiffusion(TransformerMixin, BaseEstimator):  # type: ignore[misc]
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

    rounds_ = deprecated_attribute("rounds_", "n_repeats_")
    trust_ = deprecated_attribute("trust_", "view_weights_")

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

    def fit(self, views: Any, y: Any = None, batch: Any = None, batch_views: Any = None) -> IntegratedDiffusion:
        """Build the integrated operator and the embedding.

        Parameters
        ----------
        views : mapping, sequence or MuData
            At least two views of the same samples: a mapping from name to array (dense, sparse, data frame or AnnData),
            a list of arrays, or a MuData. Samples with names are matched by them, and the union is integrated; in
            arrays a row of NaN was not measured, nor was a row of zero counts. Give features, not principal components:
            to choose steps by prediction, half of a view's features predict the other half, which components by
            construction do not. With `order='given'` their order is that of the factors of `J`, and the embedding is
            smooth along the first (`docs/reproduction.md` shows how much that matters).
        y : object, default None
            Not used; there for scikit-learn.
        batch : array-like of shape (n_samples,), str or None, default None
            Batch of every sample (donor, run, laboratory), or a column of a MuData's `obs`. Neighbours are then sought
            in every batch, see `BatchBalancedSearch`, and held-out features are predicted within batches.
        batch_views : collection of str, mapping of str to bool or None, default None
            Views in which neighbours are balanced over the batches; all unless given.

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
        measured = measured_views(views, self.missing)
        warn_of_constant_or_equal(measured.views)
        recipes = recipes_of(self.recipes, measured)
        representations = representations_of(self.representation, measured, recipes)
        seed = seed_of(self.random_state)
        construction = checked_construction({**self.get_params(deep=False), "random_state": seed}, measured.samples)
        construction = replace(construction, batches=named_batches(views, batch, measured.samples, batch_views))
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

    def fit_transform(self, views: Any, y: Any = None, batch: Any = None, batch_views: Any = None) -> np.ndarray:
        """Build the integrated operator and return the embedding, shape `(n_samples, n_components)`; see `fit`."""
        batches = {} if batch is None and batch_views is None else {"batch": batch, "batch_views": batch_views}
        found = self.fit(views, y, **batches).embedding_
        return as_frame(found, self.integration_.samples.names, None) if wants_pandas(self) else found

    def denoise(
        self,
        view: Any,
        power: int | None = None,
        features: Sequence[Any] | None = None,
        out: Any = None,
        *,
        amount: float | str | None = None,
        scale: str = NORMALISED,
    ) -> Any:
        """Denoise a view: `(1 - a) X + a S X`, with the view's own smoother `S` and amount `a`.

        Where the steps were cross-validated, so are operator, diffusion time and amount of each view, by held-out
        counts or features (`denoising_`): `S` is a power of the view's own diffusion operator or of the integrated
        operator `J`. Otherwise, or with a power, it is `J^p X` (paper, eq. 4 and 7).

        Where samples of a view are missing, the measured ones are averaged, `J^p (w X) / J^p w` with `w` one where
        measured: the result has a row for every sample, imputed ones where `measured_` says so. Imputed values of a
        view are averaged `integration_.operator.imputation_repeats` times as often, if steps are cross-validated.

        Parameters
        ----------
        view : str or array of shape (n_samples, n_features)
            Name of a fitted view, or any values with a row for each sample, of NaN where it was not measured, to which
            `J^p` is applied. A view with a recipe is denoised on its normalised scale; all other values as they are.
        power : int or None, default None
            The power `p` of `J`; 1 unless given, or what prediction chose if the model was asked to.
        features : sequence of int or str, mask or None, default None
            Columns to denoise: by number, as a mask, or by name if the view was fitted with names; all unless given.
        out : str, Path or array-like, default None
            Where to write the result: a path that ends in `.h5ad` or `.zarr`, which becomes an AnnData with the result
            as `X`; or anything of its shape that takes `out[:, i:j] = block`: an array, a memory map, a data set of an
            open file. Made in memory unless given. A file appears whole; what a stopped call has finished lies beside
            it, and the same call goes on from there.
        amount : float, str or None, default None
            How much of the smoothed value is taken, from 0 (as measured) to 1 (smoothed alone), with `J^p`; or
            `'cross_validated'`. Unless given: cross-validated for named views of a model with cross-validated steps if
            no power is given, else 1.
        scale : str, default 'normalised'
            `'normalised'`, or `'counts'`: expected counts of each sample at its own depth. Not the logarithms but the
            shares of the sample's counts are smoothed, and its library size is put back.

        Returns
        -------
        Array of shape (n_samples, n_features), float32 for float32 values, float64 otherwise
            `out`, if it was given; a path as `pathlib.Path`, float32 in the file. A data frame, if the view was fitted
            as one, or is one.

        Raises
        ------
        TypeError
            If the array does not hold numbers, the features are not numbered, or the amount is no number.
        ValueError
            If there is no such view or feature, the array has another number of rows, `out` another shape, the amount
            is out of range or given twice, counts are asked for of values that are none, or the file cannot be written.
        """
        with progress_of(self.verbose) as progress:
            blocks = self._blocks(view, power, features, amount, scale, progress)
            if isinstance(out, str | Path):
                return write_columns(blocks, self._names(view, blocks), out)
            values = filled(blocks, out)
        framed = hasattr(view, "iloc") or (isinstance(view, str) and view in self._frames)
        if out is not None or not framed:
            return values
        known = self.names_[view] if isinstance(view, str) else names_of({"": view})[""]
        return as_frame(values, known.samples, np.asarray(known.features, dtype=object)[blocks.columns])

    def denoised_blocks(
        self,
        view: Any,
        power: int | None = None,
        features: Sequence[Any] | np.ndarray | None = None,
        *,
        amount: float | str | None = None,
        scale: str = NORMALISED,
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Denoise block by block, for results that do not fit into memory.

        Parameters
        ----------
        view : object
            As in `denoise`.
        power : int or None, default None
            As in `denoise`.
        features : sequence of int or str, numpy.ndarray or None, default None
            As in `denoise`.
        amount : float, str or None, default None
            As in `denoise`.
        scale : str, default 'normalised'
            As in `denoise`.

        Yields
        ------
        place : slice
            Columns of the result.
        block : numpy.ndarray of shape (n_samples, n_columns)
            Their denoised values.
        """
        with progress_of(self.verbose) as progress:
            yield from self._blocks(view, power, features, amount, scale, progress)

    def transform(self, views: Any) -> np.ndarray:
        """Return coordinates of new samples among those of the fit (Nyström).

        A new sample gets a row of each view's operator by its nearest training samples, the kernel's bandwidths and
        the density of the training samples. It takes its first step by these rows, in the views that measured it, and
        all further steps as the training samples do. `E = J^p B` gives the coordinates of the training samples, so the
        row times `B` gives its own.

        Training samples get their coordinates of the fit again, up to rounding. A new sample has no affinity to itself;
        with a share `k` of its row, as the samples of the fit have, its coordinates `c` would differ by
        `k |c - B(x)|`, `B(x)` the value of `B` at the sample: with 15 neighbours `k` is about 0.1.

        With batches, a new sample steps to its nearest training samples of whatever batch, by the bandwidths of the
        fit: an approximation, also for training samples.

        PHATE has nothing to extend. There a new sample is placed at the mean of the training samples' coordinates,
        weighted by its first step, and a training sample near its own.

        Parameters
        ----------
        views : mapping, sequence or MuData
            Any of the fitted views, as they were given to `fit`: values as measured, which the fitted recipes prepare.
            A list has `None` for a missing view. A row of NaN or of zeros was not measured by the view; every sample
            must be measured by one. Data frames are matched by the names of samples and features.

        Returns
        -------
        numpy.ndarray of shape (n_new, n_components)
            A data frame if `set_output` asks for one.

        Raises
        ------
        TypeError
            If a view does not hold numbers.
        ValueError
            If there is no such view, the features are not those of the fit, a sample was not measured by any view, or
            the kernel or the order is one that new samples have no rows of.
        """
        check_is_fitted(self)
        reference = self._reference()
        with one_blas_thread():
            samples = reference.read(views)
            rows = reference.rows(samples, self.power_)
            found = placed(rows, self.operator_**self.power_, self.embedding_, self.embedding)
        return as_frame(found, samples.names, None) if wants_pandas(self) else found

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names of the coordinates, `integrateddiffusion0`, `integrateddiffusion1`, ...; for `set_output`."""
        check_is_fitted(self)
        prefix = type(self).__name__.lower()
        return np.array([f"{prefix}{i}" for i in range(self.embedding_.shape[1])], dtype=object)

    def predict(
        self, views: Any, view: str, power: int | None = None, features: Sequence[Any] | None = None, out: Any = None
    ) -> Any:
        """Return values of new samples in any fitted view, measured in it or not: the rows of `J^p X` at new samples.

        Parameters
        ----------
        views : mapping, sequence or MuData
            New samples, as in `transform`.
        view : str
            The view to predict, on the scale on which `denoise` returns it.
        power : int or None, default None
            As in `denoise`.
        features : sequence of int, mask or None, default None
            As in `denoise`.
        out : array-like or None, default None
            Anything of the result's shape that takes `out[:, i:j] = block`; made in memory unless given.

        Returns
        -------
        array of shape (n_new, n_features), float32 for float32 values, float64 otherwise
            `out`, if it was given; a data frame, if the view was fitted as one.

        Raises
        ------
        TypeError, ValueError
            As `transform`, and if there is no such view or feature.
        """
        check_is_fitted(self)
        check_known([view], tuple(self.integration_.views), "view")
        reference = self._reference()
        samples = reference.read(views)
        power = self._power_of_denoising(power, None)
        power = 1 if power is None else power
        with one_blas_thread():
            X = self.integration_.denoisable(view)
            columns = feature_columns(features, X.shape[1], self.names_.get(view), view)
            rows, seen = reference.rows(samples, power), self.integration_.samples.measured[view]
            values = filled(NewValues(self.operator_**power, rows.extended, X, columns, seen), out)
        if out is not None or view not in self._frames:
            return values
        return as_frame(values, samples.names, np.asarray(self.names_[view].features, dtype=object)[columns])

    def _reference(self) -> Reference:
        """The training samples, to which new ones are compared."""
        if "_kept_reference" not in self.__dict__:
            features = {name: tuple(map(str, known.features)) for name, known in self.names_.items()}
            self._kept_reference = Reference.of(self.integration_, features)
        return self._kept_reference

    @property
    def joint_(self) -> IntegratedOperator:
        """Old name of `integration_.operator`."""
        warn_renamed("IntegratedDiffusion", "joint_", "integration_.operator")
        return self.integration_.operator

    @property
    def entropy_(self) -> dict[str, EntropyCurve]:
        """Each view's spectral entropy, in nats."""
        with one_blas_thread():
            return dict(self.integration_.entropy)

    def _keep(self, integration: Integration) -> None:
        """Keep what was built, and its parts under the names of the contract."""
        steps, joined = integration.steps, integration.operator
        self.__dict__.pop("_kept_reference", None)
        self.integration_ = integration
        self.batches_ = integration.construction.batches
        self.views_ = {name: view.raw for name, view in integration.views.items()}
        self.recipes_ = integration.recipes
        self.representation_ = integration.representations
        self.measured_ = dict(integration.samples.measured)
        self.operators_ = dict(joined.operators)
        self.steps_ = dict(steps.steps)
        self.n_repeats_ = joined.n_repeats
        self.selection_ = steps if isinstance(steps, Selection) else None
        self.view_weights_ = None if steps.view_weights is None else dict(steps.view_weights)
        self.operator_ = joined.operator
        self.denoising_ = SelectedSmoothers(integration)

    def _chosen_power(self, integration: Integration, construction: Construction) -> int:
        if self.power == "cross_validated":
            return cross_validated_power(integration.views, construction, integration.steps)
        if self.power is None and self.embedding == "diffusion_map":
            return 1
        power = "entropy" if self.power is None else self.power
        return choose_power(integration.operator.operator, power, construction.random_state)

    def _blocks(
        self,
        view: Any,
        power: int | None,
        features: Sequence[Any] | np.ndarray | None,
        amount: float | str | None,
        scale: str,
        progress: Progress,
    ) -> BlockedProduct:
        smoothing = self._smoothing(view, power, amount, scale)
        known = self.names_ if isinstance(view, str) else names_of({"to denoise": view})
        name = view if isinstance(view, str) else "to denoise"
        columns = feature_columns(features, smoothing.values.shape[1], known.get(name), name)
        return BlockedProduct(smoothing.operator, smoothing.values, columns, progress)

    def smoother(
        self, view: str, power: int | None = None, amount: float | str | None = None, scale: str = NORMALISED
    ) -> Smoother:
        """Return the smoother by which `denoise` denoises a fitted view.

        Parameters
        ----------
        view : str
            Name of the view.
        power : int or None, default None
            As in `denoise`.
        amount : float, str or None, default None
            As in `denoise`.
        scale : str, default 'normalised'
            As in `denoise`.
        """
        check_is_fitted(self)
        check_known([view], tuple(self.integration_.views), "view")
        selects = self.selection_ is not None and self.power != CROSS_VALIDATED
        power = self._power_of_denoising(power, amount)
        return requested_smoother(power, amount, scale, lambda: self.denoising_[view], selects)

    def _smoothing(self, view: Any, power: int | None, amount: float | str | None, scale: str) -> Smoothing:
        check_is_fitted(self)
        if isinstance(view, str):
            return smoothing_of(self.integration_, view, self.smoother(view, power, amount, scale), scale)
        X, there = rows_without_nan(view, "to denoise")
        self.integration_.samples.check_size(X.shape[0] if there is None else len(there), "to denoise")
        smoother = requested_smoother(self._power_of_denoising(power, amount), amount, scale, _not_a_view, False)
        return smoothing_of_values(self.integration_, X, there, smoother, scale)

    def _power_of_denoising(self, power: int | None, amount: float | str | None) -> int | None:
        """The given power of `J`, or that which prediction chose if the model was asked for one."""
        selected = power is None and not isinstance(amount, str) and self.power == CROSS_VALIDATED
        return self.power_ if selected else power

    def _names(self, view: Any, blocks: BlockedProduct) -> Tables:
        """Names of samples and features, as the values came with them."""
        name = view if isinstance(view, str) else ""
        return chosen_names({**self.names_, **names_of({name: view})}, name, blocks.shape[0], blocks.columns)


def _not_a_view() -> NoReturn:
    raise ValueError(
        "amount='cross_validated': expected the name of a fitted view, found values; give a number from 0 to 1, or "
        "leave the amount out"
    )
