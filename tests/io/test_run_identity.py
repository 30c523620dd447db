"""Outputs of one run carry its identity, and those of two runs beside each other are noticed."""

import json
import warnings

import h5py
import numpy as np
import pytest

from integrated_diffusion.io.dataset import Results
from integrated_diffusion.io.keys import RUN
from integrated_diffusion.io.reading.mixed_outputs import MixedOutputsWarning, warn_of_other_runs
from integrated_diffusion.io.writing.run_identity import identified


def results(seed=0, seconds=1.0):
    embedding = np.random.default_rng(seed).normal(size=(4, 2))
    return Results({"version": "1", "seconds": {"all": seconds}}, np.ones((4, 2)), embedding=embedding)


NAMES = ["a", "b", "c", "d"]


def test_an_identity_is_of_results_and_settings_not_of_the_time_they_took():
    one = identified(results(), NAMES)[RUN]
    assert len(one) == 16
    assert identified(results(seconds=2.0), NAMES)[RUN] == one
    assert identified(results(1), NAMES)[RUN] != one
    assert identified(results(), NAMES[::-1])[RUN] != one


def test_mixed_outputs_are_told_of(tmp_path):
    run, other = "0123456789abcdef", "fedcba9876543210"
    np.savez(tmp_path / "out.npz", X=np.ones((3, 2)), run=np.array([run]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_other_runs(tmp_path / "out.npz")  # nothing stands beside it
        (tmp_path / "out.json").write_text(json.dumps({RUN: run}))
        (tmp_path / "out.png").write_bytes(b"\x89PNG....tEXtRun\x00" + run.encode())
        warn_of_other_runs(tmp_path / "out.npz")
    (tmp_path / "out.json").write_text(json.dumps({RUN: other}))
    with pytest.warns(MixedOutputsWarning, match=r"out\.json: expected the output of the run that wrote out\.npz"):
        warn_of_other_runs(tmp_path / "out.npz")
    (tmp_path / "out.json").unlink()
    (tmp_path / "out.png").write_bytes(b"\x89PNG....tEXtRun\x00" + other.encode())
    with pytest.warns(MixedOutputsWarning, match=r"out\.png: expected"):
        warn_of_other_runs(tmp_path / "out.npz")
    with h5py.File(tmp_path / "out.h5mu", "w") as file:
        file[f"uns/integrated_diffusion/{RUN}"] = run
    with pytest.warns(MixedOutputsWarning, match=r"out\.png: expected"):
        warn_of_other_runs(tmp_path / "out.h5mu")


@pytest.mark.parametrize("content", [b"", b"not ours", b"[1, 2]", b'{"run": null}'])
def test_files_of_others_are_no_matter(tmp_path, content):
    np.savez(tmp_path / "out.npz", X=np.ones((3, 2)), run=np.array(["0123456789abcdef"]))
    for name in ("out.json", "out.png"):
        (tmp_path / name).write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_other_runs(tmp_path / "out.npz")
        (tmp_path / "out.npz").write_bytes(content)
        warn_of_other_runs(tmp_path / "out.npz")
