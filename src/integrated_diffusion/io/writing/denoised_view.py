"""Denoised values of one view, on their way to a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from integrated_diffusion.io.measured import Place
from integrated_diffusion.operators.blockwise import BlockedProduct


@dataclass(frozen=True)
class DenoisedView:
    """Denoised values of one view, on their way to a file.

    Attributes
    ----------
    name
        Name of the view.
    sample_names, feature_names
        Names of its `n_samples` rows and `n_features` columns.
    blocks
        Columns and their values `(n_samples, n_columns)`, from the first column to the last; consumed once. Those of
        `Averages` can be had from any block on, and a file that is stopped half way goes on from there.
    place
        Where the view was measured, for output into a copy of that file.
    power
        How often the joint walk was applied.
    walk
        The joint walk, in words.
    whole
        Whether these are all features of the view in their order, which can be a layer beside the measured ones.
    """

    name: str
    sample_names: list[str]
    feature_names: list[str]
    blocks: Iterable[tuple[slice, np.ndarray]]
    place: Place | None = None
    power: int = 1
    walk: str = ""
    whole: bool = True

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        return len(self.sample_names), len(self.feature_names)

    @property
    def description(self) -> dict[str, Any]:
        """How the values were made, for files."""
        return {"view": self.name, "power": self.power, "threshold": 0.0, "walk": self.walk}

    def in_order(self) -> Iterator[tuple[slice, np.ndarray]]:
        """All blocks, see `from_column`."""
        return self.from_column(0)

    def fingerprint(self) -> str | None:
        """A few letters that are others where the values would be others; `None` where the blocks do not tell."""
        return self.blocks.fingerprint() if isinstance(self.blocks, BlockedProduct) else None

    def from_column(self, first: int) -> Iterator[tuple[slice, np.ndarray]]:
        """The blocks from one on, in float32, checked to cover every column once, in order.

        Parameters
        ----------
        first
            Where it begins; 0, unless the blocks are those of `Averages`.

        Raises
        ------
        ValueError
            If they do not.
        """
        n_samples, n_features = self.shape
        done = first
        for columns, block in (
            self.blocks.from_column(first) if isinstance(self.blocks, BlockedProduct) else self.blocks
        ):
            start, stop, _ = columns.indices(n_features)
            if start != done or block.shape != (n_samples, stop - start):
                raise ValueError(
                    f"denoised '{self.name}': expected columns from {done} on, {n_samples} rows each, found a block "
                    f"{block.shape} for columns {start} to {stop}; give all columns in order"
                )
            yield slice(start, stop), block.astype(np.float32, copy=False)
            done = stop
        if done != n_features:
            raise ValueError(
                f"denoised '{self.name}': expected {n_features} columns, found {done}; give all columns in order"
            )
