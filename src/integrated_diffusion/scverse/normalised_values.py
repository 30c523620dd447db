"""Normalised values of a MuData's modalities, and the coordinates in which neighbours are sought."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import mudata

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Dataset, Place
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.scverse.inputs import ModalityInput, input_of, prepared_input
from integrated_diffusion.scverse.measured_values import coordinates, feature_type, measured_values
from integrated_diffusion.views.checks import check_counts
from integrated_diffusion.views.prepared import AnyView, PreparedView
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.recipes import prepare as prepare_view
from integrated_diffusion.views.validation import View


def normalised(mdata: mudata.MuData, view: str) -> View:
    """Return a view's normalised values.

    Parameters
    ----------
    mdata : mudata.MuData
        Every modality has every cell.
    view : str
        Name of a view of the integration, usually that of a modality.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array of shape (n_obs, n_vars)
        Rows in the order of the MuData.

    Raises
    ------
    ValueError
        If there is no such view, or counts are negative.
    """
    return normalised_input(mdata, input_of(mdata, view))


def normalised_input(mdata: mudata.MuData, source: ModalityInput) -> View:
    """Return the normalised values of an input, those that `pp.prepare` stored if they are the same.

    Raises
    ------
    ValueError
        If the recipe is for counts and a value is negative.
    """
    if prepared_input(mdata, source.modality) == source:
        return measured_values(mdata, source.modality, keys.NORMALISED_LAYER)
    X = measured_values(mdata, source.modality, source.layer)
    recipe = RECIPES[source.recipe]
    if recipe.counts:
        check_counts(X, source.modality)
    return recipe.normalise(X)


def prepare_input(X: View, source: ModalityInput, n_components: int | None, random_state: int) -> PreparedView:
    """Normalise and reduce measured values by the recipe of their input.

    Parameters
    ----------
    X : numpy.ndarray or scipy.sparse.csr_array of shape (n_obs, n_vars)
        Measured values.
    source : ModalityInput
        Where they are from, and the recipe.
    n_components : int or None
        Number of principal components.
    random_state : int
        Seed of the decomposition.

    Returns
    -------
    PreparedView

    Raises
    ------
    ValueError
        If the recipe is for counts and a value is negative.
    """
    with one_blas_thread():
        return prepare_view(X, source.recipe, n_components, random_state, source.modality)


def prepared_view(mdata: mudata.MuData, source: ModalityInput, X: View, use_rep: str | None) -> AnyView:
    """Return a view with coordinates that are stored in the MuData, or its measured values if there are none.

    Parameters
    ----------
    mdata : mudata.MuData
        Every modality has every cell.
    source : ModalityInput
        The input; what `pp.prepare` made of it is used if it was called.
    X : numpy.ndarray or scipy.sparse.csr_array of shape (n_obs, n_vars)
        Its measured values.
    use_rep : str or None
        Key of the modality's `obsm` that holds the coordinates.

    Returns
    -------
    PreparedView, numpy.ndarray or scipy.sparse.csr_array

    Raises
    ------
    ValueError
        If there is no such key, or the recipe is for counts and a value is negative.
    """
    name, kept = source.modality, keys.COORDINATES if prepared_input(mdata, source.modality) == source else None
    key = use_rep or kept
    if key is None:
        return X
    stored = coordinates(mdata, name, key)
    return PreparedView(X, normalised_input(mdata, source), stored, RECIPES[source.recipe], name=name)


def measured_of(mdata: mudata.MuData, sources: Mapping[str, ModalityInput]) -> Dataset:
    """Return a MuData's inputs in the form in which files are read: raw values, names and places.

    Parameters
    ----------
    mdata : mudata.MuData
        Every modality has every cell.
    sources : mapping of str to ModalityInput
        Inputs by view.

    Returns
    -------
    Measured
    """
    file = Path(mdata.filename) if mdata.isbacked and mdata.filename else Path("MuData")
    return Dataset(
        views={name: measured_values(mdata, at.modality, at.layer) for name, at in sources.items()},
        sample_names=list(map(str, mdata.obs_names)),
        feature_names={name: list(map(str, mdata[at.modality].var_names)) for name, at in sources.items()},
        feature_types={name: feature_type(mdata, at.modality) for name, at in sources.items()},
        places={name: Place(file, at.inside) for name, at in sources.items()},
        source=(file,),
        format="MuData",
    )
