// One state (colour, isolated categories, selection, sample under the pointer), from which everything is drawn.

const at = (id) => document.getElementById(id);

function makeState(data) {
  const state = { option: null, denoised: false, isolated: new Set(), selected: null };
  let slots = new Int16Array(data.n).fill(-1);
  let entries = null;
  let colours = [];

  const source = () => {
    const { column, feature } = state.option ?? {};
    return column ?? (feature ? (state.denoised && feature.denoised) || feature.measured : null);
  };
  function recolour() {
    const from = source();
    entries = from && from.kind === "categories" ? legendOf(from, data.colours) : null;
    if (!from) slots = new Int16Array(data.n);
    else slots = entries ? entryOfCells(from, entries) : shadeOfCells(from);
    colours = entries ? entries.map(({ colour }) => colour) : from ? shadesOf(data.colours.scale) : [visible("#4a6fa5")];
  }
  const shows = (i) => state.isolated.size === 0 || state.isolated.has(slots[i]);
  const keeps = (i) => shows(i) && (state.selected === null || state.selected[i] === 1);
  return {
    ...{ state, source, recolour, shows },
    groups: () => groupsOf(slots, colours, entries !== null, keeps),
    entries: () => entries,
    title: () => (state.option?.key ? state.option.label + (state.option.feature ? `, ${state.denoised ? "denoised" : "measured"}` : "") : ""),
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
  } else if (model.source()) drawColourBar(legend, model.source().limits, data.colours.scale, model.missing());
  else legend.replaceChildren();
  at("values").hidden = !state.option?.feature?.denoised;
  document.querySelector(`input[name=denoised][value="${state.denoised ? "yes" : "no"}"]`).checked = true;
  at("clear").hidden = at("save").hidden = at("table").hidden = state.selected === null;
  const n = state.selected === null ? 0 : state.selected.reduce((a, b) => a + b, 0);
  const all = data.n.toLocaleString("en");
  at("selection").textContent = state.selected === null ? `${all} samples, none selected` : `${n.toLocaleString("en")} of ${all} samples selected`;
}

// What the search box offers: columns, features with all values, those with measured ones, names of all others.
function optionsOf(data) {
  const options = [{ key: "", label: "none", hint: "" }];
  for (const column of data.columns) {
    const hint = column.kind === "numbers" ? "numeric" : `${column.labels.length} categories`;
    options.push({ key: `column:${column.name}`, label: column.name, hint, column });
  }
  const add = (name, modality, hint, more) => options.push({ key: `feature:${modality}:${name}`, label: name, hint: `feature of ${modality}${hint}`, ...more });
  for (const feature of data.features) add(feature.name, feature.modality, "", { feature });
  for (const view of data.searchable) view.names.forEach((name, i) => add(name, view.modality, ", measured", { unpack: () => view.feature(i) }));
  for (const view of data.searchable) {
    for (const name of view.others) add(name, view.modality, `: not on this page, add it by --features "${view.modality}:${name}"`, { absent: true });
  }
  return options;
}

async function start() {
  if (typeof DecompressionStream === "undefined") throw new Error("this browser is too old; use one released in 2023 or later");
  const data = await readData();
  const panels = makePanels(data, at("features"), at("scatters"));
  const model = makeState(data);
  const { state } = model;
  const tooltip = makeTooltip(data, at("tooltip"));
  let restored = location.hash;
  const redraw = async () => {
    drawControls(data, model, redraw);
    maps.draw(model.groups());
    const said = `#${await stateAsText(state)}`;
    if (said !== location.hash) history.replaceState(null, "", said);
    restored = said;
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
  for (const map of maps.all) {
    for (const [words, save] of [["PNG", savePng], ["SVG", saveSvg]]) {
      const button = element("button", { type: "button", "aria-label": `${map.title} as ${words}` }, words);
      button.addEventListener("click", () => save(map, model, model.title(), data.colours.scale));
      map.saves.append(button);
    }
  }

  const options = optionsOf(data);
  const byKey = new Map(options.filter(({ absent }) => !absent).map((option) => [option.key, option]));
  const show = (option) => {
    if (option.unpack) option.feature ??= option.unpack();
    at("search").value = at("search").dataset.chosen = option.label;
    state.option = option;
    state.isolated.clear();
    model.recolour();
  };
  const onChoose = (option) => {
    show(option);
    redraw();
  };
  makeSearch({ input: at("search"), list: at("options"), options, onChoose });
  async function restore() {
    const said = await stateOfText(location.hash, (key) => byKey.get(key) ?? null, data.n);
    if (!said) return false;
    const { option, denoised, isolated, selected } = said;
    state.denoised = denoised;
    show(option ?? options[0]);
    for (const i of isolated) state.isolated.add(i);
    state.selected = selected;
    await redraw();
    return true;
  }
  window.addEventListener("hashchange", () => location.hash !== restored && restore());
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
  for (const button of document.querySelectorAll("button[data-feature]")) {
    const option = byKey.get(button.dataset.feature);
    button.disabled = !option;
    button.addEventListener("click", () => {
      onChoose(option);
      at("map-section").scrollIntoView({ behavior: "smooth" });
    });
  }
  for (const link of document.querySelectorAll("nav a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault(); // the address keeps what is seen
      document.querySelector(link.getAttribute("href")).scrollIntoView();
    });
  }
  at("reset").addEventListener("click", maps.reset);
  at("clear").addEventListener("click", () => {
    state.selected = null;
    redraw();
  });
  const text = (words) => new Blob([words], { type: "text/plain" });
  at("save").addEventListener("click", () => saveAs("selected.txt", text(data.names.filter((_, i) => state.selected[i]).join("\n") + "\n")));
  at("table").addEventListener("click", () => saveAs("selected.csv", text(selectionTable(data, state.selected))));
  at("link").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      at("link").textContent = "copied";
    } catch {
      at("link").textContent = "copy it from the address bar";
    }
    setTimeout(() => (at("link").textContent = "copy link"), 2000);
  });
  makeTheme(at("theme"), () => {
    model.recolour();
    redraw();
    panels.repaint();
  });
  window.addEventListener("beforeprint", panels.print);
  const tool = matchMedia("(pointer: coarse)").matches ? "hover" : "lasso";
  document.querySelector(`input[name=tool][value="${tool}"]`).checked = true;
  maps.use(tool);
  at("waiting").hidden = true;
  if (!(await restore())) {
    show(options[data.first === null ? (data.features.length ? 1 : 0) : data.first + 1]);
    await redraw();
  }
  root.dataset.ready = "";
}

document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
start().catch((error) => {
  at("waiting").hidden = false;
  at("waiting").textContent = `The embeddings could not be drawn: ${error.message}`;
});
