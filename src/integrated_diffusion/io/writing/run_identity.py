"""The identity of a run, which all of its outputs carry."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from integrated_diffusion.io import keys
from integrated_diffusion.io.dataset import Results
from integrated_diffusion.io.writing.record_types import readable_json


def identified(results: Results, sample_names: Sequence[str]) -> dict[str, Any]:
    """Return the record of results with the identity of their run: a digest of them, and of all settings but threads.

    Parameters
    ----------
    results : Results
        What was found; the seconds that it took do not count.
    sample_names : sequence of str
        A name for each sample.
    """
    record = {name: value for name, value in results.record.items() if name not in (keys.RUN, "seconds")}
    parameters = {name: value for name, value in record.get("parameters", {}).items() if name != "n_jobs"}
    record["parameters"] = parameters
    digest = hashlib.blake2b("\n".join([readable_json(record), *sample_names]).encode(), digest_size=8)
    for found in (results.embedding, results.phate, results.view_weights):
        digest.update(b"" if found is None else np.ascontiguousarray(found).data)
    return {**results.record, keys.RUN: digest.hexdigest()}
