"""Denoised values of one view, on their way to a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import ColumnBlocks
from integrated_diffusion.selection.smoothers import NORMALISED, Smoother


@dataclass(frozen=True, eq=False)
class DenoisedView:
    """Denoised values of one view, on their way to a file.

    Attributes
    ----------
    name : str
        Name of the view.
    sample_names, feature_names : list of str
        Names of its `n_samples` rows and `n_features` columns.
    blocks : ColumnBlocks
        The values, computed by blocks of columns.
    place : Place or None, default None
        Where the view was measured, for output into a copy of that file.
    smoother : Smoother, default Smoother()
        Which operator was applied, how often, and how much of the smoothed value was taken.
    operator : str, default ""
        The integrated operator as a formula, such as `0.33 rna + 0.67 prot`.
    whole : bool, default True
        Whether these are all features of the view in their order, which can be a layer beside the measured ones.
    scale : str, default 'normalised'
        Scale of the values: `'normalised'` or `'counts'`.
    obs : pandas.DataFrame or None, default None
        Annotations of the samples, which formats with annotations keep.
    """

    name: str
    sample_names: list[str]
    feature_names: list[str]
    blocks: ColumnBlocks
    place: Place | None = None
    smoother: Smoother = Smoother()  # noqa: RUF009 - a frozen value
    operator: str = ""
    whole: bool = True
    scale: str = NORMALISED
    obs: pd.DataFrame | None = None

    @property
    def description(self) -> dict[str, Any]:
        """How the values were made, for files."""
        how = smoothing_description(self.name, self.smoother, self.scale)
        return {**how, "threshold": 0.0, "operator": self.operator}

    @property
    def tables(self) -> Tables:
        """Names of samples and features, and how the values were made."""
        tables = Tables.of_names(self.sample_names, self.feature_names, {keys.DENOISING: self.description})
        return tables if self.obs is None else replace(tables, obs=self.obs.set_axis(tables.obs.index, axis=0))


def smoothing_description(view: str, smoother: Smoother, scale: str = NORMALISED) -> dict[str, Any]:
    """Return how a view was denoised, in plain types.

    Parameters
    ----------
    view : str
        Name of the view.
    smoother : Smoother
        What was applied.
    scale : str, default 'normalised'
        Scale of the values.
    """
    return {
        "view": view,
        "smoother": smoother.operator,
        "power": smoother.t,
        "amount": float(smoother.amount),
        "scale": scale,
    }
