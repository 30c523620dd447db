// The page's data: base64 of gzip of a header and arrays, see packing.py.

async function unsqueezed(id) {
  const text = atob(document.getElementById(id).textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const WHOLE = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array };
const missingCode = (codes) => 256 ** codes.BYTES_PER_ELEMENT - 1;

async function readData() {
  const raw = await unsqueezed("data");
  const start = new DataView(raw.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + start)));
  let at = 4 + start;
  const arrays = header.arrays.map(({ bytes, length }) => {
    const found = new WHOLE[bytes](length);
    for (let plane = 0; plane < bytes; plane++, at += length) {
      for (let i = 0; i < length; i++) found[i] += raw[at + i] * 256 ** plane;
    }
    return found;
  });
  header.n = header.names.length;
  header.maps = header.maps.map(({ title, x, y }) => ({ title, x: numbers(arrays, x), y: numbers(arrays, y) }));
  for (const column of header.columns) {
    if (column.kind === "numbers") Object.assign(column, numbers(arrays, column));
    else {
      column.codes = arrays[column.codes];
      column.missing = missingCode(column.codes);
    }
  }
  for (const feature of header.features) {
    feature.measured = { kind: "numbers", ...numbers(arrays, feature.measured) };
    feature.denoised = { kind: "numbers", ...numbers(arrays, feature.denoised) };
  }
  header.searchable = header.searchable.map((view) => searchableView(arrays, view, header.n));
  return header;
}

// Computed by halves, because the difference of the largest and the smallest number is infinite.
function numbers(arrays, { codes, low, step, limits, above = [], below = [] }) {
  const found = arrays[codes];
  const missing = missingCode(found);
  const values = new Float64Array(found.length);
  for (let i = 0; i < found.length; i++) {
    values[i] = found[i] === missing ? NaN : 2 * (low / 2 + (step / 2) * found[i]);
  }
  for (const i of above) values[i] = Infinity;
  for (const i of below) values[i] = -Infinity;
  return { values, limits, exact: step === 1 };
}

// Features that are unpacked when they are asked for: see searchable.py.
function searchableView(arrays, { modality, names, others, ...parts }, n) {
  const at = (part) => (parts[part] === null ? null : arrays[parts[part]]);
  const [low, step] = ["low", "step"].map((part) => new Float32Array(at(part).buffer));
  const [counts, gaps, codes, measured] = ["counts", "gaps", "codes", "measured"].map(at);
  const values = (i) => {
    if (!counts) return Float64Array.from(codes.subarray(i * n, i * n + n), (code) => (code === 255 ? NaN : low[i] + step[i] * code));
    const found = new Float64Array(n);
    let entry = counts.subarray(0, i).reduce((a, b) => a + b, 0);
    for (let k = 0, cell = 0; k < counts[i]; k++, entry++) {
      cell += gaps[entry];
      found[cell] = low[i] + step[i] * codes[entry];
    }
    if (measured) measured.forEach((yes, cell) => yes || (found[cell] = NaN));
    return found;
  };
  const feature = (i) => {
    const unpacked = values(i);
    return { name: names[i], modality, measured: { kind: "numbers", values: unpacked, limits: limitsOf(unpacked), exact: false }, denoised: null };
  };
  return { modality, names, others, feature };
}

// The ends of a colour scale: percentiles 0.5 and 99.5, as for the other numbers.
function limitsOf(values) {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  if (!known.length) return [0, 1];
  const [low, high] = [0.005, 0.995].map((share) => known[Math.round(share * (known.length - 1))]);
  return low < high ? [low, high] : [known[0], known.at(-1)];
}

// A number in words: whole ones whole where they are known exactly, others in a few digits, far from one by powers of ten.
function numberInWords(value, digits, exact = false) {
  if (Number.isNaN(value)) return "missing";
  const size = Math.abs(value);
  if (size === 0 || size === Infinity || (exact && Number.isInteger(value) && size < 1e15)) return value.toLocaleString("en");
  if (size < 1e-4 || size >= 1e15) return value.toExponential(digits - 1).replace("e+", "e");
  return value.toLocaleString("en", { maximumSignificantDigits: digits });
}
