"""Names of samples and features, where the values came with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from integrated_diffusion.io.writing.tables import Tables


@dataclass(frozen=True)
class Names:
    """Names of the samples and features of a view.

    Attributes
    ----------
    samples, features : sequence of str
        One name each.
    """

    samples: Sequence[str]
    features: Sequence[str]


def names_of(views: Any) -> dict[str, Names]:
    """Return the names that views came with: those of data frames, of a MuData, of AnnData.

    Parameters
    ----------
    views : mapping, sequence or mudata.MuData
        A mapping from name to values, a list of values (named `view1`, `view2`, ...), or a MuData.

    Returns
    -------
    dict of str to Names
        By view; views without names are left out.
    """
    if hasattr(views, "mod") and isinstance(views.mod, Mapping):  # rows are put in the order of the whole MuData
        return {name: Names(views.obs_names, modality.var_names) for name, modality in views.mod.items()}
    if isinstance(views, Sequence):
        views = {f"view{i}": values for i, values in enumerate(views, start=1)}
    if not isinstance(views, Mapping):
        return {}
    framed = {name: Names(X.index, X.columns) for name, X in views.items() if hasattr(X, "iloc")}
    return framed | {name: Names(X.obs_names, X.var_names) for name, X in views.items() if hasattr(X, "var_names")}


def named_samples(known: Mapping[str, Names], samples: Sequence[str] | None) -> dict[str, Names]:
    """Return the names of all views' features with those of the samples that were integrated.

    Parameters
    ----------
    known : mapping of str to Names
        From `names_of`; each view's own samples.
    samples : sequence of str or None
        Names of the samples that were integrated; `None` if they have none.
    """
    return {name: names if samples is None else replace(names, samples=samples) for name, names in known.items()}


def chosen_names(known: Mapping[str, Names], view: str, n_samples: int, columns: np.ndarray) -> Tables:
    """Return names for the chosen columns of a view: those that are known, else `sample0` and the features' numbers.

    Parameters
    ----------
    known : mapping of str to Names
        From `names_of`. All views are of the same samples, so the samples' names are taken from any of them.
    view : str
        Name of the view.
    n_samples : int
        Number of samples.
    columns : numpy.ndarray of shape (n_chosen,)
        The chosen features, by number.
    """
    any_names = known.get(view) or next(iter(known.values()), None)
    samples = [f"sample{i}" for i in range(n_samples)] if any_names is None else list(map(str, any_names.samples))
    features = known[view].features if view in known else None
    return Tables.of_names(samples, [str(i if features is None else features[i]) for i in columns])
