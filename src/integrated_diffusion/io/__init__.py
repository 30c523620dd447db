"""Files to measured views, results to files."""

from __future__ import annotations

from integrated_diffusion.io.files import LockedFileError, MissingFileError
from integrated_diffusion.io.measured import Measured, Place
from integrated_diffusion.io.reading.readers import read
from integrated_diffusion.io.writing.denoised import check_denoised_output, write_denoised
from integrated_diffusion.io.writing.denoised_view import DenoisedView
from integrated_diffusion.io.writing.mudata_elements import Results, stored_walk
from integrated_diffusion.io.writing.writers import check_results_output, write_results

__all__ = [
    "DenoisedView",
    "LockedFileError",
    "Measured",
    "MissingFileError",
    "Place",
    "Results",
    "check_denoised_output",
    "check_results_output",
    "read",
    "stored_walk",
    "write_denoised",
    "write_results",
]
