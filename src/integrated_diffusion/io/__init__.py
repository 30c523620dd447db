"""Files to measured views, results to files."""

from __future__ import annotations

from integrated_diffusion.io.denoised import check_denoised_output, write_denoised
from integrated_diffusion.io.denoised_view import DenoisedView
from integrated_diffusion.io.elements import Results, stored_walk
from integrated_diffusion.io.guards import LockedFileError, MissingFileError
from integrated_diffusion.io.measured import Measured, Place
from integrated_diffusion.io.readers import read
from integrated_diffusion.io.writers import check_results_output, write_results

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
