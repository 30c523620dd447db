"""Baselines that add or multiply the views' affinities."""

from __future__ import annotations

from functools import reduce

import scipy.sparse as sp

from integrated_diffusion.fusion.method import method
from integrated_diffusion.integration.construction import Construction
from integrated_diffusion.operators import DiffusionOperator, Operator
from integrated_diffusion.operators.build import warn_if_disconnected
from integrated_diffusion.views.validation import View


@method
def affinity_addition(views: dict[str, View], construction: Construction) -> Operator:
    """One diffusion operator by the mean of the views' affinities, `(K_1 + K_2 + ...) / M`."""
    kernels = _kernels(views, construction)
    return DiffusionOperator(sp.csr_array(sum(kernels[1:], kernels[0]) / len(kernels)), " + ".join(views))


@method
def affinity_multiplication(views: dict[str, View], construction: Construction) -> Operator:
    """One diffusion operator by the product of the views' affinities: neighbours are those of every view."""
    kernels = _kernels(views, construction)
    operator = DiffusionOperator(reduce(lambda K, L: sp.csr_array(K.multiply(L)), kernels), " ∘ ".join(views))
    warn_if_disconnected(operator)
    return operator


def _kernels(views: dict[str, View], construction: Construction) -> list[sp.csr_array]:
    return [P.kernel for P in construction.operators(construction.reduce(views)).values()]
