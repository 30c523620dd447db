"""The maps of the page: PHATE of the joint walk and of each view's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from integrated_diffusion.embedding import phate
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.io import keys
from integrated_diffusion.runtime.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Map:
    """Coordinates of all samples in the plane.

    Attributes
    ----------
    title
        What the map shows: `joint`, or a view's name.
    coordinates
        `(n_samples, 2)`.
    """

    title: str
    coordinates: np.ndarray


def maps_of(
    mdata: Any, walk: IntegratedOperator, random_state: int = 0, progress: Progress = silent
) -> tuple[Map, ...]:
    """Return the joint map and one map a view.

    Parameters
    ----------
    mdata
        An integrated MuData. Maps of single views are taken from `obsm["X_integrated_phate_VIEW"]` where they are
        there.
    walk
        The joint walk that it keeps.
    random_state
        Seed of those that are not.
    progress
        Is told which map is being made.

    Raises
    ------
    ValueError
        If the joint map is missing.
    """
    if keys.PHATE not in mdata.obsm:
        raise ValueError(
            f"expected the joint map in obsm['{keys.PHATE}'], found none; integrate again, by "
            "`integrated-diffusion run` or `tl.integrate`"
        )
    maps = [Map("joint", _plane(mdata.obsm[keys.PHATE]))]
    for i, (view, own) in enumerate(walk.operators.items()):
        progress(f"map of {view}", i, len(walk.operators))
        kept = mdata.obsm.get(f"{keys.PHATE}_{keys.plain(view)}")
        coordinates = phate(own, 2, "entropy", random_state=random_state) if kept is None else kept
        maps.append(Map(view, _plane(coordinates)))
    return tuple(maps)


def _plane(coordinates: object) -> np.ndarray:
    return np.asarray(coordinates, dtype=np.float64)[:, :2]
