"""How sums, products and powers of maps are applied to a block, with the buffers of a workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp

from integrated_diffusion.operators.blocks import Block, is_lazy
from integrated_diffusion.operators.workspace import Workspace

Apply: TypeAlias = Callable[[Block, Workspace], Block]
"""Returns the image of a block, which the caller owns; the block itself is not written into."""


@dataclass(frozen=True, eq=False)
class Layout:
    """The workspace that an operator requests for a block.

    Attributes
    ----------
    find_order : callable or None, default None
        Returns the order of the rows, or what else a kind of workspace has in its place; `None` for the order of the
        samples. An order takes time, and of the parts of a sum or product one is asked.
    n_jobs : int or None, default None
        Number of threads, `None` for all cores.
    kind : type of Workspace or None, default None
        The only kind of workspace that holds the operator's data; `None` if any kind will do.
    """

    find_order: Callable[[], Any] | None = None
    n_jobs: int | None = None
    kind: type[Workspace] | None = None


def common_layout(requested: Iterable[Layout | None]) -> Layout | None:
    """Return the first layout that is requested, unless another part requires the order of the samples.

    Raises
    ------
    TypeError
        If one part needs another kind of workspace than the others: it has its data elsewhere.
    """
    layouts = [layout for layout in requested if layout is not None]
    if len({layout.kind for layout in layouts}) > 1:
        raise TypeError(
            "operators: expected all of them in memory or all on a cluster, found some of each; build all of them by "
            "one fit"
        )
    return next((layout for layout in layouts if layout.find_order is None), layouts[0] if layouts else None)


def image_of(apply: Apply, block: Block, workspace: Workspace) -> Block:
    """Return the image of a block in memory that the block does not share."""
    image = apply(block, workspace)
    return workspace.copy(image) if workspace.share_memory(image, block) else image


def in_sequence(maps: Iterable[Apply], block: Block, workspace: Workspace) -> Block:
    """Apply maps one after the other; two buffers are used in turn."""
    current = block
    for apply in maps:
        image = image_of(apply, current, workspace)
        if current is not block:
            workspace.give_back(current)
        current = image
    return current


def weighted_sum(terms: Iterable[tuple[float, Apply]], block: Block, workspace: Workspace) -> Block:
    """Return the weighted sum of the images of a block under several maps."""
    (first_weight, first), *others = terms
    total = workspace.scale(first_weight, image_of(first, block, workspace))
    for weight, apply in others:
        term = image_of(apply, block, workspace)
        total = workspace.add_scaled(total, weight, term)
        workspace.give_back(term)
    return total


def in_layout(apply: Apply, block: Block, workspace: Workspace) -> Block:
    """Apply a map to a block of the samples, in the order of rows of a workspace.

    Returns
    -------
    Block
        A new block in the order of the samples. The workspace keeps no reference to it.
    """
    held = workspace.permute(block)
    image = image_of(apply, held, workspace)
    if held is not block:
        workspace.give_back(held)
    result = workspace.unpermute(image)
    if result is not image:
        workspace.give_back(image)
    return result


def as_block(block: Any, n_samples: int) -> Block:
    """Return a block of floats with one row per sample; float32 stays float32, everything else becomes float64.

    Raises
    ------
    ValueError
        If the number of rows or of dimensions is wrong.
    TypeError
        If the values are not real numbers.

    Notes
    -----
    An array that is computed later (of dask) is returned as it is: its workspace computes it where it is.
    """
    X = block if is_lazy(block) else sp.csr_array(block) if sp.issparse(block) else np.asarray(block)
    if X.ndim not in (1, 2) or X.shape[0] != n_samples:
        raise ValueError(f"@: expected a block with {n_samples} rows, found shape {X.shape}; one row a sample")
    if X.dtype == np.float32:
        return X
    if X.dtype.kind not in "fiub":
        raise TypeError(f"@: expected real numbers, found {X.dtype}; convert the block to float first")
    return X.astype(np.float64, copy=False)
