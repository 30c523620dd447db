"""What an integrated MuData file holds besides measured values: its walk, names, and how features were treated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from anndata.io import read_elem

from integrated_diffusion.io import keys
from integrated_diffusion.io.files import check_input, opened_hdf5
from integrated_diffusion.io.hdf5 import index_names


@dataclass(frozen=True, eq=False)
class Cells:
    """A modality without its values.

    Attributes
    ----------
    obs_names, var_names
        Names of its samples, in its own order, and of its features.
    uns
        How its features were normalised, if that is kept.
    """

    obs_names: list[str]
    var_names: list[str]
    uns: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Outline:
    """A MuData file without values, for functions that look for names, and for `stored_walk`.

    Attributes
    ----------
    path
        The file.
    obs_names
        Names of the samples.
    uns, obsm, obsp
        The record, the trust and the affinities of the joint walk.
    mod
        Modalities by name.
    """

    path: Path
    obs_names: list[str]
    uns: Mapping[str, Any]
    obsm: Mapping[str, np.ndarray]
    obsp: Mapping[str, Any]
    mod: Mapping[str, Cells]

    def __getitem__(self, modality: str) -> Cells:
        return self.mod[modality]


def outline_of(path: Path) -> Outline:
    """Read what a file that `run` or `tl.integrate` has left says of the walk, and no measured value.

    Parameters
    ----------
    path
        A `.h5mu`.

    Returns
    -------
    Outline

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or it is damaged.
    """
    check_input(path)
    with opened_hdf5(path) as file:
        record = read_elem(file[f"uns/{keys.RECORD}"])
        affinities = [keys.affinities(str(view)) for view in record["walk"]["views"]]
        return Outline(
            path=path,
            obs_names=index_names(file["obs"]),
            uns={keys.RECORD: record},
            obsm=_there(file["obsm"], [keys.TRUST]),
            obsp=_there(file["obsp"], affinities),
            mod={name: _cells(file["mod"][name]) for name in file["mod"].attrs.get("mod-order", list(file["mod"]))},
        )


def _cells(group: h5py.Group) -> Cells:
    uns = _there(group["uns"], [keys.TREATMENT]) if "uns" in group else {}
    return Cells(index_names(group["obs"]), index_names(group["var"]), uns)


def _there(group: h5py.Group, names: list[str]) -> dict[str, Any]:
    return {name: read_elem(group[name]) for name in names if name in group}
