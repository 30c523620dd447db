"""The baseline that concatenates the views' features."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.fusion.method import method
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.operators import Operator
from integrated_diffusion.views.scale import unit_scale
from integrated_diffusion.views.validation import View


@method
def feature_concatenation(views: dict[str, View], construction: Construction) -> Operator:
    """One diffusion operator on all features side by side, each view scaled to total variance one."""
    name = "[" + ", ".join(views) + "]"
    return construction.operators({name: side_by_side(construction.reduce(views))})[name]


def side_by_side(views: dict[str, View]) -> View:
    """Return all features of all views, each view scaled to total variance one."""
    scaled = [unit_scale(X) for X in views.values()]
    if any(sp.issparse(X) for X in scaled):
        return sp.csr_array(sp.hstack(scaled))
    return np.hstack(scaled)
