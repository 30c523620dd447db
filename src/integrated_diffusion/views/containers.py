"""Several views out of any container: a mapping, a list, or a MuData; checked, their samples matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from integrated_diffusion.views.missing import (
    DROP,
    KEEP,
    REFUSE,
    check_bridged,
    check_complete,
    check_missing,
    common_samples,
    measured_rows,
)
from integrated_diffusion.views.named import is_annotated, names_of_features, names_of_samples, values_of
from integrated_diffusion.views.names import check_unique
from integrated_diffusion.views.prepared import AnyView, PreparedView, rows_of
from integrated_diffusion.views.samples import SampleSet
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class MeasuredViews:
    """Checked views of one set of samples.

    Attributes
    ----------
    views : mapping of str to array or PreparedView
        By name, in their order, `(n_measured, n_features)` each: a row for each sample that the view has measured.
    samples : SampleSet
        Their samples, and which of them each view has measured.
    feature_types : mapping of str to str
        What a MuData says the features of a view are (`var["feature_types"]`), where it says one thing.
    kept : numpy.ndarray of bool or None, default None
        Which of the samples that were given these are, where some were left out.
    """

    views: Mapping[str, AnyView]
    samples: SampleSet
    feature_types: Mapping[str, str]
    kept: np.ndarray | None = None

    def subset(self, kept: np.ndarray) -> MeasuredViews:
        """Return the views of some of the samples, `(n_samples,)`, a mask."""
        views = {name: rows_of(view, kept[self.samples.measured[name]]) for name, view in self.views.items()}
        return MeasuredViews(views, self.samples.subset(kept), self.feature_types, kept)


def measured_views(views: Any, missing: str = KEEP, order: Sequence[str] | None = None) -> MeasuredViews:
    """Check measured views and match their samples.

    Samples that come with names (data frames, AnnData, MuData) are matched by them: there is one sample for every name
    in any view, in the order in which views name them first (for a MuData in its own order). Samples without names are
    matched by their place; a row of NaN in an array was not measured, nor was a row of zero counts.

    Parameters
    ----------
    views : mapping, sequence, MuData or MeasuredViews
        A mapping from name to array, data frame, AnnData or `PreparedView`, a sequence of them (named `view1`, `view2`,
        ...), or an object with a `mod` mapping of modalities that have an `X` (a MuData).
    missing : {'keep', 'drop', 'refuse'}, default 'keep'
        What to do about samples that a view has not measured: keep them, leave them out of every view, or fail.
    order : sequence of str or None, default None
        Names of samples in the order in which to put them; names of no sample are passed over. By the views, or by the
        MuData, unless given.

    Returns
    -------
    MeasuredViews
        At least two views.

    Raises
    ------
    TypeError
        If `views` is none of these.
    ValueError
        If there are fewer than two views, samples cannot be matched, a sample is in no view, or views have no samples
        in common; with `missing='refuse'` also if any sample is missing in a view.
    """
    check_missing(missing)
    found = views if isinstance(views, MeasuredViews) else _matched(views, order)
    if found.samples.is_complete:
        return found
    if missing == REFUSE:
        check_complete(found.samples)
    if missing == DROP:
        return found.subset(common_samples(found.samples))
    check_bridged(found.samples)
    return found


def as_views(views: Any) -> dict[str, View]:
    """Return checked views by name, in their order, every sample of which is measured in all; see `measured_views`."""
    found = measured_views(views, REFUSE).views
    return {name: view.raw if isinstance(view, PreparedView) else view for name, view in found.items()}


def _matched(views: Any, order: Sequence[str] | None = None) -> MeasuredViews:
    """Views of the union of their samples."""
    named = _named(views)
    if len(named) < 2:
        raise ValueError(
            f"expected at least two views of the same samples, found {len(named)} "
            f"({', '.join(map(repr, named)) or 'none'}); name another measurement of the same samples"
        )
    names = {name: found for name, X in named.items() if (found := names_of_samples(X)) is not None}
    checked, measured = {}, {}
    for name, X in named.items():
        is_prepared = isinstance(X, PreparedView)
        checked[name], measured[name] = (X, None) if is_prepared else measured_rows(values_of(X), name)
    sizes = {name: len(mask) if mask is not None else checked[name].shape[0] for name, mask in measured.items()}
    order = list(map(str, views.obs_names)) if _is_mudata(views) else order
    wanted = _order(names, sizes, order)
    if wanted is None:
        samples = SampleSet.shared(sizes, names)
        masks = {name: samples.measured[name] if mask is None else mask for name, mask in measured.items()}
        return MeasuredViews(checked, replace(samples, measured=masks), _feature_types(views))
    return _by_name(checked, measured, names, wanted, _feature_types(views))


def _order(
    names: Mapping[str, list[str]], sizes: Mapping[str, int], first: Sequence[str] | None = None
) -> list[str] | None:
    """All names of samples, in a given order or those of the first view first; `None` if they are matched by place.

    Frames whose rows are merely numbered from 0 on have no names to match by, unless another view has.
    """
    if first is not None:
        check_unique(list(first), "the views")
        known = set().union(*names.values())
        return list(dict.fromkeys([*(name for name in first if name in known), *_union(names)]))
    numbered = all(found == list(map(str, range(len(found)))) for found in names.values())
    if numbered or len({tuple(found) for found in names.values()}) < 2:
        return None
    unnamed = [name for name in sizes if name not in names]
    if unnamed:
        raise ValueError(
            f"expected names of samples in every view or the same ones in all that have any, found other ones or "
            f"another order in {' and '.join(map(repr, names))} and no names in '{unnamed[0]}'; give every view as a "
            "data frame"
        )
    return _union(names)


def _union(names: Mapping[str, list[str]]) -> list[str]:
    return list(dict.fromkeys(name for found in names.values() for name in found))


def _by_name(
    checked: Mapping[str, AnyView],
    measured: Mapping[str, np.ndarray | None],
    names: Mapping[str, list[str]],
    order: list[str],
    feature_types: Mapping[str, str],
) -> MeasuredViews:
    """Views with rows in one order of the names; a view has measured the samples that it names."""
    place = {name: row for row, name in enumerate(order)}
    masks, views = {}, {}
    for view, X in checked.items():
        check_unique(names[view], f"'{view}'")
        places = np.fromiter((place[name] for name in names[view]), dtype=np.intp, count=len(names[view]))
        mask = measured[view]
        places = places if mask is None else places[mask]
        masks[view] = np.zeros(len(order), dtype=bool)
        masks[view][places] = True
        views[view] = X if (np.diff(places) > 0).all() else rows_of(X, np.argsort(places))
    return MeasuredViews(views, SampleSet(len(order), masks, tuple(order)), feature_types)


def _is_mudata(views: Any) -> bool:
    return hasattr(views, "mod") and isinstance(views.mod, Mapping)


def _named(views: Any) -> dict[str, Any]:
    if _is_mudata(views):
        views = views.mod
    if isinstance(views, Mapping):
        if not all(isinstance(name, str) for name in views):
            raise TypeError("expected names of views to be text, found another type of key; name each view by a str")
        return dict(views)
    if isinstance(views, Sequence) and not isinstance(views, str | bytes):
        return {f"view{i}": values for i, values in enumerate(views, start=1)}
    raise TypeError(
        f"expected views as a mapping from name to array, a list of arrays or a MuData, found "
        f"{type(views).__name__}; write for instance {{'rna': X, 'atac': Y}}"
    )


def feature_names(views: Any) -> dict[str, list[str]]:
    """Return names of features by view, of the AnnData and data frames among the views that `measured_views` takes."""
    if isinstance(views, MeasuredViews):
        return {}
    return {name: names_of_features(X) or [] for name, X in _named(views).items()}


def _feature_types(views: Any) -> dict[str, str]:
    found = {
        name: list(np.unique(np.asarray(modality.var["feature_types"]).astype(str)))
        for name, modality in _named(views).items()
        if is_annotated(modality) and "feature_types" in getattr(modality, "var", ())
    }
    return {name: str(kinds[0]) for name, kinds in found.items() if len(kinds) == 1}
