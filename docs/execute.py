"""Run the tutorials again and keep what they print and draw: `make notebooks`."""

from __future__ import annotations

import base64
import io
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

TUTORIALS = Path(__file__).parent / "tutorials"
DATA = "INTEGRATED_DIFFUSION_DATA"


def execute(path: Path) -> nbformat.NotebookNode:
    """Run a notebook in its folder, without keeping anything.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": path.parent}}
    return NotebookClient(notebook, timeout=600, record_timing=False, resources=place).execute()


def smaller(picture: str) -> str:
    """Return the same picture in 256 colours, which these drawings do not exceed by much: a third of the size."""
    packed = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").quantize(256).save(packed, "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode()


def keep(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook with small pictures, and without what differs from machine to machine: the kernel's version."""
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        if "image/png" in output.get("data", {}):
            output["data"]["image/png"] = smaller(output["data"]["image/png"])
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    nbformat.write(notebook, path)


def main(paths: list[Path]) -> None:
    """Run the notebooks named, or all tutorials; data are sought where they would be from here."""
    if DATA in os.environ:
        os.environ[DATA] = str(Path(os.environ[DATA]).resolve())
    for path in paths or sorted(TUTORIALS.glob("*.ipynb")):
        keep(execute(path), path)
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
