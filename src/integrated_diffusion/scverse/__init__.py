"""Integrated diffusion of MuData and AnnData: preprocessing (`pp`), tools (`tl`), plots (`pl`).

Functions take an integrated MuData, or data that become one, and store their results under the keys that
`integrated_diffusion.io.keys` lists, where functions of scanpy and muon find them.
"""

from __future__ import annotations

from integrated_diffusion.scverse import pairs, pl, pp, tl
from integrated_diffusion.scverse.as_anndata import to_anndata
from integrated_diffusion.scverse.containers import MissingCellsWarning, as_mudata
from integrated_diffusion.scverse.feature_values import feature_block, feature_values, find_feature

__all__ = [
    "MissingCellsWarning",
    "as_mudata",
    "feature_block",
    "feature_values",
    "find_feature",
    "pairs",
    "pl",
    "pp",
    "tl",
    "to_anndata",
]
