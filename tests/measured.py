"""Real data that are no part of the repository: tests of them are skipped where they are not at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("INTEGRATED_DIFFUSION_DATA", Path(__file__).parents[2] / "shared" / "data")).resolve()


def measured(name: str) -> Path:
    """Return a file of real data by its name, or skip the test."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"no {name} in {FOLDER}; INTEGRATED_DIFFUSION_DATA names its folder")
    return path
