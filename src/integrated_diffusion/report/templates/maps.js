// The linked embeddings: painted on canvases, panned and zoomed by the same two ranges from which they are painted.

const SIDE = 1;

function makeMaps(data, holder, { onHover, onSelect }) {
  let used = "hover";
  const maps = data.maps.map((map) => makeMap(map, holder, { tool: () => used, onHover, onSelect }));
  return {
    all: maps,
    draw: (groups) => maps.forEach((map) => map.draw(groups)),
    use(tool) {
      used = tool;
      holder.classList.toggle("drawing", tool !== "hover"); // else a finger scrolls the page
      holder.classList.toggle("moving", tool === "move");
    },
    reset: () => maps.forEach((map) => map.show(...map.whole)),
    mark: (cell) => maps.forEach((map) => map.mark(cell)),
  };
}

function makeMap({ title, x, y }, holder, { tool, onHover, onSelect }) {
  const figure = element("figure", { class: "map" });
  const plot = element("canvas", { class: "plot", role: "img", "aria-label": `embedding: ${title}` });
  const ring = element("span", { class: "ring", hidden: "" });
  const frame = element("div", { class: "frame" }, plot, ring);
  const saves = element("span", { class: "saves" });
  figure.append(element("figcaption", {}, title, saves), frame);
  holder.append(figure);
  const whole = sameUnit(extent(x.values), extent(y.values), SIDE);
  const map = { title, x: x.values, y: y.values, plot, saves, whole, groups: [], ranges: whole, asked: false };

  function repaint() {
    map.asked = false;
    const scale = Math.min(2, Math.max(1, devicePixelRatio));
    const side = Math.max(1, Math.round(frame.clientWidth * scale));
    if (plot.width !== side) plot.width = plot.height = side;
    paint(plot, map.x, map.y, map.groups, ...map.ranges, diameterOf(map.x.length, side / scale, side / scale) * scale);
    plot.dataset.drawn = Number(plot.dataset.drawn || 0) + 1;
  }
  map.ask = () => {
    if (!map.asked) requestAnimationFrame(repaint);
    map.asked = true;
  };
  map.draw = (groups) => {
    map.groups = groups;
    map.ask();
  };
  map.show = (xRange, yRange) => {
    map.ranges = sameUnit(xRange, yRange, SIDE);
    ring.hidden = true;
    map.ask();
  };
  map.mark = (cell) => {
    ring.hidden = cell === null;
    if (ring.hidden) return;
    const [[x0, x1], [y0, y1]] = map.ranges;
    const [a, b] = [(map.x[cell] - x0) / (x1 - x0), 1 - (map.y[cell] - y0) / (y1 - y0)];
    ring.hidden = !(a >= 0 && a <= 1 && b >= 0 && b <= 1);
    ring.style.left = `${100 * a}%`;
    ring.style.top = `${100 * b}%`;
  };
  plot.map = map; // what is drawn, for whoever looks at the page from outside
  makeLasso(frame, { tool, map, onSelect });
  makeMoving(frame, { tool, map });
  const point = (event) => onHover(nearest(map, frame, event), event);
  frame.addEventListener("pointermove", (event) => event.buttons || point(event));
  frame.addEventListener("pointerdown", (event) => event.pointerType === "touch" && point(event));
  frame.addEventListener("pointerleave", (event) => event.pointerType === "touch" || onHover(null));
  frame.addEventListener("dblclick", () => {
    onSelect(null);
    map.show(...map.whole);
  });
  new ResizeObserver(map.ask).observe(frame);
  return map;
}

// From a place in the window to one on the map.
function placeOnMap({ ranges: [[x0, x1], [y0, y1]] }, frame, { clientX, clientY }) {
  const box = frame.getBoundingClientRect();
  const a = (clientX - box.left - frame.clientLeft) / frame.clientWidth;
  const b = (clientY - box.top - frame.clientTop) / frame.clientHeight;
  return [x0 + a * (x1 - x0), y1 - b * (y1 - y0)];
}

// Moving by dragging, and zooming by the wheel, while the tool is `move`.
function makeMoving(frame, { tool, map }) {
  let held = null;
  frame.addEventListener("pointerdown", (event) => {
    if (tool() !== "move" || event.button !== 0) return;
    frame.setPointerCapture(event.pointerId);
    held = placeOnMap(map, frame, event);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [a, b] = placeOnMap(map, frame, event);
    const by = [held[0] - a, held[1] - b];
    map.show(...map.ranges.map((range, k) => range.map((end) => end + by[k])));
  });
  for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => (held = null));
  frame.addEventListener(
    "wheel",
    (event) => {
      if (tool() !== "move") return;
      event.preventDefault();
      const at = placeOnMap(map, frame, event);
      const factor = Math.exp(0.0015 * Math.max(-300, Math.min(300, event.deltaY)));
      map.show(...map.ranges.map((range, k) => range.map((end) => at[k] + factor * (end - at[k]))));
    },
    { passive: false },
  );
}

// The sample nearest to the pointer, if one is near: for a hundred thousand samples this takes less than a millisecond.
function nearest(map, frame, event) {
  const { x, y, ranges } = map;
  const [a, b] = placeOnMap(map, frame, event);
  const [across, up] = [0, 1].map((k) => frame.clientWidth / (ranges[k][1] - ranges[k][0]));
  let least = event.pointerType === "touch" ? 400 : 100;
  let found = null;
  for (let i = 0; i < x.length; i++) {
    const far = ((x[i] - a) * across) ** 2 + ((y[i] - b) * up) ** 2;
    if (far < least) [least, found] = [far, i];
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
