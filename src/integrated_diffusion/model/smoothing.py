"""Denoised values: the smoother of each view, the requested columns, and the array that blocks are written to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from integrated_diffusion.integration.imputation import imputing
from integrated_diffusion.integration.integration import Integration
from integrated_diffusion.operators import Diagonal, Operator
from integrated_diffusion.selection.smoothers import COUNTS, SelectedSmoother, Smoother, on_count_scale
from integrated_diffusion.selection.smoothing_rule import select_smoother
from integrated_diffusion.views.checks import check_known
from integrated_diffusion.views.counts import check_count_scale, library_sizes
from integrated_diffusion.views.prepared import PreparedView
from integrated_diffusion.views.samples import spread
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class SelectedSmoothers(Mapping[str, SelectedSmoother]):
    """The smoother of each view, selected by held-out data when it is first asked for.

    Parameters
    ----------
    integration : Integration
        The views, their operators and the settings.
    known : dict of str to SelectedSmoother, default {}
        Those that were selected before.
    select : callable or None, default None
        Selects the smoother of a view by name; by all of its samples unless given.
    """

    integration: Integration = field(repr=False)
    known: dict[str, SelectedSmoother] = field(default_factory=dict)
    select: Callable[[str], SelectedSmoother] | None = field(default=None, repr=False)

    def __getitem__(self, view: str) -> SelectedSmoother:
        """Return the smoother of a view.

        Raises
        ------
        KeyError
            If there is no such view.
        """
        if view not in self.known:
            self.known[view] = (self.select or self._by_all_samples)(view)
        return self.known[view]

    def _by_all_samples(self, view: str) -> SelectedSmoother:
        built, mask = self.integration, self.integration.samples.measured[view]
        operator, construction = built.operator, built.construction
        if not mask.all():  # held-out values are of samples that the view has measured
            operator, construction = operator.restricted(mask), construction.at(mask)
        return select_smoother(built.views[view], operator, construction)

    def __iter__(self) -> Iterator[str]:
        return iter(self.integration.views)

    def __len__(self) -> int:
        return len(self.integration.views)


@dataclass(frozen=True, eq=False)
class Smoothing:
    """What `denoise` computes: an operator, and the values that it is applied to.

    Attributes
    ----------
    operator : Operator
        The smoother.
    values : array of shape (n_samples, n_features)
        Normalised values, or counts.
    """

    operator: Operator
    values: View


def smoothing_of(integration: Integration, view: str, smoother: Smoother, scale: str) -> Smoothing:
    """Return a smoother of a fitted view and the values that it is applied to.

    Parameters
    ----------
    integration : Integration
        The fitted views and operators.
    view : str
        Name of the view.
    smoother : Smoother
        Its smoother.
    scale : str
        `'normalised'` or `'counts'`.

    Raises
    ------
    ValueError
        If there is no such view, or counts are asked for of a view that has none.
    """
    check_known([view], tuple(integration.views), "view")
    prepared, measured = integration.views[view], integration.samples.measured[view]
    operator = smoother.of(view, integration.operator)
    if scale != COUNTS:
        return Smoothing(operator, integration.denoisable(view))
    return counts_smoothing(operator, prepared.raw, recipe_name_of(prepared), view, measured)


def smoothing_of_values(
    integration: Integration, X: View, measured: np.ndarray | None, smoother: Smoother, scale: str
) -> Smoothing:
    """Return a power of `J`, mixed with the measured values, and values of any kind that it is applied to.

    Parameters
    ----------
    integration : Integration
        The fitted operators.
    X : array of shape (n_measured, n_features)
        Values.
    measured : numpy.ndarray of bool, shape (n_samples,), or None
        Which samples they are of; `None` if of all.
    smoother : Smoother
        Power and amount.
    scale : str
        `'normalised'` or `'counts'`.

    Raises
    ------
    ValueError
        If counts are asked for of values that are none.
    """
    J = integration.operator.operator
    if measured is None:
        operator = smoother.mixed(J**smoother.t)
    else:
        S = imputing(J, measured, smoother.t)
        operator = Diagonal(measured, "w") @ smoother.mixed(S) + Diagonal(~measured, "(1 - w)") @ S
    if scale == COUNTS:
        return counts_smoothing(operator, X, "none", "to denoise", measured)
    return Smoothing(operator, X if measured is None else spread(X, measured))


def counts_smoothing(
    operator: Operator, X: View, recipe: str, name: str, measured: np.ndarray | None = None
) -> Smoothing:
    """Return a smoother on the scale of counts, and the counts.

    Samples that were not measured have no depth of their own: theirs is the median of the measured ones.

    Parameters
    ----------
    operator : Operator
        The smoother, row-stochastic.
    X : array of shape (n_measured, n_features)
        Measured values.
    recipe : str
        Name of the view's recipe.
    name : str
        What to call the view in messages.
    measured : numpy.ndarray of bool, shape (n_samples,), or None, default None
        Which samples they are of; `None` if of all.

    Raises
    ------
    ValueError
        If the values are not counts.
    """
    check_count_scale(X, recipe, name)
    sizes = library_sizes(X)
    if measured is None or measured.all():
        return Smoothing(on_count_scale(operator, sizes), X)
    all_sizes = np.full(len(measured), np.median(sizes))
    all_sizes[measured] = sizes
    return Smoothing(on_count_scale(operator, all_sizes), spread(X, measured))


def recipe_name_of(view: PreparedView) -> str:
    """Return the name of a view's recipe, `'none'` without one."""
    return "none" if view.recipe is None else view.recipe.name


class Blocks(Protocol):
    """A matrix that is computed in blocks of columns, such as a `BlockedProduct`."""

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the whole matrix."""

    @property
    def dtype(self) -> np.dtype:
        """Its precision."""

    def __iter__(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield columns and their values."""
        ...


def column_numbers(features: Sequence[int] | np.ndarray | None, n_features: int) -> np.ndarray:
    """Return columns by number, `(n_columns,)`.

    Parameters
    ----------
    features : sequence of int, mask or None
        Numbers of columns (negative ones count from the end), a mask of all columns, or `None` for all of them.
    n_features : int
        Number of columns there are.

    Raises
    ------
    TypeError
        If the features are not numbered.
    ValueError
        If there is no such column.
    """
    if features is None:
        return np.arange(n_features)
    columns = np.asarray(features)
    columns = columns.astype(np.intp) if columns.size == 0 else columns
    if columns.dtype == bool and columns.shape == (n_features,):
        return np.flatnonzero(columns)
    if columns.dtype.kind not in "iub" or columns.ndim != 1:
        raise TypeError(f"features: expected numbers of columns, found {features!r}; look names up first")
    if columns.dtype == bool or (columns < -n_features).any() or (columns >= n_features).any():
        raise ValueError(f"features: expected columns below {n_features}, found {features!r}; correct them")
    return columns


def filled(blocks: Blocks, out: Any = None) -> Any:
    """Put all blocks into an array.

    Parameters
    ----------
    blocks : Blocks
        What is computed, block by block.
    out : object that takes `out[:, i:j] = block`, or None, default None
        Where to put it; a new array unless given.

    Raises
    ------
    TypeError
        If `out` holds whole numbers, to which values would be cut.
    ValueError
        If `out` has another shape.
    """
    out = np.empty(blocks.shape, dtype=blocks.dtype) if out is None else out
    if tuple(out.shape) != blocks.shape:
        raise ValueError(f"out: expected shape {blocks.shape}, found {tuple(out.shape)}; give it one column a feature")
    if np.issubdtype(getattr(out, "dtype", blocks.dtype), np.integer):
        raise TypeError(f"out: expected decimal numbers, found {out.dtype}; make it of {blocks.dtype}")
    for place, block in blocks:
        out[:, place] = block
    return out
