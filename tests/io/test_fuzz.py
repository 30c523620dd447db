"""Files damaged at random are read or refused with one line: no crash, no hang, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import warnings
from collections import Counter
from pathlib import Path

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import integrated_diffusion
from integrated_diffusion import IntegratedDiffusion, scverse
from mudata_settings import own_columns

N = 60
HANG = 60
"""Seconds after which a reader is taken to hang."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A small file of every format."""
    folder = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(0)
    groups = rng.integers(3, size=N)
    names = [f"cell{i}" for i in range(N)]
    counts = {
        name: rng.poisson(rng.gamma(1, 2, size=(3, n))[groups] + 0.2).astype(np.float32)
        for name, n in (("rna", 24), ("prot", 12))
    }
    obs = pd.DataFrame({"kind": pd.Categorical([f"type {i}" for i in groups])}, index=names)
    parts = {}
    for name, X in counts.items():
        var = pd.DataFrame(index=[f"{name}{i}" for i in range(X.shape[1])])
        parts[name] = anndata.AnnData(sp.csr_matrix(X) if name == "rna" else X, obs=obs, var=var)
    with own_columns(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = mudata.MuData(parts)
        data.obs["kind"] = obs["kind"]
        data.write(folder / "cells.h5mu")
        mudata.MuData({"rna": parts["rna"][:9].copy()}).write(folder / "query.h5mu")
        scverse.tl.integrate(data, IntegratedDiffusion(steps={"rna": 2, "prot": 1}, power=2, n_components=3))
        data.write(folder / "joint.h5mu")
    parts["rna"].write_h5ad(folder / "rna.h5ad")
    np.savez_compressed(folder / "views.npz", **counts)
    np.save(folder / "view.npy", counts["rna"])
    pd.DataFrame(counts["rna"], names, parts["rna"].var_names).to_csv(folder / "table.csv", index_label="sample")
    pd.DataFrame(counts["prot"], names).to_csv(folder / "table.tsv", sep="\t", index_label="sample")
    lines = (f'chr1\tx\tgene\t{10 * i + 1}\t{10 * i + 9}\t.\t+\t.\tgene_id "g{i}";' for i in range(40))
    (folder / "genes.gtf").write_text("\n".join(lines))
    stored = sp.csc_array(np.hstack(list(counts.values())).T.astype(np.int32))
    with h5py.File(folder / "tenx.h5", "w") as file:
        group = file.create_group("matrix")
        group["barcodes"], group["shape"] = np.array(names, dtype="S"), np.array(stored.shape)
        for part in ("data", "indices", "indptr"):
            group[part] = getattr(stored, part)
        features = group.create_group("features")
        features["id"] = features["name"] = np.array([f"f{i}" for i in range(36)], dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * 24 + ["Antibody Capture"] * 12, dtype="S")
    return folder


def fuzzed(corpus: Path, seed: int, n_damages: int) -> tuple[Counter[str], list[str]]:
    """Count the outcomes, and list what should not have been."""
    counts: Counter[str] = Counter()
    wrong, number = [], 0
    source = Path(integrated_diffusion.__file__).parents[1]
    tests = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(source), str(tests)])}
    while number < n_damages:
        words = [sys.executable, tests / "fuzz.py", corpus, seed, number, n_damages]
        process = subprocess.Popen(
            list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        errors: list[str] = []
        drain = threading.Thread(target=lambda p=process, e=errors: e.append(p.stderr.read()))
        drain.start()
        doing = ""
        while True:
            watch = threading.Timer(HANG, process.kill)
            watch.start()
            line = process.stdout.readline()
            watch.cancel()
            if not line:
                break
            number, told = json.loads(line)
            if doing:
                kind = told.split(":")[0]
                counts[kind] += 1
                if kind not in ("read", "refused"):
                    wrong.append(f"{number}: {doing}: {told}")
                doing, number = "", number + 1
            else:
                doing = told
        code = process.wait()
        drain.join()
        process.stdout.close()
        process.stderr.close()
        if not doing:
            assert code == 0, errors
            break
        counts["crash"] += 1
        wrong.append(f"{number}: {doing}: ended with {code} {errors[0][-500:]}")
        number += 1
    return counts, wrong


def test_a_few_damages(corpus):
    counts, wrong = fuzzed(corpus, 0, 30)
    assert not wrong, "\n".join(wrong)
    assert sum(counts.values()) == 30


@pytest.mark.slow
def test_a_thousand_damages(corpus):
    counts, wrong = fuzzed(corpus, 1, 1_000)
    print(dict(counts))
    assert not wrong, "\n".join(wrong)
    assert sum(counts.values()) == 1_000
