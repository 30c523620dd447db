"""Results that are larger than memory: AnnData files filled by columns, which go on where they were stopped."""

from __future__ import annotations

from integrated_diffusion.io.writing.columns import STORES, Columns, check_store_output, write_columns
from integrated_diffusion.io.writing.columns_hdf5 import place_for_values
from integrated_diffusion.io.writing.layout import Names, Tables, TextWriter, lay_out
from integrated_diffusion.io.writing.names import chosen_names, names_of
from integrated_diffusion.io.writing.partial import StartedAnewWarning, growing

__all__ = [
    "STORES",
    "Columns",
    "Names",
    "StartedAnewWarning",
    "Tables",
    "TextWriter",
    "check_store_output",
    "chosen_names",
    "growing",
    "lay_out",
    "names_of",
    "place_for_values",
    "write_columns",
]
