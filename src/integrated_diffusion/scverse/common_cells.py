"""The integrated operator at the cells that two modalities have in common, by which their features are compared."""

from __future__ import annotations

import mudata

from integrated_diffusion.association import FixedSmoothing
from integrated_diffusion.integration.imputation import imputing
from integrated_diffusion.integration.integrated_operator import IntegratedOperator
from integrated_diffusion.io import stored_operator
from integrated_diffusion.operators import RestrictedOperator


def common_operator(mdata: mudata.MuData, first: str, second: str) -> IntegratedOperator:
    """Return the integrated operator of the cells that two modalities have in common.

    Parameters
    ----------
    mdata : mudata.MuData
        An integrated MuData.
    first, second : str
        Two of its views.

    Returns
    -------
    IntegratedOperator
        That of all cells if both have them; else by the affinities of the common cells among each other.
    """
    joint = stored_operator(mdata)
    common = joint.measured[first] & joint.measured[second]
    return joint if common.all() else joint.restricted(common)


def integrated_smoothing(mdata: mudata.MuData, first: str, second: str) -> FixedSmoothing:
    """Return the smoothing of two views by the integrated operator, from and to the cells that both have in common.

    Parameters
    ----------
    mdata : mudata.MuData
        As in `common_operator`.
    first, second : str
        As in `common_operator`.
    """
    joint = stored_operator(mdata)
    common = joint.measured[first] & joint.measured[second]
    along = joint.operator if common.all() else RestrictedOperator(imputing(joint.operator, common), common)
    return FixedSmoothing(along, along)
