// Files at the bench: each is sent as soon as it is chosen, and the result names it by its SHA-256. What was sent is kept with the typed values.
"use strict";

(() => {
  const place = document.querySelector("[data-files]");
  if (!place) return;
  place.hidden = false;
  const form = place.closest("form");
  const list = document.getElementById("files");
  const key = `burette files ${form.dataset.keep}`;
  const size = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  const sent = () => [...list.children].filter((line) => line.dataset.sha256).map((line) => ({ sha256: line.dataset.sha256, text: line.firstChild.textContent }));
  const keep = () => localStorage.setItem(key, JSON.stringify(sent()));

  // A line of the list that stands for a file which the server has.
  function settle(line, sha256, text) {
    line.dataset.sha256 = sha256;
    line.textContent = text;
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "attachment", value: sha256 });
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: place.dataset.remove });
    remove.setAttribute("aria-label", `${place.dataset.remove} ${text}`);
    remove.addEventListener("click", () => { line.remove(); keep(); });
    line.append(" ", remove, field);
  }

  async function send(file) {
    const line = document.createElement("li");
    line.textContent = `${file.name}: ${place.dataset.sending}`;
    list.append(line);
    try {
      const answer = await fetch(`${place.dataset.to}?name=${encodeURIComponent(file.name)}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.error.message);
      settle(line, body.attachment.sha256, `${file.name}, ${size(file.size)}`);
      keep();
    } catch (problem) {
      line.className = "attention";
      line.textContent = `${file.name}: ${problem instanceof TypeError ? place.dataset.gone : problem.message}`;
    }
  }

  const known = JSON.parse(localStorage.getItem(key) ?? "[]");
  list.replaceChildren();
  for (const one of known) { const line = document.createElement("li"); list.append(line); settle(line, one.sha256, one.text); }
  document.getElementById("file").addEventListener("change", async (event) => {
    for (const file of [...event.target.files]) await send(file);
    event.target.value = "";
  });
})();
