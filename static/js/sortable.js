// Tables whose columns can be sorted: headings become buttons, and say how they sort. Cells may carry data-value.

for (const table of document.querySelectorAll("[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const marks = new Map();

  const columnOf = (row, index) => {
    let place = 0;
    for (const cell of row.cells) {
      if (place === index || (place < index && index < place + cell.colSpan)) return cell;
      place += cell.colSpan;
    }
    return null;
  };
  const valueOf = (row, index) => {
    const cell = columnOf(row, index);
    const text = (cell?.dataset.value ?? cell?.querySelector("a")?.textContent ?? cell?.firstChild?.nextSibling?.textContent ?? cell?.textContent ?? "").trim();
    const plain = (cell?.dataset.value ?? cell?.textContent ?? "").replace(/[^\d.-]/g, "");
    return plain && !Number.isNaN(Number(plain)) && index > 0 ? Number(plain) : index > 0 ? null : text;
  };

  const sort = (index) => {
    const head = heads[index];
    const rising = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) {
      if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
      if (marks.has(other)) marks.get(other).textContent = "";
    }
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    marks.get(head).textContent = rising ? "▴" : "▾";
    const rows = [...body.rows].map((row) => ({ row, value: valueOf(row, index) }));
    rows.sort((a, b) => {
      if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
      const order = typeof a.value === "string" ? a.value.localeCompare(b.value) : a.value - b.value;
      return rising ? order : -order;
    });
    body.append(...rows.map(({ row }) => row));
  };

  for (const [index, head] of heads.entries()) {
    if (head.hasAttribute("data-fixed")) continue;
    const button = document.createElement("button");
    const mark = document.createElement("span");
    button.type = "button";
    mark.setAttribute("aria-hidden", "true");
    mark.textContent = head.getAttribute("aria-sort") === "ascending" ? "▴" : "";
    button.append(...head.childNodes, mark);
    head.append(button);
    marks.set(head, mark);
    button.addEventListener("click", () => sort(index));
  }
}
