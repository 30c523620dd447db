"""Tables as they lie about: gzipped, by semicolons, as R writes them, with features in rows."""

from __future__ import annotations

import csv
import warnings

import numpy as np
import pandas as pd
import pytest

from integrated_diffusion.io import read
from integrated_diffusion.io.reading.orientation import OrientationWarning


@pytest.fixture
def frames(rna, atac) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    cells = [f"{''.join(rng.choice(list('ACGT'), 12))}-1" for _ in range(len(rna))]
    return {
        "rna": pd.DataFrame(rna, cells, [f"GENE{i}" for i in range(rna.shape[1])]),
        "prot": pd.DataFrame(atac, cells, [f"CD{i}" for i in range(atac.shape[1])]),
    }


WRITTEN = {
    "gzipped": (".csv.gz", {}),
    "R's write.table": (".tsv", {"sep": "\t", "index_label": False}),
    "R's write.csv": (".csv", {"quoting": csv.QUOTE_NONNUMERIC}),
    "semicolons": (".csv", {"sep": ";"}),
    "semicolons and decimal commas": (".csv", {"sep": ";", "decimal": ","}),
    "tabs": (".txt", {"sep": "\t"}),
    "commas": (".txt.gz", {}),
    "from Windows": (".csv", {"encoding": "utf-8-sig", "lineterminator": "\r\n"}),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_every_spelling_gives_the_same_numbers(frames, tmp_path, how):
    suffix, settings = WRITTEN[how]
    for name, frame in frames.items():
        (frame + 0.5).to_csv(tmp_path / f"{name}{suffix}", **settings)
    found = read([tmp_path / f"{name}{suffix}" for name in frames])
    assert list(found.views) == list(frames)
    assert found.sample_names == list(frames["rna"].index)
    for name, frame in frames.items():
        np.testing.assert_array_equal(found.views[name], frame + 0.5)
        assert found.feature_names[name] == list(frame.columns)


def test_features_in_rows(frames, tmp_path):
    paths = [tmp_path / f"{name}.csv" for name in frames]
    for path, frame in zip(paths, frames.values(), strict=True):
        frame.T.to_csv(path)
    with pytest.raises(ValueError, match=r"no row that 'rna' and 'prot' have in common.*--transpose"):
        read(paths)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read(paths, transposed=True)
    assert found.sample_names == list(frames["rna"].index)
    for name, frame in frames.items():
        np.testing.assert_array_equal(found.views[name], frame)
        assert found.feature_names[name] == list(frame.columns)


def test_features_of_the_same_names_in_rows_are_not_taken_for_samples_in_silence(frames, tmp_path):
    for name in ("activity", "rna"):
        frames["rna"].T.to_csv(tmp_path / f"{name}.csv")
    with pytest.warns(OrientationWarning, match="named as cells are.*--transpose"):
        read([tmp_path / "activity.csv", tmp_path / "rna.csv"])


def test_what_has_to_be_fetched_or_unzipped_first(tmp_path):
    (tmp_path / "rna.h5ad.gz").write_bytes(b"x")
    with pytest.raises(ValueError, match=r"gunzip rna\.h5ad\.gz"):
        read(tmp_path / "rna.h5ad.gz")
    with pytest.raises(ValueError, match="found an address that starts with https:; download it"):
        read("https://somewhere.org/rna.h5ad")


def test_one_table_with_features_in_rows_is_named(frames, tmp_path):
    frames["rna"].T.to_csv(tmp_path / "rna.csv")
    frames["prot"].to_csv(tmp_path / "atac.csv")
    with pytest.raises(ValueError, match="found columns of 'rna' that are rows of the other views; write 'rna' again"):
        read([tmp_path / "rna.csv", tmp_path / "atac.csv"])


@pytest.mark.parametrize("separator", [" ", "|"])
def test_separators_that_are_not_known_are_told_of(frames, tmp_path, separator):
    frames["rna"].to_csv(tmp_path / "rna.txt", sep=separator)
    frames["prot"].to_csv(tmp_path / "atac.csv")
    with pytest.raises(
        ValueError, match=r"rna\.txt: expected columns separated by commas, semicolons or tabs, found one"
    ):
        read([tmp_path / "rna.txt", tmp_path / "atac.csv"])
