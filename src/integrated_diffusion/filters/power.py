"""Powers of a diffusion operator, `P^t X` (paper, eq. 4)."""

from __future__ import annotations

from dataclasses import dataclass

from integrated_diffusion.operators import Block, Operator
from integrated_diffusion.views.checks import check_count


@dataclass(frozen=True)
class PowerFilter:
    """`P^t X`: the mean over random walks of `t` steps (paper, eq. 4).

    Parameters
    ----------
    t : int, default 1
        Number of steps.
    """

    t: int = 1

    def __post_init__(self) -> None:
        check_count(self.t, "t", least=0)

    def __call__(self, operator: Operator, X: Block) -> Block:
        """Return `P^t X`."""
        filtered: Block = operator**self.t @ X
        return filtered
