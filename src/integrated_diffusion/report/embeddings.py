"""Embeddings of the page: PHATE of the integrated operator and of each modality's diffusion operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from integrated_diffusion.embedding import phate
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.io import keys
from integrated_diffusion.operators import DiffusionOperator
from integrated_diffusion.operators.embedded import measured_of, on_measured
from integrated_diffusion.runtime.progress import Progress, silent

INTEGRATED = "integrated"
"""Title of the integrated embedding."""


@dataclass(frozen=True, eq=False)
class PlaneEmbedding:
    """Coordinates of all samples in the plane.

    Attributes
    ----------
    title : str
        `integrated`, or a modality's name.
    coordinates : numpy.ndarray of shape (n_samples, 2)
        float64.
    """

    title: str
    coordinates: np.ndarray

    def __repr__(self) -> str:
        return f"PlaneEmbedding({self.title!r}, {len(self.coordinates):,} samples)"


def embeddings_of(
    mdata: Any, operator: IntegratedOperator, random_state: int = 0, progress: Progress = silent
) -> tuple[PlaneEmbedding, ...]:
    """Return the integrated embedding, then one embedding of each modality by itself.

    Parameters
    ----------
    mdata : mudata.MuData
        An integrated MuData. Embeddings of single modalities come from `obsm["X_integrated_phate_MODALITY"]` where it
        is there, else PHATE computes them.
    operator : IntegratedOperator
        The integrated operator that the MuData stores.
    random_state : int, default 0
        Seed of embeddings that are computed.
    progress : Progress, default silent
        Called with a stage, the number of modalities done and their number.

    Returns
    -------
    tuple of PlaneEmbedding

    Raises
    ------
    ValueError
        If the integrated embedding is missing.
    """
    if keys.PHATE not in mdata.obsm:
        raise ValueError(
            f"expected the integrated embedding in obsm['{keys.PHATE}'], found none; integrate again, by "
            "`integrated-diffusion run` or `tl.integrate`"
        )
    found = [PlaneEmbedding(INTEGRATED, _plane(mdata.obsm[keys.PHATE]))]
    for i, (name, own) in enumerate(operator.operators.items()):
        progress(f"{name}: embedding", i, len(operator.operators))
        kept = mdata.obsm.get(f"{keys.PHATE}_{keys.as_key(name)}")
        coordinates = _own_embedding(own, random_state) if kept is None else kept
        found.append(PlaneEmbedding(name, _plane(coordinates)))
    return tuple(found)


def _own_embedding(operator: DiffusionOperator, random_state: int) -> np.ndarray:
    """PHATE of a modality's samples, NaN for samples that it has not measured."""
    found, measured = phate(on_measured(operator), 2, "entropy", random_state=random_state), measured_of(operator)
    if measured is None:
        return found
    whole = np.full((operator.n_samples, 2), np.nan)
    whole[measured] = found
    return whole


def _plane(coordinates: object) -> np.ndarray:
    return np.asarray(coordinates, dtype=np.float64)[:, :2]
