"""Size of the report, time until it is ready, and frames a second while a map is moved, in headless Chromium.

`python -m benchmarks.report_pages` makes pages of 10,000 and 100,000 simulated samples: three maps, 11 columns, 12
features. Where Bokeh is installed, which is no dependency, it makes the same maps by Bokeh with WebGL, too.
`python -m benchmarks.report_pages PAGE.html ...` measures pages that exist, whether plotly or Bokeh made them.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SIZES = (10_000, 100_000)
N_GROUPS, N_MAPS, N_NUMBERS = 12, 3, 35
FLAGS = ("--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
READY = "() => 'ready' in document.documentElement.dataset || document.querySelector('.bk-Row')"
FRAMES = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const plot = document.querySelector('.plot');
  const moves = {
    bokeh() { const { x_range } = Bokeh.documents[0].roots()[0].children[0];
              x_range.setv({ start: x_range.start + 0.01, end: x_range.end + 0.01 }); return frame(); },
    plotly() { const [a, b] = plot._fullLayout.xaxis.range;
               return Plotly.relayout(plot, { 'xaxis.range': [a + 0.01, b + 0.01] }).then(frame); },
    own() { const { map } = plot; map.show(map.ranges[0].map((end) => end + 0.01), map.ranges[1]); return frame(); },
  };
  const move = moves[window.Bokeh ? 'bokeh' : window.Plotly ? 'plotly' : 'own'];
  for (let i = 0; i < 3; i++) await move();
  const start = performance.now();
  let frames = 0;
  for (; performance.now() - start < 4000; frames++) await move();
  return (1000 * frames) / (performance.now() - start);
}"""


def maps_of(n_samples: int) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
    """Groups, maps and names of simulated samples."""
    rng = np.random.default_rng(0)
    groups, centres = rng.integers(N_GROUPS, size=n_samples), rng.normal(scale=4, size=(N_GROUPS, 2))
    maps = [centres[rng.permutation(N_GROUPS)[groups]] + rng.normal(size=(n_samples, 2)) for _ in range(N_MAPS)]
    return groups, maps, rng.choice(list("ACGT"), (n_samples, 16))


def own_page(n_samples: int, path: Path) -> None:
    """Write a report of simulated samples."""
    from integrated_diffusion import IntegratedDiffusion, datasets, report
    from integrated_diffusion.scverse import tl

    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # where the helpers of the tests are
    from tests.report.conftest import enlarged

    cells = datasets.pbmc_citeseq()[:200].copy()
    content = report.gather(tl.integrate(cells, IntegratedDiffusion(steps={"rna": 1, "prot": 1})))
    page = report.render(enlarged(content, n_samples, 11, 12))
    path.write_text(page, encoding="utf-8")


def bokeh_page(n_samples: int, path: Path) -> None:
    """Write linked maps of as many numbers by Bokeh."""
    from bokeh.embed import file_html
    from bokeh.layouts import row
    from bokeh.models import ColumnDataSource, HoverTool
    from bokeh.palettes import Category20
    from bokeh.plotting import figure
    from bokeh.resources import INLINE
    from bokeh.transform import factor_cmap

    groups, maps, letters = maps_of(n_samples)
    rng, kinds = np.random.default_rng(1), [f"type {i}" for i in range(N_GROUPS)]
    columns = {"kind": np.array(kinds)[groups], "name": ["".join(word) for word in letters]}
    columns |= {f"{axis}{k}": xy[:, i].astype(np.float32) for k, xy in enumerate(maps) for i, axis in enumerate("xy")}
    columns |= {f"v{k}": rng.normal(size=n_samples).astype(np.float32) for k in range(N_NUMBERS)}
    source, figures = ColumnDataSource(columns), []
    for k in range(N_MAPS):
        plot = figure(width=420, height=420, output_backend="webgl", tools="pan,wheel_zoom,lasso_select,reset")
        color = factor_cmap("kind", Category20[N_GROUPS], kinds)
        plot.scatter(f"x{k}", f"y{k}", source=source, size=2, line_color=None, fill_color=color)
        plot.add_tools(HoverTool(tooltips=[("name", "@name")]))
        figures.append(plot)
    path.write_text(file_html(row(*figures), INLINE, "maps"), encoding="utf-8")


def measure(path: Path) -> None:
    """Print what a page takes."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        page = browser.new_context(bypass_csp=True, viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(120_000)
        start = time.perf_counter()
        page.goto(path.resolve().as_uri())
        page.wait_for_function(READY)
        ready, frames = time.perf_counter() - start, page.evaluate(FRAMES)
        browser.close()
    print(
        f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, ready in {ready:.1f} s, {frames:.0f} frames a second",
        flush=True,
    )


def main(pages: list[Path]) -> None:
    """Measure the pages named, or make some."""
    with tempfile.TemporaryDirectory() as folder:
        makers = {"report": own_page} | ({"bokeh": bokeh_page} if importlib.util.find_spec("bokeh") else {})
        for name, make in () if pages else makers.items():
            for size in SIZES:
                pages = [*pages, Path(folder) / f"{name}_{size}.html"]
                make(size, pages[-1])
        for page in pages:
            measure(page)


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
