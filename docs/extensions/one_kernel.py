"""All pages that run share one kernel: to start one and to import the package takes longer than most pages do.

What a page defined, drew, changed in matplotlib or told the warnings is put back before the next one, which so has to
import and set what it needs.
"""

from __future__ import annotations

import os
import time
import traceback
from typing import Any

import nbformat
from jupyter_cache.executors.utils import ExecutionResult
from myst_nb.core.execute import direct
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from sphinx.application import Sphinx

PUT_BACK = """
def put_back(folder, names):
    import logging, os, warnings
    import matplotlib.pyplot as plt
    os.chdir(folder)
    logging.disable(logging.NOTSET)
    plt.close("all")
    plt.rcdefaults()
    warnings.at_start = getattr(warnings, "at_start", (warnings.filters[:], names))
    warnings.filters[:], kept = warnings.at_start
    for name in names - kept:
        del globals()[name]

put_back({folder!r}, set(globals()) - {{"put_back"}})
del put_back
"""


class OneKernel:
    """Runs notebooks one after the other in a kernel that starts with the first."""

    def __init__(self) -> None:
        self.client: NotebookClient | None = None

    def run(
        self, nb: nbformat.NotebookNode, cwd: str, timeout: int, allow_errors: bool, meta_override: bool = True
    ) -> ExecutionResult:
        """Run a notebook in place, as jupyter_cache's `single_nb_execution`, which starts a kernel each time."""
        start, error, words = time.perf_counter(), None, None
        if self.client is None:
            self.client = NotebookClient(nb, record_timing=False)
        self.client.nb, self.client.timeout, self.client.allow_errors = nb, timeout, allow_errors
        nb.cells.insert(0, nbformat.v4.new_code_cell(PUT_BACK.format(folder=cwd)))
        try:
            self.client.execute(cleanup_kc=False)
        except (CellExecutionError, CellTimeoutError) as raised:
            error, words = raised, "".join(traceback.format_exc())
        finally:
            del nb.cells[0]
        return ExecutionResult(nb, cwd, time.perf_counter() - start, error, words)

    def stop(self, app: Sphinx, exception: Exception | None) -> None:
        """End the kernel."""
        if self.client is not None:
            self.client._cleanup_kernel()
            self.client = None


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the pages' blocks are small: more threads wait for each other
    kernel = OneKernel()
    direct.single_nb_execution = kernel.run
    app.connect("build-finished", kernel.stop)
    return {"parallel_read_safe": False}
