// The board's queue: a row that is dragged to another place is an order, as its buttons are.
"use strict";

const board = document.querySelector("table[data-move]");
let dragged = null;

function rowAt(event) {
  const row = event.target instanceof Element ? event.target.closest("tr[data-job]") : null;
  return row && dragged && row.dataset.queue === dragged.dataset.queue && row.dataset.job !== dragged.dataset.job ? row : null;
}

function unmark() {
  for (const row of board.querySelectorAll(".drop-before, .drop-after")) row.classList.remove("drop-before", "drop-after");
}

function isBefore(row, event) {
  const box = row.getBoundingClientRect();
  return event.clientY < box.top + box.height / 2;
}

if (board) {
  document.body.classList.add("draggable-rows");
  board.addEventListener("mousedown", event => {
    const row = event.target.closest("tr[data-job]");
    if (row) row.draggable = !event.target.closest("a, button, input");
  });
  board.addEventListener("dragstart", event => {
    dragged = event.target.closest("tr[data-job]");
    if (!dragged) return;
    // Parts that somebody works in are not fetched anew.
    board.dataset.busy = "";
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.job);
  });
  board.addEventListener("dragover", event => {
    unmark();
    const row = rowAt(event);
    if (!row) return;
    event.preventDefault();
    row.classList.add(isBefore(row, event) ? "drop-before" : "drop-after");
  });
  board.addEventListener("drop", event => {
    const row = rowAt(event);
    if (!row) return;
    event.preventDefault();
    const before = isBefore(row, event) ? row.dataset.job : row.dataset.next;
    if (before === dragged.dataset.job) return;
    const form = document.createElement("form");
    form.method = "post";
    form.action = board.dataset.move;
    for (const [name, value] of [["job", dragged.dataset.job], ["before", before], ["next", "board"]]) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  });
  board.addEventListener("dragend", () => { unmark(); delete board.dataset.busy; dragged = null; });
}
