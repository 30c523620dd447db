"""Cells as they were counted, with what they are scored by: labels and batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.evaluation.sequencing import CITE_800, RECIPES, counts
from integrated_diffusion.io.reading.labels import read_labels
from integrated_diffusion.views.validation import View


@dataclass(frozen=True, eq=False)
class Counted:
    """One set.

    Parameters
    ----------
    views
        Counts by view.
    labels, batches
        Of every cell.
    """

    views: Mapping[str, View]
    labels: np.ndarray
    batches: np.ndarray

    @property
    def recipes(self) -> dict[str, str]:
        """How each view is normalised."""
        return {view: RECIPES[view] for view in self.views}


def counted() -> Counted:
    """Return the 800 cells of CITE-seq, of two donors."""
    data = counts(CITE_800)
    return Counted(data.views, read_labels(data, "cell_type"), read_labels(data, "batch"))
