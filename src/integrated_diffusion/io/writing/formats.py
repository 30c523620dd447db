"""The file formats that denoised values are written in, by suffix."""

from __future__ import annotations

from integrated_diffusion.io.writing.h5ad import H5adWriter
from integrated_diffusion.io.writing.npy import NpyWriter
from integrated_diffusion.io.writing.npz import NpzWriter
from integrated_diffusion.io.writing.text import TextWriter
from integrated_diffusion.io.writing.writer import Writer
from integrated_diffusion.io.writing.zarr_folder import ZarrWriter

WRITERS: dict[str, Writer] = {
    ".h5ad": H5adWriter(),
    ".zarr": ZarrWriter(),
    ".npz": NpzWriter(),
    ".npy": NpyWriter(),
    ".csv": TextWriter(","),
    ".tsv": TextWriter("\t"),
}
"""What writes a format, by its suffix."""

ANNDATA_SUFFIXES = (".h5ad", ".zarr")
"""Formats that keep annotations of samples and features."""
