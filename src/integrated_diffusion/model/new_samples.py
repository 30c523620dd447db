"""New samples of a fitted model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from integrated_diffusion.model.fitted import Fitted
from integrated_diffusion.model.frames import as_frame, feature_columns, wants_pandas
from integrated_diffusion.model.reference import NewValues, Reference, placed
from integrated_diffusion.model.smoothing import filled
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.views.checks import check_known


class NewSampleMapping(Fitted, TransformerMixin):  # type: ignore[misc]
    """The part of a model that places new samples, and predicts their values."""

    def transform(self, views: Any) -> np.ndarray:
        """Return coordinates of new samples among those of the fit (Nyström).

        A new sample gets a row of each view's operator by its nearest training samples, the kernel's bandwidths and
        the density of the training samples. It takes its first step by these rows, in the views that measured it, and
        all further steps as the training samples do. `E = J^p B` gives the coordinates of the training samples, so the
        row times `B` gives its own.

        Training samples get their coordinates of the fit again, up to rounding; of many with equal values, whose
        neighbours are some of these, nearly so. Components whose singular value is below 1e-6 are zero. A new sample
        has no affinity to itself; with a share `k` of its row, as the samples of the fit have, its coordinates `c`
        would differ by `k |c - B(x)|`, `B(x)` the value of `B` at the sample: with 15 neighbours `k` is about 0.1.

        With batches, a new sample steps to its nearest training samples of whatever batch, by the bandwidths of the
        fit: an approximation, also for training samples.

        PHATE has nothing to extend. There a new sample is placed at the mean of the training samples' coordinates,
        weighted by its first step, and a training sample near its own.

        Parameters
        ----------
        views : mapping, sequence or MuData
            Any of the fitted views, as they were given to `fit`: values as measured, which the fitted recipes prepare.
            A list has `None` for a missing view. A row of NaN was not measured by the view, nor was a row of zero
            counts; every sample must be measured by one. Data frames are matched by the names of samples and features.

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
        self._check_in_memory("transform")
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
        self._check_in_memory("predict")
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
