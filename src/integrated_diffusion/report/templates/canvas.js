// Samples as dots on a canvas. Pixels are blended here and handed over once: a hundred thousand strokes on a canvas take
// seconds. No WebGL is needed.

const MANY = 100000; // more samples are drawn as a density

function paint(canvas, x, y, groups, xRange, yRange, diameter) {
  const { width, height } = canvas;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const image = pen.createImageData(width, height);
  const page = rgbOf(ofTheme("paper"));
  new Uint32Array(image.data.buffer).fill(0xff000000 | (page[2] << 16) | (page[1] << 8) | page[0]);
  (x.length > MANY ? paintDensity : paintDots)(image, x, y, groups, xRange, yRange, diameter);
  pen.putImageData(image, 0, 0);
}

function paintDots({ data: pixels, width, height }, x, y, groups, xRange, yRange, diameter) {
  const across = width / (xRange[1] - xRange[0]);
  const up = height / (yRange[1] - yRange[0]);
  const dot = dotOf(diameter);
  const reach = Math.ceil(diameter / 2);
  const offsets = Int32Array.from(dot, ([da, db]) => 4 * (db * width + da));
  const shares = new Float32Array(dot.length);
  for (const { colour, dimmed, cells } of groups) {
    const [red, green, blue] = rgbOf(colour);
    const opacity = dimmed ? 0.5 : opacityOf(x.length);
    for (let k = 0; k < dot.length; k++) shares[k] = dot[k][2] * opacity;
    for (let j = 0; j < cells.length; j++) {
      const i = cells[j];
      const a = Math.round((x[i] - xRange[0]) * across);
      const b = Math.round(height - (y[i] - yRange[0]) * up);
      if (!(a >= reach && a < width - reach && b >= reach && b < height - reach)) continue; // whole dots only
      const centre = 4 * (b * width + a);
      for (let k = 0; k < offsets.length; k++) {
        const at = centre + offsets[k];
        const share = shares[k];
        pixels[at] += share * (red - pixels[at]);
        pixels[at + 1] += share * (green - pixels[at + 1]);
        pixels[at + 2] += share * (blue - pixels[at + 2]);
      }
    }
  }
}

// Squares of a few pixels: their colour is the mean of their samples', their opacity grows with the logarithm of the number.
function paintDensity({ data: pixels, width, height }, x, y, groups, xRange, yRange) {
  const side = Math.max(1, Math.round(width / 400));
  const [columns, rows] = [Math.ceil(width / side), Math.ceil(height / side)];
  const counts = new Float32Array(columns * rows);
  const sums = new Float32Array(3 * columns * rows);
  const across = width / (xRange[1] - xRange[0]) / side;
  const up = height / (yRange[1] - yRange[0]) / side;
  for (const { colour, dimmed, cells } of groups) {
    const rgb = rgbOf(colour);
    const share = dimmed ? 0.02 : 1;
    for (const i of cells) {
      const a = Math.floor((x[i] - xRange[0]) * across);
      const b = Math.floor(height / side - (y[i] - yRange[0]) * up);
      if (!(a >= 0 && a < columns && b >= 0 && b < rows)) continue;
      const at = b * columns + a;
      counts[at] += share;
      for (let k = 0; k < 3; k++) sums[3 * at + k] += share * rgb[k];
    }
  }
  const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0)) || 1;
  for (let b = 0; b < height; b++) {
    for (let a = 0; a < width; a++) {
      const from = Math.floor(b / side) * columns + Math.floor(a / side);
      if (!counts[from]) continue;
      const opacity = 0.3 + (0.7 * Math.log1p(counts[from])) / most;
      const at = 4 * (b * width + a);
      for (let k = 0; k < 3; k++) pixels[at + k] += opacity * (sums[3 * from + k] / counts[from] - pixels[at + k]);
    }
  }
}

// The pixels of a dot: offsets from its centre, and which share of each it covers.
function dotOf(diameter) {
  const reach = Math.ceil(diameter / 2);
  const sides = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const pixels = sides.flatMap((a) => sides.map((b) => [a, b, Math.min(1, diameter / 2 + 0.5 - Math.hypot(a, b))]));
  return pixels.filter(([, , share]) => share > 0);
}

function rgbOf(colour) {
  if (!colour.startsWith("#")) return colour.match(/\d+/g).map(Number);
  return [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
}

const opacityOf = (n) => (n > 20000 ? 0.6 : n > 3000 ? 0.75 : 0.9);

// Dots cover about a third of the plot, whatever their number.
const diameterOf = (n, width, height) => Math.min(7, Math.max(1.6, Math.sqrt((0.33 * width * height) / n)));

function extent(values, share = 0.04) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high)) return [0, 1];
  const pad = (high - low || 1) * share;
  return [low - pad, high + pad];
}

// The same unit on both axes, so that distances are what they are.
function sameUnit([x0, x1], [y0, y1], ratio) {
  const unit = Math.max((x1 - x0) / ratio, y1 - y0) / 2;
  const [a, b] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return [[a - unit * ratio, a + unit * ratio], [b - unit, b + unit]];
}

// Round numbers within a range, four or so of them.
function ticksOf([low, high]) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) => (first + i) * step);
}
