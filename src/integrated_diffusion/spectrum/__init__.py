"""The spectrum of an operator: all of it for small `N`, its leading end and a quadrature of the rest for large `N`.

`eigenvalues` and `singular_values` give sums over the whole spectrum, `leading_eigenpairs` and `leading_eigenspace` its
leading end with the vectors. All of them apply the operator to blocks of columns.
"""

from integrated_diffusion.spectrum.krylov import Apply, KrylovSpace
from integrated_diffusion.spectrum.leading import leading_eigenspace, leading_subspace
from integrated_diffusion.spectrum.pairs import leading_eigenpairs
from integrated_diffusion.spectrum.precision import precision_for
from integrated_diffusion.spectrum.quadrature import LanczosQuadrature
from integrated_diffusion.spectrum.rules import Rule, gauss, gauss_and_radau
from integrated_diffusion.spectrum.spectrum import Spectrum
from integrated_diffusion.spectrum.values import SMALL, eigenvalues, singular_values

__all__ = [
    "SMALL",
    "Apply",
    "KrylovSpace",
    "LanczosQuadrature",
    "Rule",
    "Spectrum",
    "eigenvalues",
    "gauss",
    "gauss_and_radau",
    "leading_eigenpairs",
    "leading_eigenspace",
    "leading_subspace",
    "precision_for",
    "singular_values",
]
