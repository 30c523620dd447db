"""Stochastic Lanczos quadrature: every sum over the spectrum of a symmetric map from a few dozen products with blocks.

Whatever is computed from a spectrum here is a sum of some function over it, `sum_i f(s_i)`. Lanczos quadrature (Golub
and Meurant 1994; Ubaru, Chen and Saad 2017) gives such sums for every `f` at once. The leading eigenvectors, which
contribute nearly all of the sum at large diffusion times, are projected out of the random probes first (deflation).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from integrated_diffusion.operators import Workspace
from integrated_diffusion.operators.default_workspace import default_workspace
from integrated_diffusion.spectrum.krylov import Apply
from integrated_diffusion.spectrum.leading import leading_subspace
from integrated_diffusion.spectrum.precision import precision_for
from integrated_diffusion.spectrum.rules import GAUSS, Rule
from integrated_diffusion.spectrum.spectrum import Spectrum
from integrated_diffusion.views.checks import check_count

_FURTHER = 6  # blocks by which the space of the deflated vectors is grown once they are chosen
_USUAL_SAMPLES, _FEWEST_PROBES = 10_000, 12


@dataclass(frozen=True)
class LanczosQuadrature:
    """Stochastic Lanczos quadrature with deflation, and its accuracy.

    Parameters
    ----------
    n_probes : int, default 60
        Number of random vectors up to 10,000 samples; the standard error falls with its square root. A vector of more
        samples averages more, so that above 10,000 their number falls in proportion, but not below 12.
    n_steps : int, default 50
        Lanczos steps, which is the number of quadrature nodes per vector.
    n_deflated : int, default 64
        Dimension of the leading subspace that is projected out of the probes and integrated on its own.
    n_blocks : int, default 8
        Number of blocks of the Krylov space in which that subspace is sought.
    """

    n_probes: int = 60
    n_steps: int = 50
    n_deflated: int = 64
    n_blocks: int = 8

    def __post_init__(self) -> None:
        for field in fields(self):
            check_count(getattr(self, field.name), field.name)

    def __call__(
        self,
        apply: Apply,
        known: np.ndarray,
        rng: np.random.Generator,
        rule: Rule = GAUSS,
        workspace: Workspace | None = None,
    ) -> Spectrum:
        """Return the spectrum of a symmetric map without the eigenvalues of known eigenvectors.

        Parameters
        ----------
        apply : callable
            The map on blocks of `n` rows. Each image is a new array, which is overwritten later.
        known : numpy.ndarray of shape (n, n_known)
            Orthonormal eigenvectors; they are left out.
        rng : numpy.random.Generator
            Draws the probes.
        rule : Rule, default GAUSS
            From the coefficients of recurrences and Krylov spaces to nodes and weights.
        workspace : Workspace or None, default None
            Buffers and operations, those of the map if it has any; new ones unless given.

        Notes
        -----
        With `Q` orthonormal, `tr f(A) = tr(Q^T f(A) Q) + tr((1 - Q Q^T) f(A) (1 - Q Q^T))` holds exactly whether or
        not `Q` is invariant under `A`; so `Q` only has to be good enough to leave little variance to the probes. The
        first term is computed in the Krylov space that is grown from `Q` (Chen and Hallman 2023).
        """
        n, n_known = known.shape
        k = min(self.n_deflated, n // 8)
        precision, workspace = precision_for(n), workspace or default_workspace()()

        def deflated(block: np.ndarray) -> np.ndarray:
            return workspace.project_out(known, precision.of(apply, workspace)(block))

        space = leading_subspace(deflated, n, k, self.n_blocks, rng, _FURTHER, workspace)
        probes = workspace.random_signs(rng, (n, self._n_probes(n)))
        probes = workspace.project_out(known, workspace.project_out(space.basis[:, :k], probes))
        nodes, weights = rule.of_subspace(space.matrix, k, space.residual.inner_products)
        del space
        probe_nodes, probe_weights = rule.of_probes(
            *_lanczos(apply, probes.astype(precision.dtype, copy=False), self.n_steps, workspace)
        )
        return Spectrum(np.abs(nodes), weights, np.abs(probe_nodes), probe_weights * (n - n_known - k))

    def _n_probes(self, n_samples: int) -> int:
        fewest = min(_FEWEST_PROBES, self.n_probes)
        return min(self.n_probes, max(fewest, -(-self.n_probes * _USUAL_SAMPLES // n_samples)))


def _lanczos(apply: Apply, probes: np.ndarray, n_steps: int, workspace: Workspace) -> tuple[np.ndarray, np.ndarray]:
    """Run the three-term recurrence for every probe at once; quadrature needs no basis, so none is kept.

    Vectors are divided by their norms where they are used, which saves one pass through memory. The probes are
    overwritten.
    """
    diagonal, off_diagonal = np.zeros((2, probes.shape[1], n_steps))
    previous, previous_scale = workspace.zeros(probes.shape, probes.dtype), np.zeros(probes.shape[1])
    current, norm = probes, workspace.column_norms(probes)
    for step in range(n_steps):
        scale = np.where(norm > 0, 1 / np.where(norm > 0, norm, 1), 0)
        following = apply(current)
        diagonal[:, step] = workspace.lanczos_subtract_previous(
            following, current, previous, scale, norm * previous_scale
        )
        length = np.sqrt(workspace.lanczos_subtract_current(following, current, diagonal[:, step] * scale))
        # The recurrence of a probe has ended when only rounding is left; it then has weight zero.
        length[length < 1e-10] = 0
        off_diagonal[:, step] = length
        workspace.give_back(previous)
        previous, current, previous_scale, norm = current, following, scale, length
    return diagonal, off_diagonal
