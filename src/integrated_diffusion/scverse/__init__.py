"""Integrated diffusion of MuData and AnnData: prepare (`pp`), integrate, denoise, associate (`tl`), look (`pl`).

Every function takes an integrated MuData, or what becomes one, and keeps what it finds where
`integrated_diffusion.io.keys` says, so that scanpy's and muon's own functions find it.
"""

from __future__ import annotations

from integrated_diffusion.scverse import pairs, pl, pp, tl
from integrated_diffusion.scverse.containers import MissingCellsWarning, as_mudata, to_anndata
from integrated_diffusion.scverse.features import feature_block, feature_values, find_feature

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
