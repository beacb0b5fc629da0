// A table with one chosen row. Cells are only ever set as text.
function render({ model, el }) {
  const frame = document.createElement("div");
  frame.className = "dnaviz-table-frame";
  el.append(frame);
  let lines = [];

  function choose(index, focus) {
    if (index < 0 || index >= lines.length) return;
    if (focus) lines[index].focus();
    if (model.get("selected") !== index) {
      model.set("selected", index);
      model.save_changes();
    }
  }

  function mark() {
    const selected = model.get("selected");
    lines.forEach((line, i) => {
      line.setAttribute("aria-selected", i === selected ? "true" : "false");
      line.tabIndex = i === Math.max(selected, 0) ? 0 : -1;
    });
  }

  function draw() {
    const columns = model.get("columns");
    const numeric = new Set(model.get("numeric"));
    const rows = model.get("rows");
    frame.replaceChildren();
    lines = [];
    if (!rows.length) {
      const note = document.createElement("p");
      note.className = "dnaviz-note";
      note.textContent = model.get("empty");
      frame.append(note);
      return;
    }
    const table = document.createElement("table");
    table.className = "dnaviz-table dnaviz-pick";
    table.setAttribute("role", "grid");
    table.setAttribute("aria-label", model.get("label"));
    const head = table.createTHead().insertRow();
    columns.forEach((name, i) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      if (numeric.has(i)) cell.className = "number";
      head.append(cell);
    });
    const body = table.createTBody();
    rows.forEach((row, i) => {
      const line = body.insertRow();
      row.forEach((text, j) => {
        const cell = line.insertCell();
        cell.textContent = text;
        if (numeric.has(j)) cell.className = "number";
      });
      line.addEventListener("click", () => choose(i, true));
      lines.push(line);
    });
    body.addEventListener("keydown", (event) => {
      const here = lines.indexOf(event.target);
      const to = {
        ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: lines.length - 1,
        Enter: here, " ": here,
      }[event.key];
      if (here < 0 || to === undefined) return;
      event.preventDefault();
      if (to === here) choose(here, true);
      else if (lines[to]) lines[to].focus();
    });
    frame.append(table);
    if (model.get("more") > 0) {
      const note = document.createElement("p");
      note.className = "dnaviz-note";
      note.textContent = `${model.get("more").toLocaleString("en")} more rows are in the download.`;
      frame.append(note);
    }
    mark();
  }

  model.on("change:rows", draw);
  model.on("change:columns", draw);
  model.on("change:more", draw);
  model.on("change:empty", draw);
  model.on("change:selected", () => {
    mark();
    const line = lines[model.get("selected")];
    if (line) {
      const top = line.offsetTop - frame.scrollTop;
      if (top < 30 || top > frame.clientHeight - 40) frame.scrollTop = line.offsetTop - 60;
    }
  });
  draw();
}

export default { render };
