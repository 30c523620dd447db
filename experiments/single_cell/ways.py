"""The ways that stand side by side: each view alone, alternating, published, default."""

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
"""The published walk with the map of the default, which only differs in how it weighs the coordinates."""

SMOOTHED = (VIEW_WISE, ALTERNATING, PUBLISHED, DEFAULT)
"""Ways that change the values, which have two nulls."""
ALL_SMOOTHINGS = (RAW, *SMOOTHED)

VIEWS_SHUFFLED, VALUES_SHUFFLED = "views shuffled", "values shuffled"
"""The two nulls: a view's cells shuffled before everything, or its values alone shuffled under a walk that stays."""
NULLS = (VIEWS_SHUFFLED, VALUES_SHUFFLED)


def alone(view: str) -> str:
    """What a view's own walk is called."""
    return f"{view} alone"


def alternating(cells: FittedSet) -> IntegratedOperator:
    """One step in each view, in the order of the views, on the walks of the default."""
    walks = {view: cells.default.joint.operators[view] for view in cells.of.views}
    return IntegratedOperator(walks, dict.fromkeys(walks, 1), given_order)


def walks(cells: FittedSet) -> Mapping[str, Operator]:
    """Return every walk of which a map is drawn, by its way."""
    own = {alone(view): cells.default.joint.operators[view] for view in cells.of.views}
    return own | {
        ALTERNATING: alternating(cells).operator,
        PUBLISHED: cells.published.joint.operator,
        DEFAULT: cells.default.joint.operator,
    }


def coordinates(cells: FittedSet, way: str) -> np.ndarray:
    """Return a way's diffusion coordinates, `(n_samples, 20)`, all by the default's map but those of the published.

    Parameters
    ----------
    cells
        A fitted set.
    way
        One of `walks`, or `PUBLISHED_ALIKE`.
    """
    if way == DEFAULT:
        return cells.default.coordinates
    if way == PUBLISHED:
        return cells.published.coordinates
    walk = walks(cells)[PUBLISHED if way == PUBLISHED_ALIKE else way]
    return multiscale_map(walk, cells.default.coordinates.shape[1])


def smoothing(cells: FittedSet, way: str, null: str = VIEWS_SHUFFLED) -> Smoothing:
    """Return what smooths both sides, with the null that it knows.

    Parameters
    ----------
    cells
        A fitted set.
    way
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
        return separate if null == VIEWS_SHUFFLED else FixedSmoothing(joint.alone(first), joint.alone(second))
    return (
        JointSmoothing(joint, first, second)
        if null == VIEWS_SHUFFLED
        else FixedSmoothing(joint.operator, joint.operator)
    )


def _joint(cells: FittedSet, way: str) -> IntegratedOperator:
    """A view by itself takes the steps of the default."""
    if way == ALTERNATING:
        return alternating(cells)
    return cells.published.joint if way == PUBLISHED else cells.default.joint
