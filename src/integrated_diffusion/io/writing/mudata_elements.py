"""What an integration found, as elements of a MuData: the same in memory and in files."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Results
from integrated_diffusion.io.writing.record_types import for_hdf5
from integrated_diffusion.operators import DiffusionOperator


def mudata_elements(results: Results, sample_names: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return what goes into a MuData, by group (`obsm`, `obsp`, `uns`) and key; see `keys`.

    Parameters
    ----------
    results : Results
        What was found. What is `None` in it is left out.
    sample_names : sequence of str or None, default None
        Names of the samples, which the view weights then carry beside those of the views.

    Raises
    ------
    ValueError
        If the names of two views become the same key.
    """
    integrated = results.integrated_operator
    _check_different_keys([*results.record.get("views", ()), *(integrated.operators if integrated else ())])
    record = dict(results.record) | ({keys.OPERATOR: _described(integrated)} if integrated else {})
    affinities = (
        {keys.affinities(name): _one_matrix(view) for name, view in integrated.operators.items()} if integrated else {}
    )
    coordinates = {keys.EMBEDDING: results.embedding, keys.PHATE: results.phate}
    graph = {keys.CONNECTIVITIES: results.connectivities, keys.DISTANCES: results.distances}
    reference = {} if results.reference is None else {keys.REFERENCE: dict(results.reference)}
    neighbors = {} if results.distances is None else {keys.NEIGHBORS: _graph_entry(results.distances)}
    return {
        "obsm": {key: values for key, values in coordinates.items() if values is not None}
        | dict.fromkeys((keys.VIEW_WEIGHTS, keys.OLD_VIEW_WEIGHTS), _by_view(results, sample_names))
        | _measured(integrated),
        "obsp": {key: sp.csr_matrix(values) for key, values in graph.items() if values is not None} | affinities,
        "uns": {keys.RECORD: for_hdf5(record), **neighbors, **reference},
    }


def outdated(modality: str, uns: Container[str], read: Container[str]) -> list[tuple[str, str]]:
    """Return what a modality keeps of an earlier integrated operator and has to be removed: group and key.

    Parameters
    ----------
    modality : str
        Its name.
    uns : container of str
        Keys of its own `uns`.
    read : container of str
        Where in the file the views were read (`mod/rna/X`): a matrix that is integrated itself stays.
    """
    return [
        (group, key) for group, key in keys.of_an_earlier_operator(uns) if f"mod/{modality}/{group}/{key}" not in read
    ]


def _by_view(results: Results, samples: Sequence[str] | None) -> pd.DataFrame | np.ndarray:
    """View weights, with the names of samples and views where these are known."""
    views = list(map(str, results.integrated_operator.operators)) if results.integrated_operator else []
    if samples is None or len(views) != np.shape(results.view_weights)[1]:
        return results.view_weights
    return pd.DataFrame(np.asarray(results.view_weights), pd.Index(samples), [keys.as_key(view) for view in views])


def _graph_entry(distances: sp.csr_array) -> dict[str, Any]:
    n_neighbors = int(np.diff(distances.indptr).max(initial=0))
    return {
        "connectivities_key": keys.CONNECTIVITIES,
        "distances_key": keys.DISTANCES,
        # scanpy counts the sample itself, and takes the coordinates a UMAP starts from by `use_rep`.
        "params": {
            "n_neighbors": n_neighbors + 1,
            "method": "umap",
            "metric": "euclidean",
            "use_rep": keys.EMBEDDING,
        },
    }


def _measured(integrated: IntegratedOperator | None) -> dict[str, np.ndarray]:
    """Which samples each view has measured, if there are views that lack some."""
    masks = np.column_stack(list(integrated.measured.values())) if integrated else np.ones((0, 0), dtype=bool)
    return {} if masks.all() else {keys.MEASURED: masks}


def _check_different_keys(views: Sequence[str]) -> None:
    first: dict[str, str] = {}
    for view in map(str, views):
        other = first.setdefault(keys.as_key(view), view)
        if other != view:
            raise ValueError(
                f"expected names of views that differ in more than '/' and '_', found {other!r} and {view!r}, which "
                "are one key of a file; rename one"
            )


def _described(integrated: IntegratedOperator) -> dict[str, Any]:
    """Settings of an integrated operator, without its affinities."""
    affinities = [operator.affinities for operator in integrated.operators.values()]
    names = {order: name for name, order in ORDERS.items()}
    return {
        "views": np.array(list(integrated.operators), dtype=object),
        "steps": np.array([integrated.steps[name] for name in integrated.operators]),
        "n_repeats": integrated.n_repeats,
        "order": names.get(integrated.order, getattr(integrated.order, "__name__", "unknown")),
        "weighted_views": np.array(list(integrated.view_weights or ()), dtype=object),
        "symmetrisation": np.array([view.symmetrisation for view in affinities], dtype=object),
        "anisotropy": np.array([view.anisotropy for view in affinities]),
        "imputation_repeats": np.array([integrated.imputation_repeats.get(name, 1) for name in integrated.operators]),
    }


def _one_matrix(operator: DiffusionOperator) -> sp.csr_matrix:
    """Affinities to others off the diagonal, each sample's own on it."""
    view = operator.affinities
    own = np.broadcast_to(view.own, view.directed.shape[0])
    return sp.csr_matrix(view.directed + sp.diags_array(own, format="csr"))
