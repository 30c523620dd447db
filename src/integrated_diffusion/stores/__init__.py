"""Results that are larger than memory: AnnData files filled by columns, which go on where they were stopped."""

from __future__ import annotations

from integrated_diffusion.stores.hdf5 import place_for_values
from integrated_diffusion.stores.layout import Names, Tables, TextWriter, lay_out
from integrated_diffusion.stores.names import chosen_names, names_of
from integrated_diffusion.stores.partial import StartedAnewWarning, growing
from integrated_diffusion.stores.writing import STORES, Columns, check_store_output, write_columns

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
