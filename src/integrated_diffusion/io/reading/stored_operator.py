"""The integrated operator, made again from what a file or a MuData keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.io import keys
from integrated_diffusion.io.reading.stored_description import operator_description, reading_record
from integrated_diffusion.kernels import Affinities
from integrated_diffusion.operators import DiffusionOperator, EmbeddedOperator
from integrated_diffusion.views.sparse_structure import check_matrix


def stored_operator(container: Any, where: str = "the MuData") -> IntegratedOperator:
    """Make the integrated operator again from what a run left in a MuData.

    Parameters
    ----------
    container : mudata.MuData
        A MuData, or anything with its `uns`, `obsm` and `obsp`. Those of version 0.1 are read too.
    where : str, default "the MuData"
        What to call it in messages.

    Returns
    -------
    IntegratedOperator
        The same bits as that of the run.

    Raises
    ------
    ValueError
        If the container has no integrated operator, its order is not a name in `orders.ORDERS`, or samples were removed
        after the run.
    """
    record = container.uns.get(keys.RECORD, {})
    described = operator_description(record, where, tuple(ORDERS))
    with reading_record(where):
        return _made(container, record, described, where)


def _made(container: Any, record: Mapping[str, Any], described: Mapping[str, Any], where: str) -> IntegratedOperator:
    views, weighted = described["views"], described["weighted_views"]
    columns = _numbers(container.obsm[keys.view_weights(container.obsm)], views, "the view weights", where)
    _check_all_samples(len(columns), record, views[0], where)
    found = container.obsm.get(keys.MEASURED)
    found = None if found is None else _numbers(found, views, "which samples are measured", where).astype(bool)
    masks = {} if found is None else dict(zip(views, found.T, strict=True))
    operators = {name: _operator(container.obsp, name, described, where, masks.get(name)) for name in views}
    steps = dict(zip(views, described["steps"], strict=True))
    view_weights = {name: columns[:, views.index(name)] for name in weighted} if weighted else None
    repeats = dict(zip(views, described["imputation_repeats"], strict=False))
    order = ORDERS[described["order"]]
    return IntegratedOperator(operators, steps, order, described["n_repeats"], view_weights, repeats)


def _numbers(found: Any, views: Sequence[str], what: str, where: str) -> np.ndarray:
    """A column of finite numbers for each view."""
    numbers = np.asarray(found)
    if numbers.ndim != 2 or numbers.shape[1] != len(views) or numbers.dtype.kind not in "fiub":
        raise ValueError(
            f"expected {what} in {where} as {len(views)} columns of numbers, found {numbers.dtype} of shape "
            f"{numbers.shape}; integrate again"
        )
    if not np.isfinite(numbers).all():
        raise ValueError(f"expected {what} in {where} as finite numbers, found NaN or infinity; integrate again")
    return numbers


def _check_all_samples(n_found: int, record: Mapping[str, Any], view: str, where: str) -> None:
    n_integrated = int(record.get("n_samples", record["views"][keys.as_key(view)]["n_samples"]))
    if n_found != n_integrated:
        raise ValueError(
            f"expected the {n_integrated:,} samples that were integrated in {where}, found {n_found:,}; denoise and "
            "associate before a subset is taken, or integrate the subset"
        )


def _operator(
    obsp: Mapping[str, Any], name: str, described: Mapping[str, Any], where: str, measured: np.ndarray | None
) -> DiffusionOperator:
    key, position = keys.affinities(name), described["views"].index(name)
    if key not in obsp:
        raise ValueError(f"expected affinities in {where} at obsp['{key}'], found none there; integrate again")
    if not sp.issparse(obsp[key]) or obsp[key].format not in ("csr", "csc"):
        raise ValueError(f"expected a sparse matrix in {where} at obsp['{key}'], found another; integrate again")
    check_matrix(obsp[key], f"obsp['{key}'] of {where}")
    if obsp[key].shape[0] != obsp[key].shape[1] or not np.isfinite(obsp[key].data).all() or (obsp[key].data < 0).any():
        raise ValueError(
            f"expected affinities in {where} at obsp['{key}'], square, finite and not negative, found others; "
            "integrate again"
        )
    kept = sp.csr_array(obsp[key])
    kept.sum_duplicates()
    own = kept.diagonal()
    directed = sp.csr_array(kept - sp.diags_array(own, format="csr"))
    directed.eliminate_zeros()
    symmetrisation = str(described["symmetrisation"][position])
    anisotropy = float(described["anisotropy"][position])
    affinities = Affinities(directed, symmetrisation, anisotropy, own)
    if measured is None or measured.all():
        return DiffusionOperator.of(affinities, name)
    return EmbeddedOperator.of_all(affinities, measured, name)
