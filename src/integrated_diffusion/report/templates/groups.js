// Groups of samples of one colour: one colour looked up a group, not a sample.

const SHADES = 32;

function scale(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  const [low, high] = [rgbOf(stops[i]), rgbOf(stops[i + 1])];
  const mixed = low.map((part, k) => Math.round(part + (at - i) * (high[k] - part)));
  return visible(`rgb(${mixed.join(",")})`);
}

const shadesOf = (stops) => Array.from({ length: SHADES }, (_, i) => scale(stops, i / (SHADES - 1)));

// The legend of a column of categories: entries with a colour, in the column's order, then all others together.
function legendOf(column, colours) {
  const entries = column.coloured.map((code, i) => ({ label: column.labels[code], colour: visible(colours.categories[i]), codes: [code] }));
  const own = new Set(column.coloured);
  const others = column.labels.map((_, code) => code).filter((code) => !own.has(code));
  if (others.length) entries.push({ label: `${others.length} others`, colour: visible(colours.other), codes: others });
  return entries;
}

// Which entry of the legend each sample belongs to; -1 where the value is missing.
function entryOfCells(column, entries) {
  const entryOf = new Int16Array(column.labels.length).fill(-1);
  entries.forEach(({ codes }, i) => codes.forEach((code) => (entryOf[code] = i)));
  return Int16Array.from(column.codes, (code) => (code === column.missing ? -1 : entryOf[code]));
}

function shadeOfCells({ values, limits: [low, high] }) {
  const width = high / 2 - low / 2 || 1; // halves, whose differences are always finite
  return Int16Array.from(values, (value) =>
    Number.isNaN(value) ? -1 : Math.min(SHADES - 1, Math.max(0, Math.floor(SHADES * ((value / 2 - low / 2) / width)))),
  );
}

// Groups in the order of drawing: dimmed, missing, then large categories first or low numbers first.
function groupsOf(slots, colourOfSlot, bySize, keeps) {
  const at = slots.map((slot, i) => (keeps(i) ? slot + 2 : 0));
  const counts = new Int32Array(colourOfSlot.length + 2);
  for (const slot of at) counts[slot]++;
  const pale = [ofTheme("dimmed"), ofTheme("missing")];
  const colour = (slot) => pale[slot] ?? colourOfSlot[slot - 2];
  const groups = Array.from(counts, (n, slot) => ({ colour: colour(slot), dimmed: slot < 2, cells: new Int32Array(n) }));
  const filled = new Int32Array(groups.length);
  at.forEach((slot, i) => (groups[slot].cells[filled[slot]++] = i));
  const drawn = groups.slice(2);
  if (bySize) drawn.sort((a, b) => b.cells.length - a.cells.length);
  return [...groups.slice(0, 2), ...drawn].filter((group) => group.cells.length);
}
