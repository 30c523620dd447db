"""What a file format needs to be read: the protocol of a file that holds views, and a view as it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from integrated_diffusion.io.dataset import Place


@dataclass(frozen=True, eq=False)
class StoredView:
    """One view as its file holds it, before the samples of all views are put in one order.

    Attributes
    ----------
    values : array, sparse matrix or pandas.DataFrame
        Numbers as read, `(n_samples, n_features)` once checked.
    place : Place
        Where they were read.
    sample_names, feature_names : list of str or None, default None
        Names, or `None` where the file has none.
    feature_type : str or None, default None
        What the file says the features are, such as `Gene Expression`.
    annotations : mapping of str to list of str, default {}
        Other names of the features, such as `gene_ids`.
    """

    values: Any
    place: Place
    sample_names: list[str] | None = None
    feature_names: list[str] | None = None
    feature_type: str | None = None
    annotations: Mapping[str, list[str]] = field(default_factory=dict)


class ViewFile(Protocol):
    """A file that holds views. A new format is one such class in a file of its own, and a line in `readers.FORMATS`."""

    def __init__(self, path: Path) -> None: ...

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def format(self) -> str:
        """Short name of the format."""

    def places(self) -> list[str]:
        """Everything in the file that can be a view."""

    def default(self) -> list[str]:
        """The places that are read if none is named."""

    def sample_names(self) -> list[str] | None:
        """Names of the samples in the file's own order, if it has names."""

    def read(self, place: str) -> StoredView:
        """Read one view."""
