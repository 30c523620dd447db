"""Hashtags, the tags by which samples were pooled: as features of a view they tell samples apart and not cells."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_HASHTAG = re.compile(r"((anti|human|mouse|totalseq)[-_. ]*)*(hashtag|hto|cmo)([-_. ]*[a-z]?\d+.*)?", re.IGNORECASE)

Remedy = Callable[[str, Sequence[str]], str]
"""From a view and its hashtags to how to leave these out."""


class ExcludedFeaturesWarning(UserWarning):
    """Features were recognised as hashtags."""


def is_hashtag(name: str) -> bool:
    """Whether a name is that of a tag by which samples were pooled.

    >>> [is_hashtag(name) for name in ("Hashtag1", "HTO_A2", "anti-human Hashtag 3", "CMO301", "CD3", "HTR2A")]
    [True, True, True, True, False, False]
    """
    return _HASHTAG.fullmatch(name) is not None


def warn_of_hashtags(names: Mapping[str, Sequence[str]], remedy: Remedy) -> None:
    """Warn of hashtags among the features of views, and of views that have nothing else.

    Parameters
    ----------
    names : mapping of str to sequence of str
        Names of the features by view.
    remedy : callable
        How to leave hashtags among other features out.

    Warns
    -----
    ExcludedFeaturesWarning
        For each view that has some.
    """
    for view, known in names.items():
        found = [str(name) for name in known if is_hashtag(str(name))]
        if found:
            is_bare = len(found) == len(known)
            warn_of(view, found, "it has nothing else; leave the view out" if is_bare else remedy(view, found))


def warn_of(view: str, hashtags: Sequence[str], how: str) -> None:
    """Warn of some hashtags, and say what is or can be done about them."""
    warnings.warn(
        f"view '{view}': found {len(hashtags)} hashtags ({', '.join(hashtags)}), which tell pooled samples apart and "
        f"not cells; {how}",
        ExcludedFeaturesWarning,
        stacklevel=4,
    )


def without_in_mudata(view: str, hashtags: Sequence[str]) -> str:
    """Say how to leave features of a modality out of a MuData."""
    cells = f"mdata[{view!r}]"
    chosen = f"{cells}[:, ~{cells}.var_names.isin({list(hashtags)!r})].copy()"
    return f"leave them out by mdata.mod[{view!r}] = {chosen}; mdata.update()"


def remedy_for(views: Any) -> Remedy:
    """Return what says how to leave features out of a MuData, or out of AnnData and frames by name."""
    if hasattr(views, "mod"):
        return without_in_mudata

    def remedy(view: str, hashtags: Sequence[str]) -> str:
        if isinstance(views, Mapping) and hasattr(views.get(view), "var_names"):
            return f"leave them out by views[{view!r}][:, ~views[{view!r}].var_names.isin({list(hashtags)!r})]"
        return f"leave them out by .drop(columns={list(hashtags)!r})"

    return remedy
