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
"""

from __future__ import annotations

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


def affinities(view: str) -> str:
    """Key of a view's affinities."""
    return f"integrated_affinities_{plain(view)}"


def plain(name: str) -> str:
    """A name as a key: HDF5 takes a slash for a folder."""
    return name.replace("/", "_")
