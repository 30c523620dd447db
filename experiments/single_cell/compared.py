"""The methods that stand side by side: each view alone, alternating, published, default."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from experiments.single_cell.fits import FittedSet
from integrated_diffusion import IntegratedOperator
from integrated_diffusion.association import FixedSmoothing, JointSmoothing, NoSmoothing, PerViewSmoothing, Smoothing
from integrated_diffusion.embedding import multiscale_map
from integrated_diffusion.integration.orders import given_order
from integrated_diffusion.operators import Operator

RAW, VIEW_WISE = "as measured", "each view by itself"
ALTERNATING, PUBLISHED, DEFAULT = "alternating", "published", "default"
PUBLISHED_ALIKE = "published, default's map"
"""The published operator with the map of the default, which only differs in how it weighs the coordinates."""

SMOOTHED = (VIEW_WISE, ALTERNATING, PUBLISHED, DEFAULT)
"""Ways that change the values, which have two nulls."""
ALL_SMOOTHINGS = (RAW, *SMOOTHED)

MODALITY_PERMUTED, VALUES_PERMUTED = "modality permuted", "values permuted"
"""The two nulls: a modality's cells are permuted before the fit, or its values alone, with the same operator."""
NULLS = (MODALITY_PERMUTED, VALUES_PERMUTED)


def alone(view: str) -> str:
    """What a view's own operator is called."""
    return f"{view} alone"


def alternating(cells: FittedSet) -> IntegratedOperator:
    """One step in each view, in the order of the views, on the operators of the default."""
    operators = {view: cells.default.joint.operators[view] for view in cells.of.views}
    return IntegratedOperator(operators, dict.fromkeys(operators, 1), given_order)


def operators(cells: FittedSet) -> Mapping[str, Operator]:
    """Return every operator of which a map is drawn, by its method."""
    own = {alone(view): cells.default.joint.operators[view] for view in cells.of.views}
    return own | {
        ALTERNATING: alternating(cells).operator,
        PUBLISHED: cells.published.joint.operator,
        DEFAULT: cells.default.joint.operator,
    }


def coordinates(cells: FittedSet, way: str) -> np.ndarray:
    """Return a method's diffusion coordinates, `(n_samples, 20)`, all by the default's map but those of the published.

    Parameters
    ----------
    cells
        A fitted set.
    method
        One of `operators`, or `PUBLISHED_ALIKE`.
    """
    if way == DEFAULT:
        return cells.default.coordinates
    if way == PUBLISHED:
        return cells.published.coordinates
    operator = operators(cells)[PUBLISHED if way == PUBLISHED_ALIKE else way]
    return multiscale_map(operator, cells.default.coordinates.shape[1])


def smoothing(cells: FittedSet, way: str, null: str = MODALITY_PERMUTED) -> Smoothing:
    """Return what smooths both sides, with the null that it knows.

    Parameters
    ----------
    cells
        A fitted set.
    method
        One of `ALL_SMOOTHINGS`.
    null
        One of `NULLS`; as measured both are the same.
    """
    first, second = cells.of.views
    if way == RAW:
        return NoSmoothing()
    joint = _joint(cells, way)
    if way == VIEW_WISE:
        separate = PerViewSmoothing(joint, first, second)
        return separate if null == MODALITY_PERMUTED else FixedSmoothing(joint.alone(first), joint.alone(second))
    return (
        JointSmoothing(joint, first, second)
        if null == MODALITY_PERMUTED
        else FixedSmoothing(joint.operator, joint.operator)
    )


def _joint(cells: FittedSet, way: str) -> IntegratedOperator:
    """A view by itself takes the steps of the default."""
    if way == ALTERNATING:
        return alternating(cells)
    return cells.published.joint if way == PUBLISHED else cells.default.joint
