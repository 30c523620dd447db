"""A power filter whose power is the elbow of the operator's spectral entropy."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrated_diffusion.operators import Block, DiffusionOperator
from integrated_diffusion.spectrum import LanczosQuadrature, eigenvalues
from integrated_diffusion.spectrum.elbows import ElbowRule, elbow_marginal_decrease
from integrated_diffusion.spectrum.entropy import entropy_curve


@dataclass(frozen=True)
class EntropyFilter:
    """`P^t X` with `t` the elbow of the operator's own spectral entropy: each node of the tree has its own `t`.

    Parameters
    ----------
    t_max : int, default 100
        Largest diffusion time.
    elbow : callable, default elbow_marginal_decrease
        Rule that finds the elbow.
    quadrature : LanczosQuadrature
        Accuracy of the spectra of large nodes. A step more or less matters little in a node, so the default is coarser
        than for whole views.
    """

    t_max: int = 100
    elbow: ElbowRule = elbow_marginal_decrease
    quadrature: LanczosQuadrature = field(
        default_factory=lambda: LanczosQuadrature(n_probes=8, n_steps=30, n_deflated=12, n_blocks=4)
    )

    def __call__(self, operator: DiffusionOperator, X: Block) -> Block:
        """Return `P^t X`."""
        curve = entropy_curve(eigenvalues(operator, self.quadrature), self.t_max, self.elbow)
        filtered: Block = operator**curve.elbow @ X
        return filtered
