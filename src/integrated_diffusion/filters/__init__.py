"""Filters `h(P) X`: features smoothed by any function `h` of an operator's eigenvalues (paper, eq. 3).

A filter is a small frozen value that is called with an operator and a block of features. None of them decomposes the
whole spectrum: powers are products, other functions are polynomials or act on the leading eigenvectors.
"""

from integrated_diffusion.filters.chebyshev import ChebyshevFilter
from integrated_diffusion.filters.eigen import EigenFilter
from integrated_diffusion.filters.filter import Filter
from integrated_diffusion.filters.power import PowerFilter

__all__ = ["ChebyshevFilter", "EigenFilter", "Filter", "PowerFilter"]
