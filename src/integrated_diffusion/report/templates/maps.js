// The linked embeddings. Plotly draws the points, pans and zooms; no text from the data ever reaches it.

const SAMPLE = 3000;
const RATIO = 1.1;

function hasWebGL() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl"));
  } catch {
    return false;
  }
}

// A fixed random choice of samples, for drawing without WebGL.
function randomSample(n, size) {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  let seed = 20210915;
  for (let i = 0; i < Math.min(size, n - 1); i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = i + (seed % (n - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  const shown = new Uint8Array(n);
  for (let i = 0; i < Math.min(size, n); i++) shown[order[i]] = 1;
  return shown;
}

function picked(values, cells) {
  const found = new Float32Array(cells.length); // `from` with a function takes ten times as long
  for (let i = 0; i < cells.length; i++) found[i] = values[cells[i]];
  return found;
}

function makeMaps(data, holder, { onHover, onSelect }) {
  const webgl = hasWebGL();
  const shown = webgl || data.n <= SAMPLE ? null : randomSample(data.n, SAMPLE);
  let used = "hover";
  const maps = data.maps.map((map) => makeMap(map, holder, { tool: () => used, shown, onHover, onSelect }));
  let groups = [];
  let drawing = Promise.resolve();

  function tracesOf(map) {
    const width = map.plot.clientWidth;
    const n = shown ? SAMPLE : data.n;
    return map.groups.map(({ colour, dimmed, cells }) => ({
      type: webgl ? "scattergl" : "scatter",
      mode: "markers",
      x: picked(map.x, cells),
      y: picked(map.y, cells),
      hoverinfo: "none",
      marker: { size: diameterOf(n, width, width / RATIO), color: colour, opacity: dimmed ? 0.5 : opacityOf(n), line: { width: 0 } },
    }));
  }

  async function drawAll() {
    for (const map of maps) {
      map.groups = shown ? groups.map((group) => ({ ...group, cells: group.cells.filter((i) => shown[i]) })) : groups;
      await Plotly.react(map.plot, tracesOf(map), map.layout, CONFIG);
      map.plot.dataset.drawn = Number(map.plot.dataset.drawn || 0) + 1;
    }
  }

  return {
    sampled: shown ? SAMPLE : null,
    draw(next) {
      groups = next;
      drawing = drawing.then(drawAll);
      return drawing;
    },
    use(tool) {
      used = tool;
      holder.classList.toggle("drawing", tool !== "hover"); // else a finger scrolls the page
      holder.classList.toggle("navigating", ["move", "zoom"].includes(tool)); // then plotly follows the pointer
      const dragmode = { move: "pan", zoom: "zoom" }[tool] ?? false;
      for (const map of maps) {
        map.layout.dragmode = dragmode;
        if (map.plot._fullLayout) Plotly.relayout(map.plot, { dragmode });
      }
    },
    reset: () => maps.forEach((map) => Plotly.relayout(map.plot, map.whole())),
    mark: (cell) => maps.forEach((map) => map.mark(cell)),
    print: () => maps.forEach((map) => map.print(groups)),
  };
}

const CONFIG = { displayModeBar: false, responsive: true, showTips: false, doubleClick: false, showAxisDragHandles: false };

function makeMap({ title, x, y }, holder, { tool, shown, onHover, onSelect }) {
  const figure = element("figure", { class: "map" });
  const plot = element("div", { class: "plot", role: "img", "aria-label": `embedding: ${title}` });
  const ring = element("span", { class: "ring", hidden: "" });
  const printed = element("canvas", { class: "printed", width: "900", height: String(Math.round(900 / RATIO)) });
  const frame = element("div", { class: "frame" }, plot, ring, printed);
  figure.append(element("figcaption", {}, title), frame);
  holder.append(figure);
  const axis = { visible: false, fixedrange: false, zeroline: false, showgrid: false };
  const [xWhole, yWhole] = sameUnit(extent(x.values), extent(y.values), RATIO);
  const map = { x: x.values, y: y.values, plot, groups: [] };
  map.whole = () => ({ "xaxis.range": [...xWhole], "yaxis.range": [...yWhole] });
  map.layout = {
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "#fff",
    plot_bgcolor: "#fff",
    showlegend: false,
    hovermode: false,
    dragmode: false,
    xaxis: { ...axis, range: [...xWhole] },
    yaxis: { ...axis, range: [...yWhole], scaleanchor: "x" },
  };
  const ranges = () => {
    const { xaxis, yaxis } = plot._fullLayout ?? map.layout;
    return [xaxis.range, yaxis.range];
  };
  map.mark = (cell) => {
    ring.hidden = cell === null || !plot._fullLayout;
    if (ring.hidden) return;
    const [[x0, x1], [y0, y1]] = ranges();
    const [a, b] = [(map.x[cell] - x0) / (x1 - x0), 1 - (map.y[cell] - y0) / (y1 - y0)];
    ring.hidden = a < 0 || a > 1 || b < 0 || b > 1;
    ring.style.left = `${100 * a}%`;
    ring.style.top = `${100 * b}%`;
  };
  map.print = (groups) => paint(printed, map.x, map.y, groups, ...ranges(), 2 * diameterOf(map.x.length, 450, 450 / RATIO));
  makeLasso(frame, { tool, ranges, map, onSelect });
  const point = (event) => onHover(nearest(map, ranges(), frame, event, shown), event);
  frame.addEventListener("pointermove", (event) => event.buttons || point(event));
  frame.addEventListener("pointerdown", (event) => event.pointerType === "touch" && point(event));
  frame.addEventListener("pointerleave", (event) => event.pointerType === "touch" || onHover(null));
  frame.addEventListener("dblclick", () => {
    onSelect(null);
    Plotly.relayout(plot, map.whole());
  });
  return map;
}

// The sample nearest to the pointer, if one is near: for a hundred thousand samples this takes less than a millisecond.
function nearest({ x, y }, [[x0, x1], [y0, y1]], frame, event, shown) {
  const box = frame.getBoundingClientRect();
  const [across, up] = [frame.clientWidth / (x1 - x0), frame.clientHeight / (y1 - y0)];
  const a = x0 + (event.clientX - box.left - frame.clientLeft) / across;
  const b = y1 - (event.clientY - box.top - frame.clientTop) / up;
  let least = event.pointerType === "touch" ? 400 : 100;
  let found = null;
  for (let i = 0; i < x.length; i++) {
    const far = ((x[i] - a) * across) ** 2 + ((y[i] - b) * up) ** 2;
    if (far < least && (!shown || shown[i])) [least, found] = [far, i];
  }
  return found;
}

// An element with text children: text is never read as HTML.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
