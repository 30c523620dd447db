"""Annotations of the samples of a view, read without its values."""

from __future__ import annotations

import h5py
import pandas as pd

from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.feature_kinds import split_view
from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.foreign import stored_kind
from integrated_diffusion.io.frames import column_names, read_column
from integrated_diffusion.io.keys import as_key


def sample_annotations(place: Place, samples: list[str]) -> pd.DataFrame | None:
    """Return what a file says of samples: columns of the whole MuData, and those of the view's modality.

    Parameters
    ----------
    place : Place
        Where the view is.
    samples : list of str
        Names of the samples.

    Returns
    -------
    pandas.DataFrame or None
        A row a sample, columns without slashes; `None` if the file is of a format without annotations.
    """
    suffix = stored_kind(place.file)
    if suffix not in (".h5mu", ".h5ad"):
        return None
    with opened_hdf5(place.file) as file:
        found = _columns(file["obs"])
        if suffix == ".h5mu" and place.inside.startswith("mod/"):
            found = _columns(file[f"mod/{split_view(place.inside).split('/')[1]}/obs"]) | found
    return pd.DataFrame({name: values.reindex(samples) for name, values in found.items()}, index=pd.Index(samples))


def _columns(obs: h5py.Group | h5py.Dataset) -> dict[str, pd.Series]:
    return {as_key(name): read_column(obs, name) for name in column_names(obs)}
