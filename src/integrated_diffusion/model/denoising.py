"""Denoising with a fitted model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from sklearn.utils.validation import check_is_fitted

from integrated_diffusion.io.writing import Tables, chosen_names, names_of, write_columns
from integrated_diffusion.model.fitted import Fitted
from integrated_diffusion.model.frames import as_frame, feature_columns
from integrated_diffusion.model.parameters import progress_of
from integrated_diffusion.model.smoothing import (
    Smoothing,
    filled,
    recipe_name_of,
    smoothing_of,
    smoothing_of_values,
)
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.runtime.progress import Progress
from integrated_diffusion.selection.smoothers import (
    COUNTS,
    CROSS_VALIDATED,
    NORMALISED,
    Smoother,
    requested_smoother,
)
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.missing import rows_without_nan
from integrated_diffusion.views.named import names_of_samples
from integrated_diffusion.views.names import match_rows

if TYPE_CHECKING:
    from integrated_diffusion.cluster.denoising import ClusterProduct


class Denoising(Fitted):
    """The part of a model that denoises the views of its fit."""

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
            `J^p` is applied. Rows with names are put into the order of the fit, if that had names, too. A view with a
            recipe is denoised on its normalised scale; all other values as they are.
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
        check_is_fitted(self)
        view = self._in_order(view)
        with progress_of(self.verbose) as progress:
            if self._is_on_cluster:
                _check_no_output(out)
                return self._blocks_on_cluster(view, power, features, amount, scale).joined()
            blocks = self._blocks(view, power, features, amount, scale, progress)
            if isinstance(out, str | Path):
                return write_columns(blocks, self._names(view, blocks), out)
            values = filled(blocks, out)
        framed = hasattr(view, "iloc") or (isinstance(view, str) and view in self._frames)
        if out is not None or not framed:
            return values
        known = self.names_[view] if isinstance(view, str) else names_of({"": view})[""]
        return as_frame(values, known.samples, np.asarray(known.features, dtype=object)[blocks.columns])

    def _blocks_on_cluster(
        self, view: Any, power: int | None, features: Any, amount: float | str | None, scale: str
    ) -> ClusterProduct:
        """The same for a fit of dask arrays: blocks of columns that are dask arrays."""
        from integrated_diffusion.cluster.denoising import ClusterProduct

        if isinstance(view, str):
            operator = self.smoother(view, power, amount, scale).of(view, self.integration_.operator)
            prepared, name = self.integration_.views[view], view
            recipe, values = recipe_name_of(prepared), prepared.raw if scale == COUNTS else prepared.values
        else:
            smoother = requested_smoother(self._power_of_denoising(power, amount), amount, scale, _not_a_view, False)
            operator, values, recipe, name = smoother.mixed(self.operator_**smoother.t), view, "none", "to denoise"
        columns = feature_columns(features, values.shape[1], None, name)
        if scale == COUNTS:
            return ClusterProduct.of_counts(operator, values, columns, recipe, name)
        return ClusterProduct(operator, values, columns)

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
            Their denoised values; a dask array after a fit of dask arrays, which holds the cluster's memory as long as
            it is kept.
        """
        check_is_fitted(self)
        view = self._in_order(view)
        if self._is_on_cluster:
            yield from self._blocks_on_cluster(view, power, features, amount, scale)
            return
        with progress_of(self.verbose) as progress:
            yield from self._blocks(view, power, features, amount, scale, progress)

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

    def _in_order(self, view: Any) -> Any:
        """Values with names of samples, in the order of the fit if that had names, too; all else as it is."""
        named = None if isinstance(view, str) or self._is_on_cluster else names_of_samples(view)
        known = None if named is None else self.integration_.samples.names
        if named is None or known is None or named == list(map(str, range(len(named)))):
            return view
        rows = match_rows(known, named, "the fit", "the values to denoise")
        return view if rows is None else view.iloc[rows] if hasattr(view, "iloc") else view[rows]

    def _smoothing(self, view: Any, power: int | None, amount: float | str | None, scale: str) -> Smoothing:
        check_is_fitted(self)
        if isinstance(view, str):
            return smoothing_of(self.integration_, view, self.smoother(view, power, amount, scale), scale)
        X, there = rows_without_nan(view, "to denoise")
        self.integration_.samples.check_size(X.shape[0] if there is None else len(there), "to denoise")
        smoother = requested_smoother(self._power_of_denoising(power, amount), amount, scale, _not_a_view, False)
        return smoothing_of_values(self.integration_, X, there, smoother, scale)

    def _names(self, view: Any, blocks: BlockedProduct) -> Tables:
        """Names of samples and features, as the values came with them."""
        name = view if isinstance(view, str) else ""
        return chosen_names({**self.names_, **names_of({name: view})}, name, blocks.shape[0], blocks.columns)


def _check_no_output(out: Any) -> None:
    if out is not None:
        raise ValueError(
            f"out: expected none for a fit of dask arrays, found {out!r}; take the dask array that is returned, which "
            "has to_zarr and others, or write the blocks of denoised_blocks() one after the other"
        )


def _not_a_view() -> NoReturn:
    raise ValueError(
        "amount='cross_validated': expected the name of a fitted view, found values; give a number from 0 to 1, or "
        "leave the amount out"
    )
