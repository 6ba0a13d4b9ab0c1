"use strict";
{
  const table = document.getElementById("analyses");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];

  // Cells of a row by column: one that spans two stands under both.
  const cells = new Map(
    rows.map((row) => [row, [...row.cells].flatMap((cell) => Array(cell.colSpan).fill(cell))])
  );

  const shownText = (element) => element.innerText.trim();
  const plain = (text) =>
    text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLocaleLowerCase();

  const compare = (a, b) => {
    if (a.dataset.sort === undefined) {
      return shownText(a).localeCompare(shownText(b), document.documentElement.lang);
    }
    return Number(a.dataset.sort) - Number(b.dataset.sort);
  };

  const sortBy = (column, descending) => {
    const blank = (row) => cells.get(row)[column].dataset.sort === "";
    // sorting from the first order keeps ties the same however one got there
    const ordered = [...rows].sort((one, other) => {
      if (blank(one) || blank(other)) return blank(one) - blank(other);
      const order = compare(cells.get(one)[column], cells.get(other)[column]);
      return descending ? -order : order;
    });
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.append(...ordered);
  };

  heads.forEach((head, column) => {
    if ("fixed" in head.dataset) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    // numbers are asked for from the highest, names from A
    const numbers = head.classList.contains("n");
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sortBy(column, now ? now === "ascending" : numbers);
    });
  });

  const search = document.getElementById("search");
  const filter = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const row of rows) {
      row.hidden = false;
      const text = plain(shownText(row));
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) found += 1;
    }
    document.getElementById("found").textContent = found;
  };
  search.addEventListener("input", filter);
  for (const choice of document.querySelectorAll("input[name=language]")) {
    choice.addEventListener("change", filter);
  }
  search.closest("[hidden]").hidden = false;
  filter();

  // Two states side by side: their rows of the table.
  const beside = document.getElementById("beside");
  const chosen = ["first", "second"].map((name) => document.getElementById(`beside-${name}`));
  const together = document.getElementById("beside-table");
  const place = () => {
    const states = chosen.map((list) => list.value);
    const shown = states.flatMap((state) => rows.filter((row) => row.dataset.state === state));
    const part = document.createElement("tbody");
    part.append(...shown.map((row) => row.cloneNode(true)));
    for (const row of part.rows) row.hidden = false;
    const head = table.tHead.cloneNode(true);
    for (const button of head.querySelectorAll("button")) button.replaceWith(...button.childNodes);
    for (const cell of head.querySelectorAll("[aria-sort]")) cell.removeAttribute("aria-sort");
    together.replaceChildren(head, part);
  };
  beside.hidden = chosen[0].options.length < 2;
  for (const list of chosen) list.addEventListener("change", place);
  place();
}
