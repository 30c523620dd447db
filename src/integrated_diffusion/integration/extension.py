"""The integrated operator at new samples (Nyström): their rows in each view's operator, and `J` made of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import BY_NONE, IN_USE, NOT_IN_USE, mixture_weight, random_order
from integrated_diffusion.kernels.fitted import CrossAffinities, FittedKernel, add_cross_affinities, cross_affinities
from integrated_diffusion.neighbors import KNeighbors
from integrated_diffusion.neighbors.index import NeighborIndex, neighbor_index
from integrated_diffusion.operators import Diagonal, DiffusionOperator, Operator
from integrated_diffusion.operators.algebra import Power, Product, WeightedSum
from integrated_diffusion.operators.extension import ExtendedOperator
from integrated_diffusion.views.validation import View

BLOCK = 8_192
"""New samples whose neighbours are found at once."""


@dataclass(frozen=True, eq=False)
class ViewExtension:
    """One view's diffusion operator, and the points by whose neighbours new samples get rows of it.

    Parameters
    ----------
    name : str
        Name of the view.
    operator : DiffusionOperator
        The view's operator on all training samples.
    points : array of shape (n_measured, n_coordinates)
        Coordinates of the training samples that the view measured.
    measured : numpy.ndarray of int, shape (n_measured,)
        Which training samples these are.
    search : KNeighbors or None, default None
        How neighbours were found.
    n_jobs : int or None, default None
        Number of threads.
    kernel : FittedKernel or None, default None
        The fitted kernel; that of the operator's affinities unless given.

    Raises
    ------
    ValueError
        If the operator's kernel cannot be extended to new samples.
    """

    name: str
    operator: DiffusionOperator
    points: View = field(repr=False)
    measured: np.ndarray = field(repr=False)
    search: KNeighbors | None = None
    n_jobs: int | None = None
    kernel: FittedKernel | None = None

    @property
    def fitted(self) -> FittedKernel:
        """The fitted kernel, of the measured training samples."""
        found = self.kernel or self.operator.affinities.fitted
        if found is None:
            raise ValueError(
                f"view '{self.name}': expected a kernel that gives new samples affinities, found one without its "
                "bandwidths; fit with AlphaDecayKernel or GaussianKernel"
            )
        return found

    @cached_property
    def index(self) -> NeighborIndex:
        """Index of the points, one neighbour more than the kernel looks at."""
        n_neighbors = min(self.fitted.n_candidates + 1, self.points.shape[0])
        return neighbor_index(self.points, n_neighbors, self.search, n_jobs=self.n_jobs)

    @cached_property
    def density(self) -> np.ndarray:
        """What the kernel of the fit is divided by, `(n_samples,)`."""
        return self.operator.affinities.density()

    def affinities(self, X: View) -> CrossAffinities:
        """Return the affinities of new samples to all training samples, by their coordinates, in blocks."""
        every = np.arange(X.shape[0])
        parts = [self._block(X[every[start : start + BLOCK]]) for start in range(0, X.shape[0], BLOCK)]
        return CrossAffinities(
            _stacked([part.forward for part in parts]),
            _stacked([part.backward for part in parts]),
            _stacked([part.same for part in parts]),
            np.concatenate([part.nearest for part in parts]),
            np.concatenate([part.distance for part in parts]),
        )

    def rows(self, found: CrossAffinities) -> sp.csr_array:
        """Return the rows of the operator at new samples, `(n_new, n_samples)`."""
        affinities = self.operator.affinities
        return found.rows(affinities.symmetrisation, self.density, affinities.own)

    def _block(self, X: View) -> CrossAffinities:
        directed = self.operator.affinities.directed
        n_samples, inside = directed.shape[0], self.measured
        if len(inside) < n_samples:
            directed = sp.csr_array(directed[inside][:, inside])
        found = cross_affinities(
            self._fitted_inside, directed, self.index.query(X, self.n_jobs), self.points, X, self.n_jobs
        )
        if len(inside) == n_samples:
            return found
        forward, backward, same = (
            sp.csr_array((A.data, inside[A.indices], A.indptr), shape=(A.shape[0], n_samples))
            for A in (found.forward, found.backward, found.same)
        )
        return CrossAffinities(forward, backward, same, inside[found.nearest], found.distance)

    @cached_property
    def _fitted_inside(self) -> FittedKernel:
        n_fitted = len(self.fitted.bandwidth)
        return self.fitted if n_fitted == len(self.measured) else self.fitted.permuted(self.measured)

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes without what can be computed again."""
        return {name: value for name, value in self.__dict__.items() if name in self.__dataclass_fields__}


@dataclass(frozen=True, eq=False)
class NewRows:
    """Rows of each view's operator at new samples, and of what the views make together.

    Attributes
    ----------
    by_view : mapping of str to scipy.sparse.csr_array of shape (n_new, n_samples)
        Row-stochastic; empty rows where a new sample was not measured.
    first_step : scipy.sparse.csr_array of shape (n_new, n_samples)
        One step in a view sampled at random among those that measured the sample, in proportion to their steps.
    distances : mapping of str to numpy.ndarray of shape (n_new,)
        Distance to the training samples by view, see `CrossAffinities.distance`; NaN where not measured.
    extended : ExtendedOperator
        `J` at the new samples.
    unused : numpy.ndarray of bool, shape (n_new,)
        Samples that were measured only in views in which `J` takes no steps. They step once in these views.
    """

    by_view: Mapping[str, sp.csr_array]
    first_step: sp.csr_array
    distances: Mapping[str, np.ndarray]
    extended: ExtendedOperator
    unused: np.ndarray


def new_rows(
    integrated: IntegratedOperator,
    views: Mapping[str, ViewExtension],
    coordinates: Mapping[str, View],
    measured: Mapping[str, np.ndarray],
    power: int = 1,
) -> NewRows:
    """Return the rows of an integrated operator at new samples.

    Parameters
    ----------
    integrated : IntegratedOperator
        `J` on the training samples.
    views : mapping of str to ViewExtension
        By view, what gives new samples rows of its operator.
    coordinates : mapping of str to array of shape (n_measured, n_coordinates)
        Coordinates of the new samples in the views that measured them.
    measured : mapping of str to numpy.ndarray of bool, shape (n_new,)
        Which new samples these are; of at least one view each.
    power : int, default 1
        Power of `J`.
    """
    found = {name: views[name].affinities(X) for name, X in coordinates.items() if X.shape[0]}
    n_new, n_samples = len(next(iter(measured.values()))), integrated.operator.n_samples
    whole = {name: _spread(view, np.flatnonzero(measured[name]), n_new) for name, view in found.items()}
    empty = sp.csr_array((n_new, n_samples))
    rows = {
        name: _among(views[name].rows(found[name]), np.flatnonzero(measured[name]), n_new) if name in found else empty
        for name in integrated.operators
    }
    steps = {name: integrated.steps[name] for name in integrated.operators}
    used = np.any([measured[name] & (steps[name] > 0) for name in measured], axis=0)
    fallback = {name: ~used & measured[name] for name in measured}
    weights = _new_weights(integrated, rows, whole)
    mixed = _new_shares(integrated, measured, used)
    shares = {name: np.where(used, steps[name] * weights.get(name, 1.0), 1.0) * mask for name, mask in measured.items()}
    operator = integrated.operator**power
    by_leaf = {id(integrated.operators[name]): R for name, R in rows.items()}
    diagonals = _diagonals(integrated, weights, mixed)
    joint = _joint_leaf(integrated)
    if joint is not None:
        combined = _combined_rows(integrated, joint, whole, shares, used)
        by_leaf[id(joint)] = combined
    one_step = _mixture(rows, shares) if joint is None else by_leaf[id(joint)]
    lone = _mixture(rows, {name: mask.astype(float) for name, mask in fallback.items()})
    if (~used).any():
        one_step = sp.csr_array(_only(one_step, used) + lone)
        by_leaf = {key: sp.csr_array(_only(R, used) + lone) for key, R in by_leaf.items()}
    distances = {name: np.full(n_new, np.nan) for name in integrated.operators}
    for name, view in found.items():
        distances[name][measured[name]] = view.distance
    return NewRows(rows, one_step, distances, ExtendedOperator(operator, by_leaf, diagonals), ~used)


def _joint_leaf(integrated: IntegratedOperator) -> DiffusionOperator | None:
    """The one diffusion operator that weighted views were added to, if they were."""
    if integrated.order is not random_order:
        return None
    known = {id(P) for P in integrated.operators.values()}
    leaves = (factor for factor in _factors(integrated.operator) if isinstance(factor, DiffusionOperator))
    return next((leaf for leaf in leaves if id(leaf) not in known), None)


def _combined_rows(
    integrated: IntegratedOperator,
    joint: DiffusionOperator,
    found: Mapping[str, CrossAffinities],
    shares: Mapping[str, np.ndarray],
    used: np.ndarray,
) -> sp.csr_array:
    """Rows of the operator of added affinities: new samples are added to it as the training samples were."""
    total = sum(integrated.steps.values())
    names = [name for name in found if integrated.steps[name] > 0]
    if not names:
        return sp.csr_array((len(used), joint.n_samples))
    training = integrated.view_weights or {}
    ones = np.ones(joint.n_samples)
    weights = [
        (shares[name] * used / total, training.get(name, ones) * integrated.steps[name] / total) for name in names
    ]
    added = add_cross_affinities([found[name] for name in names], weights)
    affinities = joint.affinities
    return _only(added.rows(affinities.symmetrisation, affinities.density(), affinities.own), used)


def _new_weights(
    integrated: IntegratedOperator, rows: Mapping[str, sp.csr_array], found: Mapping[str, CrossAffinities]
) -> dict[str, np.ndarray]:
    """View weights of new samples: the mean of those of the training samples that they step to in the view.

    What a new sample's own features say of its neighbours would need the halves of the features by which the weights
    were found. A training sample has its own weight.
    """
    weights = {}
    for name, w in (integrated.view_weights or {}).items():
        if name in rows:
            stepped = np.asarray(rows[name] @ w)
            is_same = np.diff(found[name].same.indptr) > 0 if name in found else np.zeros(len(stepped), dtype=bool)
            weights[name] = np.where(is_same, found[name].same @ w, stepped) if is_same.any() else stepped
    return weights


def _new_shares(
    integrated: IntegratedOperator, measured: Mapping[str, np.ndarray], used: np.ndarray
) -> dict[str, np.ndarray]:
    """Share of each view in a mixture at new samples: over the views with steps that have measured the sample.

    A sample that none of these has measured takes all its rows from other views, so that any shares will do.
    """
    names = [name for name, t in integrated.steps.items() if t > 0]
    shares = {name: integrated.steps[name] * np.where(used, measured.get(name, False), True) for name in names}
    total = np.sum(list(shares.values()), axis=0)
    return {name: share / total for name, share in shares.items()}


def _diagonals(
    integrated: IntegratedOperator, weights: Mapping[str, np.ndarray], shares: Mapping[str, np.ndarray]
) -> dict[int, np.ndarray]:
    """Weights of new samples by the diagonal factors of the integrated operator.

    These are `w` and `1 - w` of each view, and what a mixture of views that lack samples has: a share of each view, and
    the parts of samples that no view with steps has measured, where no new sample is.
    """
    factors = [factor for factor in _factors(integrated.operator) if isinstance(factor, Diagonal)]
    if not factors:
        return {}
    n_new = len(next(iter(shares.values())))
    known = {f"w({name})": w for name, w in weights.items()}
    known |= {f"(1 - w({name}))": 1 - w for name, w in weights.items()}
    known |= {IN_USE: np.ones(n_new), NOT_IN_USE: np.zeros(n_new), BY_NONE: np.zeros(n_new)}
    known |= {mixture_weight(name): share for name, share in shares.items()}
    unused = {mixture_weight(name): np.zeros(n_new) for name, t in integrated.steps.items() if t == 0}
    return {id(factor): (known | unused)[factor.name] for factor in factors}


def _factors(operator: Operator) -> list[Operator]:
    if isinstance(operator, Power):
        return _factors(operator.base)
    if isinstance(operator, Product):
        return [inner for factor in operator.factors for inner in _factors(factor)]
    if isinstance(operator, WeightedSum):
        return [inner for _, term in operator.terms for inner in _factors(term)]
    return [operator]


def _mixture(rows: Mapping[str, sp.csr_array], shares: Mapping[str, np.ndarray]) -> sp.csr_array:
    total = np.sum(list(shares.values()), axis=0)
    parts = [
        sp.diags_array(np.divide(share, total, out=np.zeros_like(total), where=total > 0), format="csr") @ rows[name]
        for name, share in shares.items()
    ]
    return sp.csr_array(sum(parts[1:], parts[0]))


def _only(rows: sp.csr_array, mask: np.ndarray) -> sp.csr_array:
    kept = sp.csr_array(sp.diags_array(mask.astype(np.float64), format="csr") @ rows)
    kept.eliminate_zeros()
    return kept


def _spread(found: CrossAffinities, at: np.ndarray, n_new: int) -> CrossAffinities:
    """The same affinities among more new samples, with empty rows for the others."""
    nearest, distance = np.zeros(n_new, dtype=np.intp), np.full(n_new, np.nan)
    nearest[at], distance[at] = found.nearest, found.distance
    forward, backward, same = (_among(A, at, n_new) for A in (found.forward, found.backward, found.same))
    return CrossAffinities(forward, backward, same, nearest, distance)


def _among(rows: sp.csr_array, at: np.ndarray, n_new: int) -> sp.csr_array:
    if rows.shape[0] == n_new:
        return rows
    sizes = np.zeros(n_new, dtype=rows.indptr.dtype)
    sizes[at] = np.diff(rows.indptr)
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    return sp.csr_array((rows.data, rows.indices, indptr), shape=(n_new, rows.shape[1]))


def _stacked(parts: list[sp.csr_array]) -> sp.csr_array:
    return sp.csr_array(sp.vstack(parts, format="csr"))
