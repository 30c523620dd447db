"""Where results are kept in a MuData or AnnData: every key, in one place.

| where | key | what |
|---|---|---|
| `obsm` | `X_integrated` | coordinates of the joint map |
| `obsm` | `X_integrated_phate` | PHATE of the joint walk, for pictures |
| `obsm` | `integrated_trust` | how far each view is trusted at each sample |
| `obsp` | `integrated_connectivities`, `integrated_distances` | the joint graph, as scanpy has it |
| `obsp` | `integrated_affinities_VIEW` | a view's affinities, from which its walk is made again |
| `uns` | `integrated` | what scanpy calls the graph: `neighbors_key="integrated"` |
| `uns` | `integrated_diffusion` | the record: parameters, steps, entropy curves, versions, seconds |
| `uns` | `integrated_associations` | pairs of features with their scores and nulls |
| a modality's `layers` | `integrated` | denoised values |
| a modality's `layers` | `integrated_normalised` | normalised values |
| a modality's `obsm` | `integrated_denoised` | denoised values of chosen features |
| a modality's `obsm` | `X_integrated_view` | coordinates in which neighbours are sought |
| a modality's `uns` | `integrated_view` | how these two were made |
| a modality's `uns` | `integrated_denoising` | how the denoised layer was made: view, power, threshold (0: none) |
| a modality's `uns` | `integrated_denoised` | how the chosen features were denoised: view, power |

`scanpy.tl.leiden`, `tl.umap`, `tl.paga`, `tl.diffmap` run on an integrated MuData as it is, with
`neighbors_key="integrated"`, and so do `scanpy.pl.embedding` and `muon.pl.embedding` with `basis="X_integrated_phate"`
(muon's colours by features as well). `muon.tl.leiden` and `muon.tl.umap` of a MuData are something else: they look for
a graph and coordinates in each modality. On `scverse.to_anndata(mdata)` they are scanpy's, and find the joint graph.

A subset of an integrated MuData keeps its map and graph, but not the walk: denoise and associate before, or integrate
again.
"""

from __future__ import annotations

from collections.abc import Container

EMBEDDING = "X_integrated"
PHATE = "X_integrated_phate"
TRUST = "integrated_trust"
CONNECTIVITIES = "integrated_connectivities"
DISTANCES = "integrated_distances"
NEIGHBORS = "integrated"
RECORD = "integrated_diffusion"
ASSOCIATIONS = "integrated_associations"
DENOISED_LAYER = "integrated"
NORMALISED_LAYER = "integrated_normalised"
DENOISED_FEATURES = "integrated_denoised"
COORDINATES = "X_integrated_view"
TREATMENT = "integrated_view"
DENOISING = "integrated_denoising"
DENOISED_HOW = "integrated_denoised"

_AFFINITIES = "integrated_affinities_"


def affinities(view: str) -> str:
    """Key of a view's affinities."""
    return f"{_AFFINITIES}{plain(view)}"


def is_of_a_walk(key: str) -> bool:
    """Whether what is kept under a key of `obsm`, `obsp` or `uns` holds for one joint walk only."""
    return key == ASSOCIATIONS or key.startswith((_AFFINITIES, f"{PHATE}_"))


def of_an_old_walk(uns: Container[str]) -> tuple[tuple[str, str], ...]:
    """Group and key of all that a modality may keep of its denoised values, to go with the walk that made them.

    Parameters
    ----------
    uns
        The modality's; a layer that it does not describe was not made here, and stays.
    """
    layer = (("layers", DENOISED_LAYER), ("uns", DENOISING)) if DENOISING in uns else ()
    return (*layer, ("obsm", DENOISED_FEATURES), ("uns", DENOISED_HOW))


def plain(name: str) -> str:
    """A name as a key: HDF5 takes a slash for a folder."""
    return name.replace("/", "_")
