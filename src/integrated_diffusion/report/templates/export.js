// Files of what is seen: a map as PNG or SVG with its legend, selected samples as a table or as names.

function saveAs(name, blob) {
  const link = element("a", { download: name });
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const fileName = (title) => title.replace(/[^\p{L}\p{N}]+/gu, "_").slice(0, 60) || "map";

const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

// Names and all columns of the selected samples.
function selectionTable(data, selected) {
  const words = (column, i) => {
    if (column.kind === "categories") return column.codes[i] === column.missing ? "" : quoted(column.labels[column.codes[i]]);
    const value = column.values[i];
    return Number.isNaN(value) ? "" : column.exact ? String(value) : String(Number(value.toPrecision(6)));
  };
  const lines = [["name", ...data.columns.map(({ name }) => name)].map(quoted)];
  data.names.forEach((name, i) => selected[i] && lines.push([quoted(name), ...data.columns.map((column) => words(column, i))]));
  return lines.map((line) => line.join(",") + "\r\n").join("");
}

const [SIZE, ASIDE, LINE, MOST_IN_LEGEND] = [1000, 330, 30, 31];

// Lines of the legend, or the ends of the colour bar.
function legendLines(model, title) {
  const entries = model.entries()?.slice(0, MOST_IN_LEGEND);
  if (entries) return { title, entries };
  const source = model.source();
  return { title, entries: [], limits: source?.limits };
}

function savePng(map, model, title, stops) {
  const { entries, limits } = legendLines(model, title);
  const whole = element("canvas", { width: String(SIZE + ASIDE), height: String(SIZE + 40) });
  const dots = element("canvas", { width: String(SIZE), height: String(SIZE) });
  paint(dots, map.x, map.y, map.groups, ...map.ranges, 1.8 * diameterOf(map.x.length, 560, 560));
  const pen = whole.getContext("2d");
  pen.fillStyle = ofTheme("paper");
  pen.fillRect(0, 0, whole.width, whole.height);
  pen.drawImage(dots, 0, 40);
  pen.fillStyle = ofTheme("ink");
  pen.font = "600 22px sans-serif";
  pen.fillText(map.title, 12, 30);
  pen.fillText(title, SIZE + 10, 70, ASIDE - 20);
  pen.font = "18px sans-serif";
  entries.forEach(({ label, colour }, i) => {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(SIZE + 18, 98 + LINE * i, 8, 0, 7);
    pen.fill();
    pen.fillStyle = ofTheme("ink");
    pen.fillText(label, SIZE + 36, 104 + LINE * i, ASIDE - 46);
  });
  if (limits) {
    shadesOf(stops).forEach((colour, i) => {
      pen.fillStyle = colour;
      pen.fillRect(SIZE + 10, 390 - 9 * i, 24, 9);
    });
    pen.fillStyle = ofTheme("ink");
    pen.fillText(`≥ ${numberInWords(limits[1], 3)}`, SIZE + 44, 126);
    pen.fillText(`≤ ${numberInWords(limits[0], 3)}`, SIZE + 44, 398);
  }
  return new Promise((done) => whole.toBlob((blob) => done(saveAs(`${fileName(map.title)}.png`, blob)), "image/png"));
}

const MOST_CIRCLES = 30000; // of more dots, an SVG holds the picture of them

function saveSvg(map, model, title, stops) {
  const SVG = "http://www.w3.org/2000/svg";
  const make = (tag, attributes, ...children) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const { entries, limits } = legendLines(model, title);
  const ink = ofTheme("ink");
  const words = (x, y, text, weight = "400") => make("text", { x, y, fill: ink, "font-family": "sans-serif", "font-size": 18, "font-weight": weight }, text);
  const whole = make("svg", { xmlns: SVG, viewBox: `0 0 ${SIZE + ASIDE} ${SIZE + 40}`, width: SIZE + ASIDE, height: SIZE + 40 });
  whole.append(make("rect", { width: "100%", height: "100%", fill: ofTheme("paper") }), words(12, 28, map.title, "600"));
  const [[x0, x1], [y0, y1]] = map.ranges;
  const radius = (0.9 * diameterOf(map.x.length, 560, 560)).toFixed(2);
  if (map.x.length <= MOST_CIRCLES) {
    for (const { colour, dimmed, cells } of map.groups) {
      const group = make("g", { fill: colour, "fill-opacity": dimmed ? 0.5 : opacityOf(map.x.length) });
      for (const i of cells) {
        const [a, b] = [(SIZE * (map.x[i] - x0)) / (x1 - x0), 40 + SIZE * (1 - (map.y[i] - y0) / (y1 - y0))];
        if (a >= 0 && a <= SIZE && b >= 40 && b <= SIZE + 40) group.append(make("circle", { cx: a.toFixed(1), cy: b.toFixed(1), r: radius }));
      }
      whole.append(group);
    }
  } else {
    const dots = element("canvas", { width: String(2 * SIZE), height: String(2 * SIZE) });
    paint(dots, map.x, map.y, map.groups, ...map.ranges, 3.6 * diameterOf(map.x.length, 560, 560));
    whole.append(make("image", { x: 0, y: 40, width: SIZE, height: SIZE, href: dots.toDataURL("image/png") }));
  }
  whole.append(words(SIZE + 10, 70, title, "600"));
  entries.forEach(({ label, colour }, i) => {
    whole.append(make("circle", { cx: SIZE + 18, cy: 98 + LINE * i, r: 8, fill: colour }), words(SIZE + 36, 104 + LINE * i, label));
  });
  if (limits) {
    shadesOf(stops).forEach((colour, i) => whole.append(make("rect", { x: SIZE + 10, y: 390 - 9 * i, width: 24, height: 9, fill: colour })));
    whole.append(words(SIZE + 44, 126, `≥ ${numberInWords(limits[1], 3)}`), words(SIZE + 44, 398, `≤ ${numberInWords(limits[0], 3)}`));
  }
  saveAs(`${fileName(map.title)}.svg`, new Blob([new XMLSerializer().serializeToString(whole)], { type: "image/svg+xml" }));
}
