"""Features that are left out: those that are named, else hashtags, which tell samples apart and not cells."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from integrated_diffusion.io.files import opened_hdf5
from integrated_diffusion.io.foreign import stored_kind
from integrated_diffusion.io.reading.view_file import StoredView
from integrated_diffusion.views.hashtags import is_hashtag, warn_of, warn_of_hashtags, without_in_mudata


def kept_columns(stored: Mapping[str, StoredView], exclude: Collection[str] | None) -> dict[str, np.ndarray]:
    """Return the columns of the features that are kept, of those views that lose some.

    Parameters
    ----------
    stored : mapping of str to StoredView
        The views as they were read.
    exclude : collection of str or None
        Names of features, those of views that have them; hashtags among other features if `None`, but for those of a
        MuData, which an output keeps whole unless features are named.

    Raises
    ------
    ValueError
        If no view has a feature that is named, or it cannot be left out of a copy of the MuData that it is in.

    Warns
    -----
    ExcludedFeaturesWarning
        If hashtags are left out or found.
    """
    names = {view: list(map(str, found.feature_names or [])) for view, found in stored.items()}
    _check_known(names, exclude)
    whole = [view for view in names if stored_kind(stored[view].place.file) == ".h5mu"]
    if exclude is None:
        bare = [view for view, known in names.items() if known and all(map(is_hashtag, known))]
        warn_of_hashtags({view: names[view] for view in names if view in {*whole, *bare}}, _by_an_option)
        left_out = [view for view in names if view not in {*whole, *bare}]
        dropped = {view: {name for name in names[view] if is_hashtag(name)} for view in left_out}
        for view in filter(dropped.get, left_out):
            tags = [name for name in names[view] if name in dropped[view]]
            warn_of(view, tags, 'they are left out, --exclude "" keeps them')
    else:
        dropped = {view: set(exclude).intersection(known) for view, known in names.items()}
        for view in whole:
            if dropped[view]:
                _check_divisible(view, stored[view])
    return {
        view: np.array([column for column, name in enumerate(names[view]) if name not in gone], dtype=np.intp)
        for view, gone in dropped.items()
        if gone
    }


def _by_an_option(view: str, hashtags: Sequence[str]) -> str:
    words = " ".join(f"--exclude {shlex.quote(name)}" for name in hashtags)
    in_python = without_in_mudata(view, hashtags).removeprefix("leave them out by ")
    return f"they stay, leave them out by `run {words}`, in Python by {in_python}"


def _check_divisible(view: str, found: StoredView) -> None:
    """Raise `ValueError` unless a copy of a MuData can lack some features of a view, or the view is no part of it."""
    place = found.place
    with opened_hdf5(place.file) as file:
        is_shared = int(file.attrs.get("axis", 0)) != 0
    if place.inside.endswith("raw/X") or is_shared:
        what = "features that modalities share" if is_shared else "the features of raw"
        raise ValueError(
            f"--exclude: expected features of one modality, found '{view}' in {place}, {what}; write a file without "
            "them"
        )


def at_columns(view: StoredView, columns: np.ndarray) -> StoredView:
    """Return some features of a view."""
    values = view.values.iloc[:, columns] if hasattr(view.values, "iloc") else view.values[:, columns]
    names = None if view.feature_names is None else [view.feature_names[i] for i in columns]
    others = {key: [known[i] for i in columns] for key, known in view.annotations.items()}
    return replace(view, values=values, feature_names=names, annotations=others)


def _check_known(names: Mapping[str, Collection[str]], exclude: Collection[str] | None) -> None:
    known = set().union(*names.values())
    unknown = [name for name in exclude or () if name not in known]
    if unknown:
        raise ValueError(
            f"--exclude: expected features of {' or '.join(map(repr, names))}, found {unknown[0]!r}; correct the name"
        )
