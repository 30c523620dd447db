"""A linear map on functions of the samples: applied to blocks of columns from either side, and never formed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from integrated_diffusion.operators.application import Apply, Layout, as_block, image_of, in_layout
from integrated_diffusion.operators.blocks import Block
from integrated_diffusion.operators.default_workspace import default_workspace
from integrated_diffusion.operators.workspace import Workspace

MAX_DENSE_SAMPLES = 5_000


class LinearMap(ABC):
    """A linear map on functions of the samples, applied block by block with the buffers of a workspace.

    Subclasses say how to apply themselves and their transpose to a block.
    """

    @property
    @abstractmethod
    def n_samples(self) -> int:
        """Number of samples `N`."""

    @abstractmethod
    def _apply(self, block: Block, workspace: Workspace) -> Block:
        """Return the image of a block whose rows are in the order of the workspace, as the image's are.

        The caller owns the image: it is an array taken from the workspace or one made for this call. The given block is
        not written into.
        """

    @abstractmethod
    def _apply_transposed(self, block: Block, workspace: Workspace) -> Block: ...

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_samples)`."""
        return (self.n_samples, self.n_samples)

    def _layout(self, block: Block, kind: type[Workspace]) -> Layout | None:
        """Return the requested order of the rows of a block and the number of threads; `None` if any will do.

        The order of the samples, unless a subclass requests another one.
        """
        return Layout()

    def workspace_for(self, block: Block, kind: type[Workspace] | None = None) -> Workspace:
        """Return a new workspace to apply this operator to blocks such as a given one.

        Parameters
        ----------
        block : array of shape (n_samples,) or (n_samples, n_columns)
            A block of the shape and the precision of those to come.
        kind : type of Workspace or None, default None
            Kind of workspace; `NumbaWorkspace` unless given.
        """
        kind = kind or default_workspace()
        layout = self._layout(block, kind) or Layout()
        order = None if layout.find_order is None else layout.find_order()
        return (layout.kind or kind)(order, layout.n_jobs)

    def apply(self, block: Any, workspace: Workspace | None = None) -> Any:
        """Apply the operator to a block of columns, in the block's precision: `operator @ block`.

        Parameters
        ----------
        block : array of shape (n_samples,) or (n_samples, n_columns)
            Dense or sparse; float32 stays float32, everything else becomes float64.
        workspace : Workspace or None, default None
            Buffers to use, from `workspace_for`; new ones unless given.

        Returns
        -------
        array of the same shape
            A new array, which no buffer of the workspace shares.
        """
        return self._applied(self._apply, block, workspace)

    def apply_transposed(self, block: Any, workspace: Workspace | None = None) -> Any:
        """Apply the transpose to a block of columns, see `apply`."""
        return self._applied(self._apply_transposed, block, workspace)

    def image(self, block: Block, workspace: Workspace) -> Block:
        """Return the image of a block whose rows are in the order of a workspace, as the image's are.

        Parameters
        ----------
        block : array of shape (n_samples,) or (n_samples, n_columns)
            A block of floats, see `Workspace.permute`. It is not written into.
        workspace : Workspace
            From `workspace_for`.

        Returns
        -------
        array of the same shape
            A new array, which the caller may write into or give back to the workspace.
        """
        return image_of(self._apply, block, workspace)

    def _applied(self, apply: Apply, block: Any, workspace: Workspace | None = None) -> Block:
        checked = as_block(block, self.n_samples)
        return in_layout(apply, checked, workspace or self.workspace_for(checked))

    def toarray(self, max_samples: int = MAX_DENSE_SAMPLES) -> np.ndarray:
        """Form the matrix, for small `N` and for tests.

        Parameters
        ----------
        max_samples : int, default 5000
            The largest `N` whose matrix is formed.

        Returns
        -------
        numpy.ndarray of shape (n_samples, n_samples), float64

        Raises
        ------
        ValueError
            If there are more than `max_samples` samples.
        """
        if self.n_samples > max_samples:
            raise ValueError(
                f"toarray: expected at most {max_samples} samples, found {self.n_samples} "
                f"({8e-9 * self.n_samples**2:.1f} GB); apply the operator with @, or raise max_samples"
            )
        return np.asarray(self.apply(np.eye(self.n_samples)))

    def as_linear_operator(self) -> LinearOperator:
        """Return the same linear map for scipy's iterative solvers, in float64."""
        return LinearOperator(
            shape=self.shape,
            dtype=np.dtype(np.float64),
            matvec=self.apply,
            rmatvec=self.apply_transposed,
            matmat=self.apply,
            rmatmat=self.apply_transposed,
        )
