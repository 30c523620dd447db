// Any table with `data-sortable`: a click on a heading sorts, a second one turns it round; a box filters its rows.

function makeSortable(table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const box = document.getElementById(table.dataset.filter);
  const count = document.getElementById(table.dataset.count);
  const valueOf = (row, i) => row.cells[i].dataset.value ?? row.cells[i].textContent;

  function sortBy(heading, i) {
    const down = heading.getAttribute("aria-sort") === "ascending" || (!heading.hasAttribute("aria-sort") && "down" in heading.dataset);
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sign = down ? -1 : 1;
    const numeric = "number" in heading.dataset;
    const compare = (a, b) => {
      if (!numeric) return a.localeCompare(b);
      const [x, y] = [parseFloat(a), parseFloat(b)];
      return Number.isNaN(x) || Number.isNaN(y) ? sign * (Number.isNaN(x) - Number.isNaN(y)) : x - y;
    };
    rows.sort((a, b) => sign * compare(valueOf(a, i), valueOf(b, i)));
    body.append(...rows);
  }

  [...table.tHead.rows[0].cells].forEach((heading, i) => {
    heading.querySelector("button").addEventListener("click", () => sortBy(heading, i));
  });
  box.addEventListener("input", () => {
    const asked = box.value.trim().toLowerCase();
    let left = 0;
    for (const row of rows) {
      row.hidden = !`${row.cells[0].textContent} ${row.cells[1].textContent}`.toLowerCase().includes(asked);
      left += !row.hidden;
    }
    count.textContent = `${left.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
  });
}
