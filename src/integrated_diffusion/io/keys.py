"""Where results are kept in a MuData or AnnData: every key, in one place.

| where | key | what |
|---|---|---|
| `obsm` | `X_integrated` | integrated embedding: diffusion coordinates of the integrated operator |
| `obsm` | `X_integrated_phate` | PHATE of the integrated operator, for pictures |
| `obsm` | `integrated_view_weights` | per-sample view weights, a data frame with a column a view |
| `obsm` | `integrated_trust` | the same under its name in version 0.1, until 0.3 |
| `obsp` | `integrated_connectivities`, `integrated_distances` | neighbour graph of the embedding, as scanpy has it |
| `obsp` | `integrated_affinities_VIEW` | a view's affinities, from which its diffusion operator is made again |
| `uns` | `integrated` | scanpy's entry about the graph: `neighbors_key="integrated"` |
| `uns` | `integrated_diffusion` | the record: parameters, steps, entropy curves, versions, seconds |
| `uns` | `integrated_reference` | what places new samples: coordinates, bandwidths and fitted recipes by view |
| `uns` | `integrated_associations` | pairs of features with their scores and permutation nulls |
| `obsm` | `integrated_measured` | which samples each view has measured, a column a view, if some lack samples |
| `obsm` | `integrated_imputed_VIEW` | denoised values of all samples, where the view lacks some |
| `uns` | `integrated_ingest` | of a query: by which views its cells were placed, and which labels they got |
| `obs` | `integrated_COLUMN`, `integrated_COLUMN_probability` | of a query: its cells' labels, how probable |
| `obs` | `integrated_distance` | of a query: distance to the reference, above 1 for one in a hundred of its own cells |
| `obsm` | `integrated_predicted_VIEW` | of a query: predicted values of a view |
| a modality's `layers` | `integrated` | denoised values |
| a modality's `layers` | `integrated_normalised` | normalised values |
| a modality's `obsm` | `integrated_denoised` | denoised values of chosen features |
| a modality's `obsm` | `X_integrated_view` | coordinates in which neighbours are sought |
| a modality's `uns` | `integrated_view` | how these two were made |
| a modality's `uns` | `integrated_denoising` | how the denoised layer was made: as below, threshold (0: none) |
| a modality's `uns` | `integrated_denoised` | how chosen features were: view, smoother, power, amount, scale |

`scanpy.tl.leiden`, `tl.umap`, `tl.paga`, `tl.diffmap` run on an integrated MuData as it is, with
`neighbors_key="integrated"`, and so do `scanpy.pl.embedding` and `muon.pl.embedding` with `basis="X_integrated_phate"`
(muon's colours by features as well). `muon.tl.leiden` and `muon.tl.umap` of a MuData do something else: they need a
graph and coordinates in each modality. On `scverse.to_anndata(mdata)` they are scanpy's, and use the integrated graph.

A subset of an integrated MuData keeps its embedding and graph, but not the integrated operator: denoise and associate
before a subset is taken, or integrate the subset.

Version 0.1 wrote the view weights as `obsm["integrated_trust"]` alone, without names of the views, and what describes
the integrated operator in the record as `walk`. Both are still read.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

EMBEDDING = "X_integrated"
PHATE = "X_integrated_phate"
VIEW_WEIGHTS = "integrated_view_weights"
OLD_VIEW_WEIGHTS = "integrated_trust"
"""Their name in version 0.1, under which scripts still look for them; not written any more from `GONE_IN` on."""
CONNECTIVITIES = "integrated_connectivities"
MEASURED = "integrated_measured"
DISTANCES = "integrated_distances"
NEIGHBORS = "integrated"
REFERENCE = "integrated_reference"
RECORD = "integrated_diffusion"
ASSOCIATIONS = "integrated_associations"
DENOISED_LAYER = "integrated"
NORMALISED_LAYER = "integrated_normalised"
DENOISED_FEATURES = "integrated_denoised"
COORDINATES = "X_integrated_view"
TREATMENT = "integrated_view"
DENOISING = "integrated_denoising"
DENOISED_HOW = "integrated_denoised"
INGEST = "integrated_ingest"
REFERENCE_DISTANCE = "integrated_distance"

RUN = "run"
"""Entry of the record, and name of an array in an `.npz`, that says which run results are of."""
OPERATOR = "integrated_operator"
"""Entry of the record that describes the integrated operator."""

_AFFINITIES = "integrated_affinities_"
_IMPUTED = "integrated_imputed_"
_OLD_OPERATOR = "walk"
_OLD_OPERATOR_ENTRIES = {"rounds": "n_repeats", "trusted": "weighted_views"}


def affinities(view: str) -> str:
    """Key of a view's affinities."""
    return f"{_AFFINITIES}{as_key(view)}"


def imputed(view: str) -> str:
    """Key of a view's denoised values for all samples, those that it has not measured among them."""
    return f"{_IMPUTED}{as_key(view)}"


def predicted(view: str) -> str:
    """Key of the values of a view that were predicted for new samples."""
    return f"integrated_predicted_{as_key(view)}"


def transferred(column: str) -> str:
    """Column of the labels that new samples got from a column of the reference."""
    return f"integrated_{as_key(column)}"


def view_weights(obsm: Container[str]) -> str:
    """Key of the per-sample view weights in a given `obsm`: that of version 0.1 if it is the only one there."""
    return OLD_VIEW_WEIGHTS if VIEW_WEIGHTS not in obsm and OLD_VIEW_WEIGHTS in obsm else VIEW_WEIGHTS


def described_operator(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a record says of the integrated operator, in today's words; `None` if it has none.

    Parameters
    ----------
    record : mapping
        `uns["integrated_diffusion"]`, also that of version 0.1.
    """
    described = record.get(OPERATOR, record.get(_OLD_OPERATOR))
    if described is None:
        return None
    return {_OLD_OPERATOR_ENTRIES.get(str(key), str(key)): value for key, value in described.items()}


def is_of_one_operator(key: str) -> bool:
    """Whether what is kept under a key of `obsm`, `obsp` or `uns` is valid for one integrated operator only."""
    of_one = (ASSOCIATIONS, MEASURED, REFERENCE, OLD_VIEW_WEIGHTS)
    return key in of_one or key.startswith((_AFFINITIES, _IMPUTED, f"{PHATE}_"))


def of_an_earlier_operator(uns: Container[str]) -> tuple[tuple[str, str], ...]:
    """Group and key of everything that a modality may keep of its denoised values; it goes with their operator.

    Parameters
    ----------
    uns : container of str
        Keys of the modality's `uns`. A layer that it does not describe was not made by this package, and stays.
    """
    layer = (("layers", DENOISED_LAYER), ("uns", DENOISING)) if DENOISING in uns else ()
    return (*layer, ("obsm", DENOISED_FEATURES), ("uns", DENOISED_HOW))


def as_key(name: str) -> str:
    """A name as a key: a slash, which separates groups in HDF5, becomes an underscore, and so does no name at all."""
    return "_" if name in ("", ".") else name.replace("/", "_")  # HDF5 takes a point for the group itself
