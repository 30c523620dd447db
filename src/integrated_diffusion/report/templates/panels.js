// Before and after denoising: small plots on canvases, painted when they scroll into view and anew in another theme.

function makePanels(data, featureHolder, pairHolder) {
  const integrated = data.maps[0];
  const ranges = sameUnit(extent(integrated.x.values), extent(integrated.y.values), 1.25);
  const painters = new Map();
  const legends = [];

  function canvas(label, painter) {
    const made = element("canvas", { width: "600", height: "480", role: "img", "aria-label": label });
    painters.set(made, painter);
    return made;
  }

  const shades = (source) => groupsOf(shadeOfCells(source), shadesOf(data.colours.scale), false, () => true);

  function half(feature, when) {
    const source = feature[when];
    const picture = canvas(`${feature.name} ${when}, on the integrated embedding`, (made) =>
      paint(made, integrated.x.values, integrated.y.values, shades(source), ...ranges, 2 * diameterOf(data.n, 300, 240)),
    );
    const legend = element("span", { class: "legend" });
    legends.push(() => drawColourBar(legend, source.limits, data.colours.scale, 0));
    return element("div", {}, picture, element("p", { class: "when" }, when), legend);
  }

  function scatter(a, b, when) {
    const all = () => [{ colour: visible("#0072b2"), dimmed: false, cells: Int32Array.from({ length: data.n }, (_, i) => i) }];
    const [xs, ys] = [a[when].values, b[when].values];
    const [xRange, yRange] = [extent(xs), extent(ys)];
    const picture = canvas(`${b.name} against ${a.name}, ${when}`, (made) =>
      paint(made, xs, ys, all(), xRange, yRange, Math.min(8, 2 * diameterOf(data.n, 300, 240))),
    );
    const axed = element("div", { class: "axed" }, picture, ...ticksAlong("x", xRange), ...ticksAlong("y", yRange));
    const axes = element("p", { class: "axes" }, `→ ${a.name}`, element("br"), `↑ ${b.name}`);
    return element("div", {}, axed, element("p", { class: "when" }, when), axes);
  }

  function ticksAlong(axis, range) {
    return ticksOf(range).map((value) => {
      const tick = element("span", { class: `tick ${axis}` }, numberInWords(value, 3));
      tick.style[axis === "x" ? "left" : "bottom"] = `${(100 * (value - range[0])) / (range[1] - range[0])}%`;
      return tick;
    });
  }

  function figure(holder, title, note, ...halves) {
    const caption = element("figcaption", {}, title, element("small", {}, note));
    holder.append(element("figure", { class: "pair" }, caption, element("div", { class: "halves" }, ...halves)));
  }

  for (const feature of data.features.filter(({ panel }) => panel)) {
    figure(featureHolder, feature.name, feature.modality, half(feature, "measured"), half(feature, "denoised"));
  }
  for (const [i, j] of data.pairs) {
    const [a, b] = [data.features[i], data.features[j]];
    figure(pairHolder, `${a.name} and ${b.name}`, `${a.modality}, ${b.modality}`, scatter(a, b, "measured"), scatter(a, b, "denoised"));
  }
  legends.forEach((draw) => draw());

  function paintOnce(made) {
    if ("painted" in made.dataset) return;
    painters.get(made)(made);
    made.dataset.painted = "";
  }
  const watch = new IntersectionObserver((seen) => seen.filter((one) => one.isIntersecting).forEach((one) => paintOnce(one.target)), {
    rootMargin: "300px",
  });
  for (const made of painters.keys()) watch.observe(made);
  return {
    print: () => [...painters.keys()].forEach(paintOnce),
    repaint() {
      legends.forEach((draw) => draw());
      for (const [made, painter] of painters) if ("painted" in made.dataset) painter(made);
    },
  };
}
