"""Every command writes a MuData in `.zarr` and goes on from one, as from an `.h5mu`."""

import mudata
import numpy as np
import pytest

from integrated_diffusion.scverse import tl
from mudata_settings import own_columns

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default::integrated_diffusion.DisconnectedGraphWarning"),
    pytest.mark.filterwarnings("ignore:This setting will be removed:DeprecationWarning"),  # of the zarr format
]

FAST = ("--n-components", "3", "--steps", "rna=1", "--steps", "prot=1")


def opened(path):
    with own_columns():
        return mudata.read_zarr(path) if path.suffix == ".zarr" else mudata.read_h5mu(path)


def test_from_command_to_command(run, h5mu, tmp_path):
    def done(*words):
        code, _, err = run(*words)
        assert code == 0, err
        return tmp_path / words[words.index("-o") + 1]

    (tmp_path / "pairs.tsv").write_text("a\tb\nrna1\tprot1\n")
    joint, stored = (done("run", h5mu, "-o", tmp_path / f"joint.{suffix}", *FAST) for suffix in ("zarr", "h5mu"))
    layers = [
        done("denoise", joint, "-o", tmp_path / "d.zarr", "--only", "rna"),
        done("denoise", joint, "-o", tmp_path / "d.h5mu", "--only", "rna"),
        done("denoise", h5mu, "-o", tmp_path / "new.h5mu", "--only", "rna", *FAST[2:]),
        done("denoise", stored, "-o", tmp_path / "s.h5mu", "--only", "rna"),
    ]
    found = [opened(path)["rna"].layers["integrated"] for path in layers]
    with own_columns():
        in_python = tl.denoise(opened(joint), "rna")
    for layer in (*found, in_python["rna"].layers["integrated"]):
        np.testing.assert_allclose(layer, found[-1], rtol=1e-4, atol=1e-6)
    words = ("--pairs", tmp_path / "pairs.tsv", "--n-shuffles", "0")
    scores = [
        done("associate", source, "-o", tmp_path / f"{i}.csv", *words) for i, source in enumerate((joint, stored))
    ]
    assert scores[0].read_text() == scores[1].read_text()
    done("report", joint, "-o", tmp_path / "report.html")
    mapped = [
        opened(done("ingest", query, "--reference", joint, "-o", tmp_path / f"m{i}.zarr", "--transfer", "kind"))
        for i, query in enumerate((h5mu, joint))
    ]
    np.testing.assert_array_equal(mapped[0].obsm["X_integrated"], mapped[1].obsm["X_integrated"])
    assert run("run", joint, "-o", joint, *FAST)[0] == 2
    assert done("run", joint, "-o", joint, *FAST, "--overwrite") == joint
    done("run", h5mu, "-o", tmp_path / "again.zarr", "--config", joint)
    np.testing.assert_array_equal(
        *(opened(tmp_path / f"{name}.zarr").obsm["X_integrated"] for name in ("joint", "again"))
    )
