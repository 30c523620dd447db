"""Normalised values of a MuData's modalities, and the coordinates in which neighbours are sought."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import mudata
import numpy as np

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Dataset, Place
from integrated_diffusion.io.numbers import as_float
from integrated_diffusion.runtime.threads import one_blas_thread
from integrated_diffusion.scverse.inputs import ModalityInput, input_of, prepared_input
from integrated_diffusion.scverse.measured_values import at_cells, coordinates, feature_type, measured_view
from integrated_diffusion.views.checks import check_counts, check_same_features, check_still_whole
from integrated_diffusion.views.missing import MissingSamplesWarning
from integrated_diffusion.views.prepared import AnyView, PreparedView
from integrated_diffusion.views.recipes import RECIPES
from integrated_diffusion.views.recipes import prepare as prepare_view
from integrated_diffusion.views.samples import spread
from integrated_diffusion.views.validation import View, as_array


def normalised(mdata: mudata.MuData, view: str) -> View:
    """Return a view's normalised values.

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    view : str
        Name of a view of the integration, usually that of a modality.

    Returns
    -------
    numpy.ndarray or scipy.sparse.csr_array of shape (n_obs, n_vars)
        Rows in the order of the MuData, zeros where the view has not measured.

    Raises
    ------
    ValueError
        If there is no such view, or counts are negative.
    """
    values, measured = normalised_view(mdata, view)
    return values if measured.all() else spread(values, measured)


def normalised_view(mdata: mudata.MuData, view: str) -> tuple[View, np.ndarray]:
    """Return a view's normalised values of measured cells, `(n_measured, n_vars)`, and which cells these are.

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    view : str
        As in `normalised`.
    """
    return normalised_input(mdata, input_of(mdata, view))


def normalised_input(mdata: mudata.MuData, source: ModalityInput) -> tuple[View, np.ndarray]:
    """Return the normalised values of an input, those that `pp.prepare` stored if they are the same, and their cells.

    Raises
    ------
    ValueError
        If the recipe is for counts and a value is negative, whole no more as it was when it was integrated, or there
        are fewer or more features, whose sums the recipe takes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MissingSamplesWarning)  # said when the data are integrated
        X, measured = measured_view(mdata, source.modality, source.layer)
    if prepared_input(mdata, source.modality) == source:
        kept = at_cells(mdata, source.modality, mdata[source.modality].layers[keys.NORMALISED_LAYER], measured)
        return as_array(as_float(kept), source.modality), measured
    recipe = RECIPES[source.recipe]
    if recipe.counts:
        check_counts(X, source.modality)
        check_same_features(X.shape[1], source.n_features, f"view '{source.modality}'")
    if source.whole:
        check_still_whole(X, f"view '{source.modality}'", source.recipe)
    return recipe.normalise(X), measured


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


def prepared_view(
    mdata: mudata.MuData, source: ModalityInput, X: View, measured: np.ndarray, use_rep: str | None
) -> AnyView:
    """Return a view with coordinates that are stored in the MuData, or its measured values if there are none.

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    source : ModalityInput
        The input; what `pp.prepare` made of it is used if it was called.
    X : numpy.ndarray or scipy.sparse.csr_array of shape (n_obs, n_vars)
        Its measured values.
    measured : numpy.ndarray of bool, shape (n_obs,)
        Which cells they are of.
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
    stored = coordinates(mdata, name, key, measured)
    return PreparedView(X, normalised_input(mdata, source)[0], stored, RECIPES[source.recipe], name=name)


def measured_of(mdata: mudata.MuData, sources: Mapping[str, ModalityInput]) -> Dataset:
    """Return a MuData's inputs in the form in which files are read: raw values, names, places and who was measured.

    Parameters
    ----------
    mdata : mudata.MuData
        Its modalities may lack cells.
    sources : mapping of str to ModalityInput
        Inputs by view.

    Returns
    -------
    Measured
    """
    file = Path(mdata.filename) if mdata.isbacked and mdata.filename else Path("MuData")
    found = {name: measured_view(mdata, at.modality, at.layer) for name, at in sources.items()}
    return Dataset(
        views={name: X for name, (X, _) in found.items()},
        sample_names=list(map(str, mdata.obs_names)),
        feature_names={name: list(map(str, mdata[at.modality].var_names)) for name, at in sources.items()},
        feature_types={name: feature_type(mdata, at.modality) for name, at in sources.items()},
        places={name: Place(file, at.inside) for name, at in sources.items()},
        source=(file,),
        format="MuData",
        measured={name: measured for name, (_, measured) in found.items() if not measured.all()},
    )
