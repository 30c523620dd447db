"""The integrated operator at new samples (Nyström): `J` made of the rows of each view's operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import random_order
from integrated_diffusion.integration.view_diagonals import Group, NewWeights, ViewDiagonal
from integrated_diffusion.integration.view_extension import ViewExtension
from integrated_diffusion.kernels.fitted import CrossAffinities, add_cross_affinities
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.operators.algebra import Power, Product, WeightedSum
from integrated_diffusion.operators.extension import ExtendedOperator
from integrated_diffusion.views.validation import View


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
    shares = {name: np.where(used, steps[name] * weights.get(name, 1.0), 1.0) * mask for name, mask in measured.items()}
    operator = integrated.operator**power
    by_leaf = {id(integrated.operators[name]): R for name, R in rows.items()}
    new = NewWeights(n_new, weights, _new_shares(integrated, measured, used), used)
    factors = _factors(integrated.operator)
    diagonals = {id(D): D.at_new(new) for D in factors if isinstance(D, ViewDiagonal)}
    joint = _joint_leaf(integrated)
    if joint is not None:
        combined = _combined_rows(integrated, joint, whole, shares, used)
        by_leaf[id(joint)] = combined
    one_step = _mixture(rows, shares) if joint is None else by_leaf[id(joint)]
    lone = _mixture(rows, {name: mask.astype(float) for name, mask in fallback.items()})
    if (~used).any():
        one_step = sp.csr_array(_only(one_step, used) + lone)
    if (~used).any() and not any(isinstance(D, Group) for D in factors):  # else J leads such samples by itself
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
    return _only(added.rows(affinities.symmetrisation, affinities.density(joint.n_jobs), affinities.own), used)


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
    """Share of each view in a mixture at new samples: over the views that have measured it, those with steps if any.

    A sample that no view with steps has measured takes its rows from others where `J` does not lead it by these, so
    that any shares of the views with steps will do.
    """
    names = [name for name, t in integrated.steps.items() if t > 0]
    shares = {name: integrated.steps[name] * np.where(used, measured.get(name, False), True) for name in names}
    others = {name: ~used & measured.get(name, False) for name in integrated.steps if name not in shares}
    return _normalised(shares) | _normalised(others)


def _normalised(shares: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    total = np.maximum(np.sum([*shares.values()], axis=0), np.finfo(np.float64).tiny)
    return {name: share / total for name, share in shares.items()}


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
