// The address keeps what is seen, so that a link to the page restores it: colour, denoised or not, isolated entries,
// selection. What a link says is checked, since anyone may write one.

async function through(stream, bytes) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

// A bit a sample, compressed, as text that an address can hold.
async function selectionAsText(selected) {
  const bits = new Uint8Array(Math.ceil(selected.length / 8));
  selected.forEach((one, i) => one && (bits[i >> 3] |= 1 << (i & 7)));
  const packed = await through(new CompressionStream("deflate-raw"), bits);
  let text = "";
  for (const byte of packed) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function selectionOfText(text, n) {
  try {
    const packed = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    if (packed.length > n / 4 + 100) return null;
    const bits = await through(new DecompressionStream("deflate-raw"), packed);
    if (bits.length !== Math.ceil(n / 8)) return null;
    return Uint8Array.from({ length: n }, (_, i) => (bits[i >> 3] >> (i & 7)) & 1);
  } catch {
    return null; // a link that was cut off, or to another page
  }
}

async function stateAsText({ option, denoised, isolated, selected }) {
  const said = new URLSearchParams();
  if (option) said.set("colour", option.key);
  if (denoised) said.set("values", "denoised");
  if (isolated.size) said.set("only", [...isolated].join(","));
  if (selected) said.set("selected", await selectionAsText(selected));
  return said.toString();
}

// What an address says: `null` if it says nothing of the kind, as a link to a section does.
async function stateOfText(hash, optionOf, n) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  if (!said.has("colour") && !said.has("selected")) return null;
  const only = (said.get("only") ?? "").split(",").filter(Boolean).map(Number).filter(Number.isInteger);
  return {
    option: said.has("colour") ? optionOf(said.get("colour")) : null,
    denoised: said.get("values") === "denoised",
    isolated: new Set(only.filter((i) => i >= 0 && i < 1000)),
    selected: said.has("selected") ? await selectionOfText(said.get("selected"), n) : null,
  };
}
