"""Names and annotations of the rows and columns of a matrix that is written to a file."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anndata
import numpy as np
import pandas as pd

from integrated_diffusion.io.writing.checked import write_checked


@dataclass(frozen=True, eq=False)
class Tables:
    """Annotations of the samples (rows) and features (columns) of a matrix, as AnnData has them.

    Attributes
    ----------
    obs, var : pandas.DataFrame
        A row for each sample and for each feature; the index holds their names.
    uns : mapping, default {}
        Other elements to keep.
    """

    obs: pd.DataFrame
    var: pd.DataFrame
    uns: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of_names(cls, samples: Sequence[str], features: Sequence[str], uns: Mapping[str, Any] | None = None) -> Tables:
        """Return tables of names alone.

        Parameters
        ----------
        samples, features : sequence of str
            Their names.
        uns : mapping or None, default None
            Other elements to keep.
        """
        return cls(pd.DataFrame(index=_index(samples)), pd.DataFrame(index=_index(features)), uns or {})

    @property
    def shape(self) -> tuple[int, int]:
        """`(n_samples, n_features)`."""
        return len(self.obs), len(self.var)

    @property
    def sample_names(self) -> list[str]:
        """Names of the samples."""
        return list(map(str, self.obs.index))

    @property
    def feature_names(self) -> list[str]:
        """Names of the features."""
        return list(map(str, self.var.index))

    def write(self, root: Any) -> None:
        """Write an AnnData without `X` into an empty HDF5 file or zarr group.

        Parameters
        ----------
        root : h5py.File or zarr.Group
            Where to write.
        """
        missing = any(frame.isna().any(axis=None) for frame in (self.obs, self.var))
        # Texts without missing values are written in the encoding that anndata before 0.11 reads too.
        with warnings.catch_warnings(), anndata.settings.override(allow_write_nullable_strings=bool(missing)):
            warnings.simplefilter("ignore")  # repeated names of features are allowed
            made = anndata.AnnData(obs=_plain_texts(self.obs), var=_plain_texts(self.var), uns=dict(self.uns))
            made.strings_to_categoricals()
            write_checked(root, "/", made)
        if "raw" in root:  # anndata 0.12 writes an empty one, over which its own backed mode stumbles
            del root["raw"]

    def fingerprint(self) -> str:
        """Digest of all names and annotations."""
        digest = hashlib.blake2b(repr((self.uns, self.obs.dtypes, self.var.dtypes)).encode(), digest_size=16)
        for frame in (self.obs, self.var):
            digest.update(pd.util.hash_pandas_object(frame).to_numpy().data)
        return digest.hexdigest()


def _index(names: Sequence[str]) -> pd.Index:
    texts = np.empty(len(names), dtype=object)
    texts[:] = list(names)
    return pd.Index(texts, dtype=str)


def _plain_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts have pandas' own types only where some are missing."""
    complete = {
        name: frame[name].astype(object)
        for name in frame.columns[~frame.columns.duplicated(keep=False)]
        if isinstance(frame[name].dtype, pd.StringDtype) and not frame[name].hasnans
    }
    return frame.assign(**complete).set_axis(frame.index.astype(object), axis=0)
