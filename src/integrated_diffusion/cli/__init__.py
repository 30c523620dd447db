"""The command line: thin, with progress on stderr, a summary and a picture at the end, one line for every mistake."""

from __future__ import annotations

from integrated_diffusion.cli import associate_report as asking
from integrated_diffusion.cli import demo as showing
from integrated_diffusion.cli import denoise as denoising
from integrated_diffusion.cli import run as integrating
from integrated_diffusion.cli.app import app, main

__all__ = ["app", "asking", "denoising", "integrating", "main", "showing"]
