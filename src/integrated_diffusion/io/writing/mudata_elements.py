"""What a run found, as elements of a MuData: the same in memory and in files, and back again to a walk."""

from __future__ import annotations

import json
import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.integration.orders import ORDERS
from integrated_diffusion.io import keys
from integrated_diffusion.kernels import Affinities
from integrated_diffusion.operators import DiffusionOperator


@dataclass(frozen=True)
class Results:
    """What a run found, for files.

    Attributes
    ----------
    sample_names
        One name a sample.
    embedding
        Diffusion coordinates, `(n_samples, n_components)`.
    phate
        Coordinates for pictures, `(n_samples, 2)` or `(n_samples, 3)`.
    connectivities, distances
        Weighted graph of the joint neighbours and their distances, `(n_samples, n_samples)`, as scanpy has them: no
        diagonal, `n_neighbors` entries in each row of `distances`.
    trust
        How far each view is trusted at each sample, from 0 to 1, a column a view in the order of `record["views"]`,
        `(n_samples, n_views)`; 0 throughout for a view that takes no steps.
    record
        Parameters, steps, entropy curves and version: nested mappings of numbers, text, lists and arrays.
    joint
        The joint walk, to be made again from a MuData; not kept unless given.
    """

    sample_names: Sequence[str]
    embedding: np.ndarray
    phate: np.ndarray
    connectivities: sp.csr_array
    distances: sp.csr_array
    view_weights: np.ndarray
    record: Mapping[str, Any]
    joint: IntegratedOperator | None = None

    def __post_init__(self) -> None:
        n_samples = len(self.sample_names)
        for name in ("embedding", "phate", "connectivities", "distances", "view_weights"):
            shape = getattr(self, name).shape
            if shape[0] != n_samples:
                raise ValueError(f"{name}: expected {n_samples} rows, found {shape}; give one row a sample name")

    @property
    def n_neighbors(self) -> int:
        """Neighbours of a sample, itself excluded."""
        return int(np.diff(self.distances.indptr).max(initial=0))


def elements(results: Results) -> dict[str, dict[str, Any]]:
    """Return what goes into a MuData, by group (`obsm`, `obsp`, `uns`) and key; see `keys`.

    Raises
    ------
    ValueError
        If the names of two views are one key.
    """
    _check_told_apart([*results.record.get("views", ()), *(results.joint.operators if results.joint else ())])
    neighbors = {
        "connectivities_key": keys.CONNECTIVITIES,
        "distances_key": keys.DISTANCES,
        # scanpy counts the sample itself, and takes the coordinates a UMAP starts from by `use_rep`.
        "params": {
            "n_neighbors": results.n_neighbors + 1,
            "method": "umap",
            "metric": "euclidean",
            "use_rep": keys.EMBEDDING,
        },
    }
    record, walks = dict(results.record), {}
    if results.joint is not None:
        record["walk"] = _described(results.joint)
        walks = {keys.affinities(name): _one_matrix(walk) for name, walk in results.joint.operators.items()}
    return {
        "obsm": {keys.EMBEDDING: results.embedding, keys.PHATE: results.phate, keys.TRUST: results.view_weights},
        "obsp": {
            keys.CONNECTIVITIES: sp.csr_matrix(results.connectivities),
            keys.DISTANCES: sp.csr_matrix(results.distances),
            **walks,
        },
        "uns": {keys.RECORD: for_hdf5(record), keys.NEIGHBORS: neighbors},
    }


def stored_walk(container: Any, where: str = "the MuData") -> IntegratedOperator:
    """Make the joint walk again from what a run left in a MuData.

    Parameters
    ----------
    container
        A MuData, or anything with its `uns`, `obsm` and `obsp`.
    where
        What to call it in messages.

    Returns
    -------
    IntegratedOperator
        The same bits as that of the run.

    Raises
    ------
    ValueError
        If there is none, its order is no name in `order.ORDERS`, or samples were taken out since.
    """
    record = container.uns.get(keys.RECORD, {})
    described = record.get("walk")
    if described is None:
        raise ValueError(
            f"expected a joint walk in {where}, found none in uns['{keys.RECORD}']; integrate first, by "
            "`integrated-diffusion run` or `tl.integrate`"
        )
    order = str(described["order"])
    if order not in ORDERS:
        raise ValueError(
            f"expected a walk by one of the orders {', '.join(map(repr, ORDERS))} in {where}, found {order!r}; "
            "integrate again by one of these"
        )
    views = [str(name) for name in described["views"]]
    _check_all_samples(container, record, views[0], where)
    walks = {name: _walk(container.obsp, name, described, where) for name in views}
    steps = dict(zip(views, map(int, described["steps"]), strict=True))
    weighted = [str(name) for name in described["trusted"]]
    columns = np.asarray(container.obsm[keys.TRUST])
    view_weights = {name: columns[:, views.index(name)] for name in weighted} if weighted else None
    return IntegratedOperator(walks, steps, ORDERS[order], int(described["rounds"]), view_weights)


def _check_all_samples(container: Any, record: Mapping[str, Any], view: str, where: str) -> None:
    n_found, n_integrated = len(container.obsm[keys.TRUST]), int(record["views"][keys.plain(view)]["n_samples"])
    if n_found != n_integrated:
        raise ValueError(
            f"expected the {n_integrated:,} samples that were integrated in {where}, found {n_found:,}; denoise and "
            "associate before a subset is taken, or integrate the subset"
        )


def outdated(modality: str, uns: Container[str], read: Container[str]) -> list[tuple[str, str]]:
    """Return what a modality keeps of an earlier walk and has to go: group and key.

    Parameters
    ----------
    modality
        Its name.
    uns
        Keys of its own `uns`.
    read
        Where in the file the views were read (`mod/rna/X`): what is integrated itself stays.
    """
    return [(group, key) for group, key in keys.of_an_old_walk(uns) if f"mod/{modality}/{group}/{key}" not in read]


def _check_told_apart(views: Sequence[str]) -> None:
    first: dict[str, str] = {}
    for view in map(str, views):
        other = first.setdefault(keys.plain(view), view)
        if other != view:
            raise ValueError(
                f"expected names of views that differ in more than '/' and '_', found {other!r} and {view!r}, which "
                "are one key of a file; rename one"
            )


def _described(joint: IntegratedOperator) -> dict[str, Any]:
    """What a joint walk is besides its affinities."""
    affinities = [walk.affinities for walk in joint.operators.values()]
    names = {order: name for name, order in ORDERS.items()}
    return {
        "views": np.array(list(joint.operators), dtype=object),
        "steps": np.array([joint.steps[name] for name in joint.operators]),
        "rounds": joint.n_repeats,
        "order": names.get(joint.order, getattr(joint.order, "__name__", "unknown")),
        "trusted": np.array(list(joint.view_weights or ()), dtype=object),
        "symmetrisation": np.array([view.symmetrisation for view in affinities], dtype=object),
        "anisotropy": np.array([view.anisotropy for view in affinities]),
    }


def _one_matrix(walk: DiffusionOperator) -> sp.csr_matrix:
    """Affinities to others off the diagonal, each sample's own on it."""
    view = walk.affinities
    own = np.broadcast_to(view.own, view.directed.shape[0])
    return sp.csr_matrix(view.directed + sp.diags_array(own, format="csr"))


def _walk(obsp: Mapping[str, Any], name: str, described: Mapping[str, Any], where: str) -> DiffusionOperator:
    key, place = keys.affinities(name), [str(view) for view in described["views"]].index(name)
    if key not in obsp:
        raise ValueError(f"expected affinities in {where} at obsp['{key}'], found none there; integrate again")
    kept = sp.csr_array(obsp[key])
    own = kept.diagonal()
    directed = sp.csr_array(kept - sp.diags_array(own, format="csr"))
    directed.eliminate_zeros()
    symmetrisation, anisotropy = str(described["symmetrisation"][place]), float(described["anisotropy"][place])
    return DiffusionOperator.of(Affinities(directed, symmetrisation, anisotropy, own), name)


def plain(value: Any) -> Any:
    """A record in JSON's own types: numbers, text, lists, dictionaries and `None`; anything else by its name."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def for_hdf5(value: Any) -> Any:
    """A record in types that every anndata reads: `None` as text, lists as arrays, keys without slashes."""
    if isinstance(value, Mapping):
        return {keys.plain(str(key)): for_hdf5(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fiub":
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":
        return value
    if isinstance(value, np.ndarray | list | tuple):
        items = plain(value)
        kinds = {type(item) for item in items}
        return (
            np.array(items)
            if kinds <= {int, float} or (len(kinds) == 1 and kinds <= {str, bool})
            else json.dumps(items)
        )
    return value if isinstance(value, str | bool | int | float) else str(value)
