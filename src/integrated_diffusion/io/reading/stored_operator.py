"""The integrated operator, made again from what a file or a MuData keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.io import keys
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
    described = keys.described_operator(record)
    if described is None:
        raise ValueError(
            f"expected an integrated operator in {where}, found none in uns['{keys.RECORD}']; integrate first, by "
            "`integrated-diffusion run` or `tl.integrate`"
        )
    order = str(described["order"])
    if order not in ORDERS:
        raise ValueError(
            f"expected an integrated operator by one of the orders {', '.join(map(repr, ORDERS))} in {where}, found "
            f"{order!r}; integrate again by one of these"
        )
    views = [str(name) for name in described["views"]]
    columns = np.asarray(container.obsm[keys.view_weights(container.obsm)])
    _check_all_samples(len(columns), record, views[0], where)
    found = container.obsm.get(keys.MEASURED)
    masks = {} if found is None else dict(zip(views, np.asarray(found, dtype=bool).T, strict=True))
    operators = {name: _operator(container.obsp, name, described, where, masks.get(name)) for name in views}
    steps = dict(zip(views, map(int, described["steps"]), strict=True))
    weighted = [str(name) for name in described["weighted_views"]]
    view_weights = {name: columns[:, views.index(name)] for name in weighted} if weighted else None
    repeats = dict(zip(views, map(int, described.get("imputation_repeats", ())), strict=False))
    return IntegratedOperator(operators, steps, ORDERS[order], int(described["n_repeats"]), view_weights, repeats)


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
    key, position = keys.affinities(name), [str(view) for view in described["views"]].index(name)
    if key not in obsp:
        raise ValueError(f"expected affinities in {where} at obsp['{key}'], found none there; integrate again")
    if not sp.issparse(obsp[key]) or obsp[key].format not in ("csr", "csc"):
        raise ValueError(f"expected a sparse matrix in {where} at obsp['{key}'], found another; integrate again")
    check_matrix(obsp[key], f"obsp['{key}'] of {where}")
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
