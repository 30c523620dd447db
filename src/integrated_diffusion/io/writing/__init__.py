"""Writing: results into a MuData or arrays, and denoised values by columns in every format."""

from __future__ import annotations

from integrated_diffusion.io.writing.columns import write_columns
from integrated_diffusion.io.writing.formats import WRITERS
from integrated_diffusion.io.writing.names import Names, chosen_names, named_samples, names_of
from integrated_diffusion.io.writing.partial import StartedAnewWarning
from integrated_diffusion.io.writing.tables import Tables
from integrated_diffusion.io.writing.writer import ColumnBlocks, Writer

__all__ = [
    "WRITERS",
    "ColumnBlocks",
    "Names",
    "StartedAnewWarning",
    "Tables",
    "Writer",
    "chosen_names",
    "named_samples",
    "names_of",
    "write_columns",
]
