"""What samples and features are called, where the values came with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from integrated_diffusion.io.writing.layout import Names


def names_of(views: Any) -> dict[str, Names]:
    """Return the names that views came with: those of data frames, of a MuData, of AnnData.

    Parameters
    ----------
    views
        A mapping from name to values, a list of values (named `view1`, `view2`, ...), or a MuData.

    Returns
    -------
    dict of str to Names
        By view; views without names are left out.
    """
    if hasattr(views, "mod") and isinstance(views.mod, Mapping):  # rows are put in the order of the whole
        return {name: Names(views.obs_names, modality.var_names) for name, modality in views.mod.items()}
    if isinstance(views, Sequence):
        views = {f"view{i}": values for i, values in enumerate(views, start=1)}
    return {name: Names(X.index, X.columns) for name, X in views.items() if hasattr(X, "iloc")}


def chosen_names(known: Mapping[str, Names], view: str, n_samples: int, columns: np.ndarray) -> Names:
    """Return names for the chosen columns of a view: those that are known, else `sample0` and the features' numbers.

    Parameters
    ----------
    known
        From `names_of`. All views are of the same samples, so any of them knows what these are called.
    view
        Which view.
    n_samples
        Number of samples.
    columns
        Which of its features, by number.
    """
    anyone = known.get(view) or next(iter(known.values()), None)
    samples = [f"sample{i}" for i in range(n_samples)] if anyone is None else list(map(str, anyone.samples))
    features = known[view].features if view in known else None
    return Names(samples, [str(i if features is None else features[i]) for i in columns])
