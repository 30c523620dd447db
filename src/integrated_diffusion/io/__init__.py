"""Files to measured views, results to files."""

from __future__ import annotations

from integrated_diffusion.io.dataset import Dataset, Place, Results
from integrated_diffusion.io.files import LockedFileError, MissingFileError
from integrated_diffusion.io.reading.readers import read
from integrated_diffusion.io.reading.stored_operator import stored_operator
from integrated_diffusion.io.reading.without_values import (
    counts_on_disk,
    normalised_on_disk,
    read_without_values,
    stored_columns,
)
from integrated_diffusion.io.writing.denoised import check_denoised_output, write_denoised
from integrated_diffusion.io.writing.denoised_view import DenoisedView
from integrated_diffusion.io.writing.results import check_results_output, write_results

__all__ = [
    "Dataset",
    "DenoisedView",
    "LockedFileError",
    "MissingFileError",
    "Place",
    "Results",
    "check_denoised_output",
    "check_results_output",
    "counts_on_disk",
    "normalised_on_disk",
    "read",
    "read_without_values",
    "stored_columns",
    "stored_operator",
    "write_denoised",
    "write_results",
]
