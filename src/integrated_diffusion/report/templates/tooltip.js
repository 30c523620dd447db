// Beside the pointer: the sample's name and its values.

const MOST_LINES = 10;

function makeTooltip(data, box) {
  const words = ({ values, exact }, cell) => numberInWords(values[cell], 4, exact);
  const columnWords = (column, cell) => {
    if (column.kind === "numbers") return words(column, cell);
    return column.codes[cell] === column.missing ? "missing" : column.labels[column.codes[cell]];
  };
  return {
    show(cell, event, source) {
      box.hidden = cell === null;
      if (box.hidden) return;
      const first = source && source.column ? [source.column] : [];
      const columns = [...new Set([...first, ...data.columns])].map((column) => [column.name, columnWords(column, cell)]);
      const own = source && source.feature ? [source.feature] : [];
      const shown = new Set([...own, ...data.features.filter(({ panel }) => panel)]);
      const features = [...shown].map((feature) => [
        `${feature.name} (${feature.modality})`,
        words(feature.measured, cell) + (feature.denoised ? ` → ${words(feature.denoised, cell)}` : ""),
      ]);
      const room = Math.max(MOST_LINES - features.length, 4);
      const lines = [...columns.slice(0, room), ...features].slice(0, MOST_LINES);
      const list = element("dl");
      for (const [name, value] of lines) list.append(element("dt", {}, name), element("dd", {}, value));
      box.replaceChildren(element("strong", {}, data.names[cell]), list);
      if (!event || event.clientX === undefined) return;
      const { clientWidth: width, clientHeight: height } = document.documentElement;
      const left = event.clientX + 16 + box.offsetWidth > width ? event.clientX - 16 - box.offsetWidth : event.clientX + 16;
      box.style.left = `${Math.max(4, left)}px`;
      box.style.top = `${Math.max(4, Math.min(event.clientY + 12, height - box.offsetHeight - 4))}px`;
    },
  };
}
