// One state (colour, isolated categories, selection, sample under the pointer), from which everything is drawn.

const at = (id) => document.getElementById(id);

function makeState(data) {
  const stops = Array.from({ length: SHADES }, (_, i) => scale(data.colours.scale, i / (SHADES - 1)));
  const state = { option: null, denoised: false, isolated: new Set(), selected: null };
  let slots = new Int16Array(data.n).fill(-1);
  let entries = null;

  const source = () => {
    const { column, feature } = state.option ?? {};
    return column ?? (feature ? feature[state.denoised ? "denoised" : "measured"] : null);
  };
  function recolour() {
    const from = source();
    state.isolated.clear();
    entries = from && from.kind === "categories" ? legendOf(from, data.colours) : null;
    if (!from) slots = new Int16Array(data.n);
    else slots = entries ? entryOfCells(from, entries) : shadeOfCells(from);
  }
  const shows = (i) => state.isolated.size === 0 || state.isolated.has(slots[i]);
  const keeps = (i) => shows(i) && (state.selected === null || state.selected[i] === 1);
  const colourOfSlot = () => (entries ? entries.map(({ colour }) => colour) : source() ? stops : ["#4a6fa5"]);
  return {
    ...{ state, source, recolour, shows },
    groups: () => groupsOf(slots, colourOfSlot(), entries !== null, keeps, data.colours),
    entries: () => entries,
    counts() {
      const counts = new Int32Array(entries.length);
      slots.forEach((slot, i) => slot >= 0 && (state.selected === null || state.selected[i]) && counts[slot]++);
      return counts;
    },
    missing: () => slots.reduce((n, slot) => n + (slot < 0), 0),
  };
}

function drawControls(data, model, redraw) {
  const { state } = model;
  const legend = at("legend");
  if (model.entries()) {
    drawLegend(legend, model.entries(), model.counts(), state.isolated, (i, more) => {
      const alone = state.isolated.size === 1 && state.isolated.has(i);
      if (!more) state.isolated.clear();
      if (more && state.isolated.has(i)) state.isolated.delete(i);
      else if (!alone) state.isolated.add(i);
      redraw();
    });
  } else if (model.source()) drawColourBar(legend, model.source().limits, data.colours.scale, model.missing(), data.colours);
  else legend.replaceChildren();
  at("values").hidden = !state.option?.feature;
  at("clear").hidden = at("save").hidden = state.selected === null;
  const n = state.selected === null ? 0 : state.selected.reduce((a, b) => a + b, 0);
  at("selection").textContent =
    state.selected === null
      ? `${data.n.toLocaleString("en")} samples, none selected`
      : `${n.toLocaleString("en")} of ${data.n.toLocaleString("en")} samples selected`;
}

async function start() {
  if (typeof DecompressionStream === "undefined") throw new Error("this browser is too old; use one released in 2023 or later");
  const data = await readData();
  const panels = makePanels(data, at("features"), at("scatters"));
  await loadPlotly();
  const model = makeState(data);
  const { state } = model;
  const tooltip = makeTooltip(data, at("tooltip"));
  const redraw = () => {
    drawControls(data, model, redraw);
    return maps.draw(model.groups());
  };
  const maps = makeMaps(data, at("maps"), {
    onHover(cell, event) {
      maps.mark(cell);
      tooltip.show(cell, event, state.option);
    },
    onSelect(cells, more) {
      // Samples that the legend hides are not selected; with the shift key the new selection is added to the old one.
      const before = more && state.selected;
      state.selected = cells && Uint8Array.from(cells, (one, i) => ((one && model.shows(i)) || (before && before[i]) ? 1 : 0));
      redraw();
    },
  });
  if (maps.sampled) {
    at("fallback").hidden = false;
    at("fallback").textContent =
      `This browser has no WebGL: the embeddings show a random sample of ${maps.sampled.toLocaleString("en")} of ` +
      `${data.n.toLocaleString("en")} samples. Counts and selections include all samples.`;
  }

  const options = [
    { label: "none", hint: "" },
    ...data.columns.map((column) => ({ label: column.name, hint: column.kind === "numbers" ? "numeric" : `${column.labels.length} categories`, column })),
    ...data.features.map((feature) => ({ label: feature.name, hint: `feature of ${feature.modality}`, feature })),
  ];
  const onChoose = (option) => {
    state.option = option;
    model.recolour();
    return redraw();
  };
  const search = makeSearch({ input: at("search"), list: at("options"), options, onChoose });
  for (const button of document.querySelectorAll("input[name=tool]")) {
    button.addEventListener("change", () => maps.use(button.value));
  }
  for (const button of document.querySelectorAll("input[name=denoised]")) {
    button.addEventListener("change", () => {
      state.denoised = button.value === "yes";
      model.recolour();
      redraw();
    });
  }
  at("reset").addEventListener("click", maps.reset);
  at("clear").addEventListener("click", () => {
    state.selected = null;
    redraw();
  });
  at("save").addEventListener("click", () => exportNames(data.names.filter((_, i) => state.selected[i])));
  window.addEventListener("beforeprint", () => {
    maps.print();
    panels.print();
  });
  const tool = matchMedia("(pointer: coarse)").matches ? "hover" : "lasso";
  document.querySelector(`input[name=tool][value="${tool}"]`).checked = true;
  maps.use(tool);
  at("waiting").hidden = true;
  await search.choose(options[data.first === null ? (data.features.length ? 1 : 0) : data.first + 1]);
  document.documentElement.dataset.ready = "";
}

document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
start().catch((error) => {
  at("waiting").hidden = false;
  at("waiting").textContent = `The embeddings could not be drawn: ${error.message}`;
});
