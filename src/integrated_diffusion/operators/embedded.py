"""The diffusion operator of a view that has not measured every sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from integrated_diffusion.kernels import Affinities
from integrated_diffusion.operators.diffusion import DiffusionOperator


class EmbeddedOperator(DiffusionOperator):
    """A diffusion operator of some samples among all of them; a sample that the view has not measured stays in place.

    Its affinities stand among those of all samples with empty rows where the view has not measured, so that its matrix
    is that of the measured samples there and the identity elsewhere. A product steps through: `P_1 P_2` at a sample
    without the first view is `P_2`. Every missing sample is a component and an eigenvector of its own; `on_measured` is
    the operator whose spectrum is the view's.

    Parameters
    ----------
    operator : DiffusionOperator
        On the measured samples, in their order.
    measured : numpy.ndarray of bool, shape (n_samples,)
        Which samples these are.

    Raises
    ------
    ValueError
        If they are of another number.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> P = DiffusionOperator(sp.csr_array([[1.0, 1.0], [1.0, 1.0]]), name="rna")
    >>> EmbeddedOperator(P, np.array([True, False, True])).toarray().tolist()
    [[0.5, 0.0, 0.5], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]
    """

    def __init__(self, operator: DiffusionOperator, measured: np.ndarray) -> None:
        self.measured: np.ndarray = np.asarray(measured, dtype=bool)
        if operator.n_samples != self.measured.sum():
            raise ValueError(
                f"measured: expected {operator.n_samples} samples, those of {operator!r}, found {self.measured.sum()}; "
                "give the mask of its samples"
            )
        self._set(operator.affinities.embedded(self.measured), operator.name, operator.n_jobs)

    @classmethod
    def of_all(
        cls, affinities: Affinities, measured: np.ndarray, name: str = "P", n_jobs: int | None = None
    ) -> EmbeddedOperator:
        """Return the operator of affinities that stand among those of all samples already.

        Parameters
        ----------
        affinities : Affinities
            Of all samples, with empty rows where the view has not measured.
        measured : numpy.ndarray of bool, shape (n_samples,)
            Which samples the view has measured.
        name : str, default "P"
            Name of the view in formulas.
        n_jobs : int or None, default None
            Number of threads, `None` for all cores.
        """
        operator = cls.__new__(cls)
        operator.measured = np.asarray(measured, dtype=bool)
        operator._set(affinities, name, n_jobs)
        return operator

    @property
    def on_measured(self) -> DiffusionOperator:
        """The operator on the measured samples alone."""
        return DiffusionOperator.of(self.affinities.at(np.flatnonzero(self.measured)), self.name, self.n_jobs)

    def permuted(self, permutation: np.ndarray) -> EmbeddedOperator:
        """Return the operator on the same samples in another order; see `DiffusionOperator.permuted`."""
        affinities, measured = self.affinities.permuted(permutation), self.measured[permutation]
        return EmbeddedOperator.of_all(affinities, measured, self.name, self.n_jobs)

    def __getstate__(self) -> dict[str, Any]:
        """Return the attributes without what can be computed again."""
        return super().__getstate__() | {"measured": self.measured}


def measured_of(operator: Any) -> np.ndarray | None:
    """Return which samples the view of an operator has measured; `None` if all of them."""
    return operator.measured if isinstance(operator, EmbeddedOperator) else None


def on_measured(operator: DiffusionOperator) -> DiffusionOperator:
    """Return a view's diffusion operator on the samples that it has measured."""
    return operator.on_measured if isinstance(operator, EmbeddedOperator) else operator
