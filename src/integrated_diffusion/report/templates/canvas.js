// Samples as dots on a canvas: small plots, and what is printed in place of WebGL. Pixels are blended here and handed over
// once, since a hundred thousand strokes on a canvas take seconds.

function paint(canvas, x, y, groups, xRange, yRange, diameter) {
  const { width, height } = canvas;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const image = pen.createImageData(width, height);
  const pixels = image.data.fill(255);
  const across = width / (xRange[1] - xRange[0]);
  const up = height / (yRange[1] - yRange[0]);
  const dot = dotOf(diameter);
  for (const { colour, dimmed, cells } of groups) {
    const rgb = rgbOf(colour);
    const opacity = dimmed ? 0.5 : opacityOf(x.length);
    for (const i of cells) {
      const a = Math.round((x[i] - xRange[0]) * across);
      const b = Math.round(height - (y[i] - yRange[0]) * up);
      for (const [da, db, share] of dot) {
        if (!(a + da >= 0 && a + da < width && b + db >= 0 && b + db < height)) continue;
        const at = 4 * ((b + db) * width + a + da);
        for (let k = 0; k < 3; k++) pixels[at + k] += share * opacity * (rgb[k] - pixels[at + k]);
      }
    }
  }
  pen.putImageData(image, 0, 0);
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
