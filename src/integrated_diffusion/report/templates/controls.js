// The search box colours all embeddings, the legend isolates categories.

function makeSearch({ input, list, options, onChoose }) {
  let found = [];
  let active = -1;

  for (const option of options) option.text = `${option.label} ${option.hint}`.toLowerCase();
  const rank = ({ label }, asked) => (label.toLowerCase() === asked ? 2 : label.toLowerCase().startsWith(asked) ? 1 : 0);

  // All options, or those that contain the typed text.
  function open(asked = "") {
    found = options.filter(({ text }) => text.includes(asked));
    if (asked) found.sort((a, b) => rank(b, asked) - rank(a, asked)); // stable: columns stay before features
    found = found.slice(0, 200);
    active = asked && found.length ? 0 : -1;
    list.replaceChildren(...found.map((option, i) => entry(option, i)));
    if (!found.length) list.replaceChildren(element("li", { class: "none" }, "no such column or feature"));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark();
  }

  function entry(option, i) {
    const item = element("li", { role: "option", id: `option-${i}` }, option.label, element("small", {}, option.hint));
    if (option.absent) item.setAttribute("aria-disabled", "true");
    item.addEventListener("pointerdown", (event) => event.preventDefault());
    item.addEventListener("click", () => choose(option));
    return item;
  }

  function mark() {
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    if (active >= 0) {
      list.children[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", `option-${active}`);
    } else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = input.dataset.chosen;
  }

  function choose(option) {
    if (option.absent) return null;
    input.dataset.chosen = option.label;
    close();
    return onChoose(option);
  }

  input.addEventListener("focus", () => {
    input.select();
    open();
  });
  input.addEventListener("click", () => list.hidden && open());
  input.addEventListener("input", () => open(input.value.trim().toLowerCase()));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      if (list.hidden) open();
      if (found.length) active = (active + move + found.length + (active < 0 && move < 0 ? 1 : 0)) % found.length;
      mark();
      event.preventDefault();
    } else if (event.key === "Enter" && !list.hidden && active >= 0) choose(found[active]);
    else if (event.key === "Escape") close();
  });
  return { choose };
}

function drawLegend(holder, entries, counts, isolated, onToggle) {
  holder.replaceChildren(
    ...entries.map(({ label, colour }, i) => {
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = colour;
      const button = element("button", { type: "button", "aria-pressed": String(isolated.has(i)) });
      button.append(swatch, element("span", {}, label), element("small", {}, counts[i].toLocaleString("en")));
      button.classList.toggle("faint", isolated.size > 0 && !isolated.has(i));
      button.addEventListener("click", (event) => onToggle(i, event.shiftKey || event.ctrlKey || event.metaKey));
      return button;
    }),
  );
}

function drawColourBar(holder, [low, high], stops, missing) {
  const words = (value) => numberInWords(value, 3);
  const bar = element("span", { class: "bar" });
  bar.style.background = `linear-gradient(to right, ${stops.map(visible).join(",")})`;
  const parts = [element("span", {}, `≤ ${words(low)}`), bar, element("span", {}, `≥ ${words(high)}`)];
  if (missing) {
    const swatch = element("span", { class: "swatch" });
    swatch.style.background = ofTheme("missing");
    parts.push(swatch, element("span", {}, `missing ${missing.toLocaleString("en")}`));
  }
  holder.replaceChildren(element("span", { class: "colourbar" }, ...parts));
}
