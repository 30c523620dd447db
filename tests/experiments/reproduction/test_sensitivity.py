"""Margins of the claims, from tables made by hand, and settings that can be built in every cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")
pytest.importorskip("mofapy2")
pytest.importorskip("muon")

from experiments.methods import (
    ALTERNATING,
    DENOISED,
    DENOISING_ONLY,
    INTEGRATED,
    NOT_DENOISED,
    NOT_POWERED,
    POWERED,
    POWERING_ONLY,
)
from experiments.reproduction.figures import sensitivity
from experiments.reproduction.figures.sensitivity import (
    ELBOWS,
    EQUAL,
    FAR,
    KERNELS,
    LOCAL,
    LOCAL_T,
    MARGINS,
    NEIGHBORS,
    NODES,
    ONCE,
    PUBLISHED,
    SIMPLE,
    Margin,
    cells,
    denoising,
    elbows,
    filter_of,
    margins,
    settings,
)
from experiments.reproduction.settings import FULL, QUICK, paper
from experiments.study.data import EMBEDDED
from integrated_diffusion import EntropyFilter, LocalDenoising, PowerFilter, diffusion_operator
from integrated_diffusion.datasets import noisy_digits

SEEDS = (0, 1, 2)
OF_ELBOW = (POWERING_ONLY, INTEGRATED)
ANY_ELBOW = {EQUAL: tuple(name for name in SIMPLE if name not in OF_ELBOW), FAR: NOT_POWERED, LOCAL: NOT_POWERED}


def values_of(data, what, method, seed, *choices):
    """A value of its own for every row."""
    return np.random.default_rng(list(str((data, what, method, seed, *choices)).encode())).uniform()


def table(choices, elbow_rules):
    """As `measure` writes it: what depends on the elbow under each rule, what does not under `any`."""
    rows = []
    for kernel, neighbours, local_t, nodes in choices:
        for data in (EQUAL, FAR, LOCAL):
            scores = ("embedding", f"embedding{ONCE}") + (("denoised",) if data == FAR else ())
            for seed in SEEDS:
                condition = {"data": data, "kernel": kernel, "neighbours": neighbours, "local t": local_t}
                condition |= {"nodes": nodes, "seed": seed}
                for what in scores:
                    for method in ANY_ELBOW[data]:
                        value = values_of(data, what, method, seed, kernel, neighbours, local_t, nodes)
                        rows.append(condition | {"method": method, "score": f"{what} | any", "value": value})
                    for rule in elbow_rules:
                        for method in OF_ELBOW:
                            value = values_of(data, what, method, seed, kernel, neighbours, local_t, nodes, rule)
                            rows.append(condition | {"method": method, "score": f"{what} | {rule}", "value": value})
    return pd.DataFrame(rows)


def expected(margin, power, choice, rule):
    """One margin written out: the mean over seeds of a difference of means."""
    what = margin.score + (power if margin.score == "embedding" else "")

    def value(method, seed):
        of_rule = (rule,) if method in OF_ELBOW else ()
        return values_of(margin.data, what, method, seed, *choice, *of_rule)

    gaps = []
    for seed in SEEDS:
        baselines = [value(method, seed) for method in margin.against]
        own = np.mean([value(method, seed) for method in margin.for_])
        gaps.append(own - (max(baselines) if margin.best else np.mean(baselines)))
    return np.mean(gaps)


def test_margin_by_hand():
    values = pd.Series({"a": 0.9, "b": 0.5, "c": 0.4, "d": 0.2, "e": 99.0})
    assert Margin("", "", "", ("a", "b"), ("c", "d")).of(values) == pytest.approx(0.7 - 0.3)
    assert Margin("", "", "", ("a",), ("b", "c", "d"), best=True).of(values) == pytest.approx(0.4)
    assert Margin("", "", "", ("c",), ("a", "absent"), asked=1.0).of(values) == pytest.approx(-0.5)


def test_margins_are_those_of_the_claims():
    asked = {margin.title.split(":")[0]: margin for margin in MARGINS}
    assert [margin.asked for margin in MARGINS] == [-0.02, 0, 0.03, 0, 0]
    assert (asked["equal noise"].best, asked["denoising"].best) == (True, True)
    assert {POWERED, DENOISED} == {(POWERING_ONLY, INTEGRATED), (DENOISING_ONLY, INTEGRATED)}
    for with_it, without in ((POWERED, NOT_POWERED), (DENOISED, NOT_DENOISED)):
        assert sorted((*with_it, *without)) == sorted((ALTERNATING, DENOISING_ONLY, POWERING_ONLY, INTEGRATED))


@pytest.mark.parametrize("power", ["", ONCE])
def test_kernel_against_neighbours(power):
    choices = [(kernel, k, PUBLISHED, PUBLISHED) for kernel in ("wide", "narrow") for k in (5, 15, 30)]
    found = margins(table(choices, [PUBLISHED]), "kernel", "neighbours", power)
    assert list(found) == list(MARGINS)
    for margin, values in found.items():
        assert (values.index.name, values.columns.name) == ("kernel", "neighbours")
        assert (list(values.index), list(values.columns)) == (["wide", "narrow"], [5, 15, 30])
        for choice in choices:
            assert values.loc[choice[:2]] == pytest.approx(expected(margin, power, choice, PUBLISHED), abs=1e-12)


@pytest.mark.parametrize("power", ["", ONCE])
def test_local_t_against_elbow(power):
    choices = [("wide", 5, t, PUBLISHED) for t in ("3", "15", "entropy")]
    rules = list(ELBOWS)
    found = margins(table(choices, rules), "local t", "elbow", power)
    for margin, values in found.items():
        assert (list(values.index), list(values.columns)) == (["3", "15", "entropy"], rules)
        for choice in choices:
            for rule in rules:
                margin_here = expected(margin, power, choice, rule)
                assert values.loc[choice[2], rule] == pytest.approx(margin_here, abs=1e-12)


@pytest.fixture
def whole():
    """All three slices."""
    by_kernel = [("wide", 5, PUBLISHED, PUBLISHED), ("wide", 15, PUBLISHED, PUBLISHED)]
    by_t = [("wide", 5, t, PUBLISHED) for t in ("1", "entropy")]
    by_nodes = [("wide", 5, PUBLISHED, nodes) for nodes in NODES]
    return pd.concat([table(by_kernel + by_nodes, [PUBLISHED]), table(by_t, list(ELBOWS))])


def test_draws_a_map_for_each_claim(tmp_path, whole):
    pictures = sensitivity.draw(whole, tmp_path)
    assert sorted(path.name for path in pictures) == [
        "sensitivity_elbow_once.png",
        "sensitivity_elbow_powered.png",
        "sensitivity_kernel_once.png",
        "sensitivity_kernel_powered.png",
        "sensitivity_nodes_once.png",
        "sensitivity_nodes_powered.png",
    ]
    assert all(path.exists() for path in pictures)


def test_draws_clusters_against_least_size(tmp_path, whole, monkeypatch):
    drawn = []
    monkeypatch.setattr(sensitivity.drawing, "heat_map", lambda axis, values, *_: drawn.append(values))
    sensitivity.draw(whole, tmp_path)
    for power in ("", ONCE):
        found = [values for values in drawn if values.index.name == "clusters"]
        of_power = found[: len(MARGINS)] if not power else found[len(MARGINS) :]
        for margin, values in zip(MARGINS, of_power, strict=True):
            assert values.columns.name == "least size"
            assert values.shape == (2, 3)
            for nodes, (n_clusters, size) in NODES.items():
                margin_here = expected(margin, power, ("wide", 5, PUBLISHED, nodes), PUBLISHED)
                assert values.loc[str(n_clusters), str(size)] == pytest.approx(margin_here, abs=1e-12)


def test_every_cell_has_settings_that_can_be_built():
    X = noisy_digits((0.3,), n_samples=80).views["view1"]
    diffused, seen = set(), set()
    for cell in cells(FULL):
        chosen = settings(cell)
        assert isinstance(chosen.local_denoising, LocalDenoising)
        assert chosen.kernel.n_neighbors == cell["neighbours"]
        assert (chosen.steps, chosen.power, chosen.n_pca) == (paper().steps, paper().power, paper().n_pca)
        for name, rule in elbows(cell).items():
            assert callable(rule)
            assert name == PUBLISHED or rule.elbow is ELBOWS[name].elbow
        if chosen.kernel not in diffused:
            diffused.add(chosen.kernel)
            assert diffusion_operator(X, chosen.kernel).n_samples == 80
        seen.add((cell["kernel"], cell["neighbours"], cell["local t"], cell["nodes"]))
    assert len(diffused) == len(KERNELS) * len(NEIGHBORS)
    assert len(seen) == len(diffused) + len(LOCAL_T) + len(NODES)


def test_a_cell_departs_from_the_published_denoising_in_what_it_varies():
    published = paper().local_denoising
    for cell in cells(FULL):
        n_clusters, size = NODES.get(cell["nodes"], (published.n_clusters, published.min_size))
        filter = published.filter if cell["local t"] == PUBLISHED else filter_of(cell["local t"])
        assert denoising(cell) == replace(published, filter=filter, n_clusters=n_clusters, min_size=size)
        assert cell["nodes"] == PUBLISHED or cell["local t"] == PUBLISHED
    assert filter_of("3") == PowerFilter(3)
    assert isinstance(filter_of("entropy"), EntropyFilter)


def test_published_cells_have_the_published_settings():
    published = paper()
    at = {"kernel": "alpha-decay, local, mean", "neighbours": 5, "local t": PUBLISHED, "nodes": PUBLISHED}
    cell = next(cell for cell in cells(FULL) if at.items() <= dict(cell.condition).items())
    assert settings(cell).kernel == published.kernel
    assert settings(cell).local_denoising == published.local_denoising
    assert elbows(cell) == {PUBLISHED: published.steps}
    one = next(cell for cell in cells(FULL) if cell["local t"] == "1")
    assert settings(one).local_denoising == published.local_denoising  # whose t is one
    assert set(elbows(one)) == set(ELBOWS)
    assert elbows(one)["fall 1/3"] == published.steps


@pytest.mark.parametrize("data", [EQUAL, FAR, LOCAL])
def test_measure_writes_what_margins_reads(data):
    found = []
    for cell in cells(replace(QUICK, n_levels=2)):
        same_k = cell["neighbours"] == 5 and cell["kernel"] == sensitivity.PUBLISHED_KERNEL
        published = cell["nodes"] == PUBLISHED
        if cell["data"] == data and same_k and published and cell["local t"] in (PUBLISHED, "1"):
            small = type(cell)(cell.experiment, cell.seed, 100, cell.condition)
            assert data == LOCAL or small["images"] == EMBEDDED
            rows = sensitivity.measure(small)
            assert len({row[:2] for row in rows}) == len(rows)
            found += [{"seed": cell.seed, **dict(cell.condition), **row._asdict()} for row in rows]
    split = pd.DataFrame(found)
    for power in ("", ONCE):
        of_data = [margin for margin in MARGINS if margin.data == data]
        for local_t, columns in ((PUBLISHED, ["published"]), ("1", list(ELBOWS))):
            part = split[split["local t"] == local_t]
            part = part.assign(**part["score"].str.extract(r"(?P<what>.*) \| (?P<elbow>.*)"))
            for margin in of_data:
                values = sensitivity._of_claim(part, margin, "local t", "elbow", power)
                assert list(values.columns) == columns
                assert np.isfinite(values.to_numpy(dtype=float)).all()
