"""Denoised values of one view, on their way to a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Place
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import ColumnBlocks


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
    power : int, default 1
        How often the integrated operator was applied.
    operator : str, default ""
        The integrated operator as a formula, such as `0.33 rna + 0.67 prot`.
    whole : bool, default True
        Whether these are all features of the view in their order, which can be a layer beside the measured ones.
    """

    name: str
    sample_names: list[str]
    feature_names: list[str]
    blocks: ColumnBlocks
    place: Place | None = None
    power: int = 1
    operator: str = ""
    whole: bool = True

    @property
    def description(self) -> dict[str, Any]:
        """How the values were made, for files."""
        return {"view": self.name, "power": self.power, "threshold": 0.0, "operator": self.operator}

    @property
    def tables(self) -> Tables:
        """Names of samples and features, and how the values were made."""
        return Tables.of_names(self.sample_names, self.feature_names, {keys.DENOISING: self.description})
