"""Charts of the report: SVG that is the same each time, whose places go back to the numbers, and whose text is safe."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from integrated_diffusion import Selection
from integrated_diffusion.plotting import candidate_chart, contribution_chart, entropy_chart
from integrated_diffusion.plotting.svg import to_svg
from integrated_diffusion.selection import Candidate, ViewContribution
from integrated_diffusion.spectrum.entropy import EntropyCurve

SVG = "{http://www.w3.org/2000/svg}"
EVIL = ("</script><img src=x onerror=alert(1)>", "-->&\"'\x00\x1b\udc80")


def curves(names=("rna", "prot")):
    t = np.arange(1, 101)
    return {
        names[0]: EntropyCurve(t, 6 / np.sqrt(t), np.full(100, 0.1), 8),
        names[1]: EntropyCurve(t, 4 / t, np.zeros(100), 200),
    }


def selection(names=("rna", "prot")):
    candidates = tuple(
        Candidate(dict(zip(names, steps, strict=True)), 1, 0.0, 0.5 + 0.03 * i, 0.01 * i, {})
        for i, steps in enumerate([(2, 1), (1, 1), (1, 0), (0, 1)])
    )
    contributions = {names[0]: ViewContribution(0.2, 0.02, True), names[1]: ViewContribution(-0.01, 0.04, False)}
    return Selection(
        steps=candidates[1].steps,
        curves={},
        candidates=candidates,
        chosen=candidates[1],
        view_contributions=contributions,
    )


def charts(names=("rna", "prot")):
    steps = dict(zip(names, (1, 2), strict=True))
    return entropy_chart(curves(names), steps), candidate_chart(selection(names)), contribution_chart(selection(names))


def texts(root):
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def ticks(root, axis):
    """Place and number of every tick of the `x` or `y` axis that has one."""
    found = {}
    for group in root.iter(f"{SVG}g"):
        if re.search(rf"-{axis}tick_\d+$", group.get("id", "")):
            (use,), (text,) = group.iter(f"{SVG}use"), group.iter(f"{SVG}text")
            found[float(use.get(axis))] = float("".join(text.itertext()).replace("−", "-"))
    return np.array(sorted(found.items()))


def lines(root):
    """Points of every line of data, `(n, 2)`."""
    for group in root.iter(f"{SVG}g"):
        path = group.find(f"{SVG}path")
        if re.search(r"-line2d_\d+$", group.get("id", "")) and path is not None and path.get("clip-path"):
            yield np.array(re.findall(r"[ML] (\S+) (\S+)", path.get("d")), dtype=float)


def to_data(root, points):
    """Places in a drawing as numbers, by the ticks of its axes."""
    axes = (ticks(root, axis) for axis in "xy")
    return np.column_stack(
        [np.polyval(np.polyfit(*pairs.T, 1), column) for pairs, column in zip(axes, points.T, strict=True)]
    )


def test_curves_lie_where_their_ticks_say():
    chart = ElementTree.fromstring(charts()[0])
    drawn = [to_data(chart, points) for points in lines(chart) if len(points) > 10]
    for points, curve in zip(drawn, curves().values(), strict=True):
        heights = np.interp(curve.t, *points.T)  # points on straight parts of a line are left out
        np.testing.assert_allclose(heights, curve.value, atol=0.02)
    words = texts(chart)
    assert {"rna: t = 1, elbow at 8", "prot: t = 2, elbow at 200"} <= set(words)
    assert "diffusion time t (number of steps)" in words


def test_candidates_and_contributions_are_described():
    _, candidates, contributions = (texts(ElementTree.fromstring(chart)) for chart in charts())
    assert {"rna 2, prot 1", "rna 1, prot 1", "rna 1", "prot 1"} <= set(candidates)
    assert {"0.5000 (lowest)", "0.5300 ± 0.0100", "0.5900 ± 0.0300"} <= set(candidates)
    assert "reduces held-out error by 20.0% ± 2.0%" in contributions
    assert "no detectable contribution (reduction −1.0% ± 4.0%)" in contributions


def test_the_same_data_give_the_same_text():
    first, again = charts(), charts()
    assert first == again
    for chart in first:
        assert not re.search(r"metadata|<!|<\?|dc:date|20\d\d-\d\d-\d\d", chart)


def test_identifiers_are_unique_on_a_page_and_point_at_something():
    page = "".join(charts())
    identifiers = re.findall(r'\bid="([^"]*)"', page)
    assert len(identifiers) == len(set(identifiers))
    asked = re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', page)
    assert asked
    assert {a or b for a, b in asked} <= set(identifiers)


def test_names_are_text_and_nothing_else():
    for chart in charts(EVIL):
        assert "<img" not in chart
        assert "</script" not in chart
        root = ElementTree.fromstring(chart)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            *("svg", "defs", "style", "g", "path", "use", "text", "clipPath", "rect")
        }
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", chart)
    whole = texts(ElementTree.fromstring(to_svg(figure_with(EVIL[0]), "x", EVIL[0])))
    assert EVIL[0] in whole


def figure_with(title):
    figure = Figure(layout="constrained")
    figure.subplots().set_title(title, parse_math=False)
    return figure


@pytest.mark.parametrize("name", ["细胞", "جين", "🧬"])
def test_letters_that_matplotlib_has_no_font_for(name):
    """A browser has; no warning is shown."""
    assert any(name in text for text in texts(ElementTree.fromstring(charts((name, "rna"))[0])))


def test_charts_scale_with_the_page_and_have_labels():
    for chart in charts():
        root = ElementTree.fromstring(chart)
        assert root.get("viewBox")
        assert (root.get("width"), root.get("height")) == (None, None)
        assert root.get("role") == "img"
        assert len(root.get("aria-label")) > 20
