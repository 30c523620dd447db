"""New samples of a fitted model: their coordinates, and their values in any view.

The coordinates of the training samples are `E = U w(S)` with `M = J^p = U S V^T`. A new sample has a row `m` of `M`,
and `m V w(S) / S` extends them (Nyström): at a training sample, whose row is that of `M`, this is its row of `E`. As
`V w(S) / S = M^T E / S^2` and `S_c = |M^T E_c| / |E_c|`, the fitted coordinates and `J` are all that is needed.

A row of a new sample lacks its affinity to itself, a share `k` of the row that it would have in a fit. With
`B = V w(S) / S`, its coordinates `c` differ from those that this row would give by `k |c - B(x)|`, where `B(x)` is the
value of `B` at the sample itself. A training sample is recognised as the same, and has its self-affinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.extension import NewRows, new_rows
from integrated_diffusion.integration.imputation import LONGEST
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.integration import Integration
from integrated_diffusion.integration.view_extension import ViewExtension
from integrated_diffusion.neighbors.index import neighbor_index
from integrated_diffusion.operators import Operator
from integrated_diffusion.operators.algebra import Identity
from integrated_diffusion.operators.blockwise import BlockedProduct
from integrated_diffusion.operators.extension import ExtendedOperator
from integrated_diffusion.views.new_samples import NewSamples, new_samples, warn_unused
from integrated_diffusion.views.recipe import FittedRecipe
from integrated_diffusion.views.validation import View

_SMALLEST = 1e-6
"""Singular value below which a component has no coordinates at new samples; that of a constant is about one."""


@dataclass(frozen=True, eq=False)
class Reference:
    """What new samples are compared with: the training samples of a fit, in memory or out of a file.

    Attributes
    ----------
    integrated : IntegratedOperator
        `J` on the training samples.
    views : mapping of str to ViewExtension
        By view, what gives new samples rows of its operator.
    recipes : mapping of str to (FittedRecipe or None)
        By view, what makes coordinates of measured values; `None` where coordinates were given.
    features : mapping of str to sequence of str
        Names of features, for the views that came with names.
    undenoised : mapping of str to array of shape (n_samples, n_coordinates), default none
        By view, the coordinates before local denoising, where it was asked for.
    """

    integrated: IntegratedOperator
    views: Mapping[str, ViewExtension]
    recipes: Mapping[str, FittedRecipe | None]
    features: Mapping[str, Sequence[str]]
    undenoised: Mapping[str, View] = field(default_factory=dict)

    @classmethod
    def of(cls, integration: Integration, features: Mapping[str, Sequence[str]]) -> Reference:
        """Return the reference of a fit."""
        settings, joined = integration.construction, integration.operator
        measured = {name: np.flatnonzero(integration.samples.measured[name]) for name in integration.views}
        coordinates = {name: _inside(X, measured[name]) for name, X in integration.coordinates.items()}
        views = {
            name: ViewExtension(name, joined.operators[name], X, measured[name], settings.search, settings.n_jobs)
            for name, X in coordinates.items()
        }
        before = {name: _inside(view.representation, measured[name]) for name, view in integration.views.items()}
        return cls(
            joined,
            views,
            {name: view.fitted for name, view in integration.views.items()},
            features,
            {} if settings.local_denoising is None else before,
        )

    def read(self, views: Any) -> NewSamples:
        """Read new samples, see `views.new_samples.new_samples`."""
        return new_samples(views, tuple(self.views), self.features)

    def rows(self, samples: NewSamples, power: int = 1) -> NewRows:
        """Return the rows of `J^power` at new samples.

        Raises
        ------
        ValueError
            If the features are others, or the kernel cannot be extended.
        """
        coordinates = {name: self._coordinates(name, X) for name, X in samples.values.items()}
        found = new_rows(self.integrated, self.views, coordinates, samples.measured, power)
        warn_unused(found.unused, [name for name, t in self.integrated.steps.items() if t == 0])
        return found

    def _coordinates(self, name: str, X: View) -> View:
        points, recipe = self.views[name].points, self.recipes[name]
        if recipe is not None:
            found = recipe.transform(X)
        elif X.shape[1] == points.shape[1]:
            found = X
        else:
            raise ValueError(
                f"view '{name}' of new samples: expected the {points.shape[1]} coordinates that neighbours were sought "
                f"in, found {X.shape[1]} columns; compute them as those of the fit"
            )
        if name in self.undenoised:
            return _displaced(np.asarray(found), np.asarray(self.undenoised[name]), np.asarray(points))
        return found


def right_coordinates(operator: Operator, coordinates: np.ndarray) -> np.ndarray:
    """Return `B = V w(S) / S`, by which rows of an operator `U S V^T` become coordinates, `U w(S)`.

    Parameters
    ----------
    operator : Operator
        `J^p`.
    coordinates : numpy.ndarray of shape (n_samples, n_components)
        `U w(S)`, each column a left singular vector times any number.

    Returns
    -------
    numpy.ndarray of shape (n_samples, n_components)
        Zero for a component whose singular value is below 1e-6: dividing by it would amplify rounding errors, and its
        coordinates are as small.
    """
    image = np.asarray(operator.T @ coordinates)
    own, values = np.linalg.norm(coordinates, axis=0), np.linalg.norm(image, axis=0)
    is_lost = values <= _SMALLEST * own
    return np.asarray(image * np.divide(own, values, out=np.zeros_like(own), where=~is_lost) ** 2)


@dataclass(frozen=True, eq=False)
class NewValues:
    """`J^p X` at new samples, computed block by block of columns while it is iterated over.

    Where a view did not measure every training sample, it is `J^p (w X) / J^p w` with `w` zero there, as in `imputing`:
    by `J^2p`, `J^4p`, ... where `J^p` reaches no measured sample, and the mean of the measured ones where none does.
    """

    operator: Operator
    extended: ExtendedOperator
    values: View
    columns: np.ndarray
    seen: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_new, n_columns)`."""
        return len(self.extended.stays), len(self.columns)

    @property
    def dtype(self) -> np.dtype:
        """Precision of the result."""
        return self.values.dtype

    def __iter__(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield columns of the result and their values."""
        for place, block in BlockedProduct(Identity(self.operator.n_samples), self.values, self.columns):
            if self.seen.all():
                yield place, self.extended @ block
            else:
                yield place, self._imputed(np.where(self.seen[:, None], block, 0).astype(block.dtype))

    def _imputed(self, block: np.ndarray) -> np.ndarray:
        """Return the values of new samples by a block that is zero where the view did not measure."""
        found = np.empty((self.shape[0], block.shape[1]), block.dtype)
        found[:] = block.sum(axis=0) / self.seen.sum()
        for extended, share in self._walks:
            here = share > 0
            found[here] = (extended @ block)[here] / share[here, None]
        return found

    @cached_property
    def _walks(self) -> list[tuple[ExtendedOperator, np.ndarray]]:
        """Walks of `p`, `2p`, `4p`, ... steps, and the share that ends where measured, zero after shorter ones."""
        walks, left, times = [], np.ones(self.shape[0], dtype=bool), 1
        while left.any() and times <= LONGEST:
            extended = replace(self.extended, operator=self.extended.operator**times)
            reached = (extended @ self.seen.astype(np.float64)[:, None])[:, 0]
            here = left & (reached > 0)
            walks.append((extended, np.where(here, reached, 0.0)))
            left, times = left & ~here, 2 * times
        return walks


def placed(rows: NewRows, operator: Operator, coordinates: np.ndarray, embedding: str) -> np.ndarray:
    """Return coordinates of new samples, `(n_new, n_components)`.

    Parameters
    ----------
    rows : NewRows
        Their rows of `operator`.
    operator : Operator
        `J^p` of the embedding.
    coordinates : numpy.ndarray of shape (n_samples, n_components)
        Those of the training samples.
    embedding : {"diffusion_map", "phate"}
        PHATE has no vectors to extend: a new sample is placed at the mean of the training samples that its first step
        leads to.
    """
    if embedding == "phate":
        return np.asarray(rows.first_step @ coordinates)
    return rows.extended @ right_coordinates(operator, coordinates)


def _displaced(X: np.ndarray, before: np.ndarray, after: np.ndarray, n_neighbors: int = 15) -> np.ndarray:
    """Move new samples as local denoising moved the training samples about them, a training sample as it was moved."""
    n_neighbors = min(n_neighbors, len(before))
    found = neighbor_index(before, n_neighbors).query(X)
    scale = np.maximum(found.distances[:, -1:], np.finfo(np.float64).tiny)
    weights = np.exp(-((found.distances / scale) ** 2))
    same = found.distances[:, 0] <= 1e-3 * scale[:, 0]
    weights[same, 1:] = 0
    weights /= weights.sum(axis=1, keepdims=True)
    moved = sp.csr_array(
        (weights.ravel(), found.indices.ravel(), np.arange(0, weights.size + 1, n_neighbors)),
        shape=(len(X), len(before)),
    )
    return np.asarray(X + moved @ (after - before))


def _inside(X: View, measured: np.ndarray) -> View:
    return X if len(measured) == X.shape[0] else X[measured]
