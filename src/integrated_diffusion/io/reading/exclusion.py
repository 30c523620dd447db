"""Features that are left out: those that are named, else hashtags, which tell samples apart and not cells."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from integrated_diffusion.io.reading.view_file import StoredView

_HASHTAG = re.compile(r"((anti|human|mouse|totalseq)[-_. ]*)*(hashtag|hto|cmo)([-_. ]*[a-z]?\d+.*)?", re.IGNORECASE)


class ExcludedFeaturesWarning(UserWarning):
    """Features were recognised as hashtags."""


def is_hashtag(name: str) -> bool:
    """Whether a name is that of a tag by which samples were pooled.

    >>> [is_hashtag(name) for name in ("Hashtag1", "HTO_A2", "anti-human Hashtag 3", "CMO301", "CD3", "HTR2A")]
    [True, True, True, True, False, False]
    """
    return _HASHTAG.fullmatch(name) is not None


def kept_columns(stored: Mapping[str, StoredView], exclude: Collection[str] | None) -> dict[str, np.ndarray]:
    """Return the columns of the features that are kept, of those views that lose some.

    Parameters
    ----------
    stored : mapping of str to StoredView
        The views as they were read.
    exclude : collection of str or None
        Names of features, those of views that have them; hashtags among other features if `None`.

    Raises
    ------
    ValueError
        If no view has a feature that is named, or a view is that of a `.h5mu`, whose features all stay in its copy.

    Warns
    -----
    ExcludedFeaturesWarning
        If hashtags are left out, or found in a `.h5mu`, where they stay.
    """
    names = {view: found.feature_names or [] for view, found in stored.items()}
    _check_known(names, exclude)
    kept = {}
    for view, known in names.items():
        dropped = [name for name in known if (is_hashtag(name) if exclude is None else name in exclude)]
        if not dropped or (exclude is None and len(dropped) == len(known)):
            continue
        stays = stored[view].place.file.suffix.lower() == ".h5mu"
        if stays and exclude is not None:
            raise ValueError(
                f"--exclude: expected files of one view each, found '{view}' in {stored[view].place.file}, which keeps "
                "all its features; write a file without them"
            )
        if exclude is None:
            how = "they stay, leave them out of the file" if stays else 'they are left out, --exclude "" keeps them'
            warnings.warn(
                f"view '{view}': found {len(dropped)} hashtags ({', '.join(dropped[:4])}), which tell pooled samples "
                f"apart and not cells; {how}",
                ExcludedFeaturesWarning,
                stacklevel=3,
            )
        if not stays:
            gone = set(dropped)
            kept[view] = np.array([column for column, name in enumerate(known) if name not in gone], dtype=np.intp)
    return kept


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
