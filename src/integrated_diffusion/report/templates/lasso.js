// Selecting samples by mouse, pen or finger: they are tested once, when the outline is closed. `zoom` draws a box as well.

function makeLasso(frame, { tool, map, onSelect }) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const way = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  drawing.setAttribute("class", "lasso");
  drawing.append(way);
  frame.append(drawing);
  let corners = null;

  const place = (event) => {
    const box = frame.getBoundingClientRect();
    return [event.clientX - box.left - frame.clientLeft, event.clientY - box.top - frame.clientTop];
  };
  const outline = () => {
    if (tool() === "lasso" || corners.length < 2) return corners;
    const [[a, b], [c, d]] = [corners[0], corners.at(-1)];
    return [[a, b], [c, b], [c, d], [a, d]];
  };
  const show = () => way.setAttribute("points", corners ? outline().map((corner) => corner.join(",")).join(" ") : "");

  frame.addEventListener("pointerdown", (event) => {
    if (!["lasso", "box", "zoom"].includes(tool()) || event.button !== 0) return;
    frame.setPointerCapture(event.pointerId);
    corners = [place(event)];
  });
  frame.addEventListener("pointermove", (event) => {
    if (!corners) return;
    corners.push(place(event));
    show();
  });
  frame.addEventListener("pointerup", (event) => {
    if (!corners) return;
    const [[x0, x1], [y0, y1]] = map.ranges;
    const [width, height] = [frame.clientWidth, frame.clientHeight];
    const closed = outline().map(([a, b]) => [x0 + ((x1 - x0) * a) / width, y1 - ((y1 - y0) * b) / height]);
    const far = Math.max(...corners.map(([a, b]) => Math.hypot(a - corners[0][0], b - corners[0][1])));
    corners = null;
    show();
    if (far <= 5) return; // a click
    if (tool() === "zoom") map.show(...[0, 1].map((k) => extent(closed.map((corner) => corner[k]), 0)));
    else onSelect(inside(map, closed), event.shiftKey);
  });
  frame.addEventListener("pointercancel", () => {
    corners = null;
    show();
  });
}

// Which samples lie inside a polygon, `(n,)` of 0 and 1.
function inside({ x, y }, corners) {
  const [left, right] = [Math.min(...corners.map(([a]) => a)), Math.max(...corners.map(([a]) => a))];
  return Uint8Array.from(x, (a, i) => (a >= left && a <= right && within(corners, a, y[i]) ? 1 : 0));
}

function within(corners, a, b) {
  let odd = false;
  let [c, d] = corners.at(-1);
  for (const [e, f] of corners) {
    if (f > b !== d > b && a < ((c - e) * (b - f)) / (d - f) + e) odd = !odd;
    [c, d] = [e, f];
  }
  return odd;
}
