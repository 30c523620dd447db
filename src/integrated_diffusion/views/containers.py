"""Several views out of any container: a mapping, a list, or a MuData; checked, and known to have the same samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrated_diffusion.views.names import match_rows
from integrated_diffusion.views.prepared import AnyView, PreparedView
from integrated_diffusion.views.samples import SampleSet
from integrated_diffusion.views.validation import View, as_view


@dataclass(frozen=True, eq=False)
class MeasuredViews:
    """Checked views of the same samples.

    Attributes
    ----------
    views : mapping of str to array or PreparedView
        By name, in their order, `(n_samples, n_features)` each.
    samples : SampleSet
        Their samples.
    feature_types : mapping of str to str
        What a MuData says the features of a view are (`var["feature_types"]`), where it says one thing.
    """

    views: Mapping[str, AnyView]
    samples: SampleSet
    feature_types: Mapping[str, str]


def measured_views(views: Any) -> MeasuredViews:
    """Check measured views and their samples.

    Parameters
    ----------
    views : mapping, sequence or MuData
        A mapping from name to array or `PreparedView`, a sequence of arrays (named `view1`, `view2`, ...), or an object
        with a `mod` mapping of modalities that have an `X` (a MuData).

    Returns
    -------
    MeasuredViews
        At least two views of the same samples.

    Raises
    ------
    TypeError
        If `views` is none of these.
    ValueError
        If there are fewer than two views, or they disagree on the samples.
    """
    named = _named(views)
    if len(named) < 2:
        raise ValueError(
            f"expected at least two views of the same samples, found {len(named)} "
            f"({', '.join(map(repr, named)) or 'none'}); name another measurement of the same samples"
        )
    names = {name: list(map(str, values.index)) for name, values in named.items() if hasattr(values, "iloc")}
    checked = {name: X if isinstance(X, PreparedView) else as_view(X, name) for name, X in named.items()}
    if _is_mudata(views):
        names = {name: list(map(str, views.obs_names)) for name in checked}
    samples = SampleSet.shared({name: X.shape[0] for name, X in checked.items()}, names)
    return MeasuredViews(checked, samples, _feature_types(views))


def as_views(views: Any) -> dict[str, View]:
    """Return checked views by name, in their order; see `measured_views`."""
    found = measured_views(views).views
    return {name: view.raw if isinstance(view, PreparedView) else view for name, view in found.items()}


def _is_mudata(views: Any) -> bool:
    return hasattr(views, "mod") and isinstance(views.mod, Mapping)


def _named(views: Any) -> dict[str, Any]:
    if _is_mudata(views):
        samples = list(map(str, views.obs_names))
        views = {name: _in_order(modality, samples, name) for name, modality in views.mod.items()}
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


def _in_order(modality: Any, samples: list[str], name: str) -> Any:
    """A modality's `X` with its rows in the order of the whole MuData, where its embeddings are kept."""
    rows = match_rows(samples, list(map(str, modality.obs_names)), "the MuData", f"'{name}'")
    return modality.X if rows is None else modality.X[rows]


def _feature_types(views: Any) -> dict[str, str]:
    if not _is_mudata(views):
        return {}
    found = {
        name: list(modality.var["feature_types"].astype(str).unique())
        for name, modality in views.mod.items()
        if "feature_types" in getattr(modality, "var", ())
    }
    return {name: str(kinds[0]) for name, kinds in found.items() if len(kinds) == 1}
