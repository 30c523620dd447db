"""Products of the views' diffusion operators: integrated diffusion, alternating diffusion, and what lies between."""

from __future__ import annotations

from integrated_diffusion.fusion.method import method
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.operators import Operator, product
from integrated_diffusion.views.validation import View


@method
def integrated(views: dict[str, View], construction: Construction) -> Operator:
    """Integrated diffusion: local denoising, then powers by entropy, `J = P_1^t_1 P_2^t_2 ...` (paper, eq. 7)."""
    operators = construction.operators(construction.denoise(construction.reduce(views)))
    return construction.join(operators, construction.choose(views, operators)).operator


@method
def alternating(views: dict[str, View], construction: Construction) -> Operator:
    """Alternating diffusion: one step in each view, `P_1 P_2 ...` (Katz, Talmon, Lo and Wu 2019)."""
    return product(*construction.operators(construction.reduce(views)).values())


@method
def local_denoising_only(views: dict[str, View], construction: Construction) -> Operator:
    """Integrated diffusion without powers: alternating diffusion of denoised views."""
    return product(*construction.operators(construction.denoise(construction.reduce(views))).values())


@method
def powering_only(views: dict[str, View], construction: Construction) -> Operator:
    """Integrated diffusion without local denoising: powers by entropy of the views as they are."""
    operators = construction.operators(construction.reduce(views))
    return construction.join(operators, construction.choose(views, operators)).operator
