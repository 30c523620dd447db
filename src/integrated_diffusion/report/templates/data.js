// The page's numbers: base64 of gzip of a header and arrays, see packing.py.

async function unsqueezed(id) {
  const text = atob(document.getElementById(id).textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function readData() {
  const raw = await unsqueezed("data");
  const start = new DataView(raw.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + start)));
  let at = 4 + start;
  const arrays = header.arrays.map(({ bytes, length }) => {
    const low = raw.subarray(at, at + length);
    at += bytes * length;
    if (bytes === 1) return low;
    const high = raw.subarray(at - length, at);
    return Uint16Array.from(low, (value, i) => value | (high[i] << 8));
  });
  header.n = header.names.length;
  header.maps = header.maps.map(({ title, x, y }) => ({ title, x: numbers(arrays, x), y: numbers(arrays, y) }));
  for (const column of header.columns) {
    if (column.kind === "numbers") Object.assign(column, numbers(arrays, column));
    else {
      column.codes = arrays[column.codes];
      column.missing = column.codes instanceof Uint8Array ? 255 : 65535;
    }
  }
  for (const feature of header.features) {
    feature.measured = { kind: "numbers", ...numbers(arrays, feature.measured) };
    feature.denoised = { kind: "numbers", ...numbers(arrays, feature.denoised) };
  }
  return header;
}

function numbers(arrays, { codes, low, step, limits }) {
  const found = arrays[codes];
  const missing = found instanceof Uint8Array ? 255 : 65535;
  return { values: Float32Array.from(found, (code) => (code === missing ? NaN : low + step * code)), limits };
}

async function loadPlotly() {
  // The policy allows this script by its hash, wherever it comes from.
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await unsqueezed("plotly"));
  document.head.append(script);
}
