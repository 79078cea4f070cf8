// The bench: what was typed is kept in this browser until the server has it on its disk, the lease is renewed while the page is open, and time is shown.
"use strict";

(() => {
  const done = document.querySelector("[data-done]");
  if (done) for (const key of Object.keys(localStorage)) if (key.endsWith(`/${done.dataset.done}`)) localStorage.removeItem(key);

  const form = document.querySelector("[data-keep]");
  if (form) {
    const key = `burette ${form.dataset.keep}`;
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
    for (const input of form.querySelectorAll("input[name]:not([type=hidden])")) {
      if (kept[input.name] !== undefined) input.value = kept[input.name];
      input.addEventListener("input", () => {
        kept[input.name] = input.value;
        localStorage.setItem(key, JSON.stringify(kept));
      });
    }
  }

  const since = document.querySelector("[data-since]");
  const tick = () => {
    const seconds = Math.max(0, Math.floor(Date.now() / 1000 - Number(since.dataset.since)));
    since.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  if (since) { tick(); setInterval(tick, 1000); }

  const lease = document.querySelector("[data-lease]");
  async function renew() {
    try {
      const answer = await fetch(lease.dataset.lease, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ worker: lease.dataset.worker }) });
      if (answer.status === 409) { lease.textContent = lease.dataset.gone; lease.className = "attention"; }
    } catch {
      // No network now; the job stays until the lease ends.
    }
  }
  if (lease) {
    setInterval(renew, 60000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
  }

  if (document.querySelector("[data-retry]")) setTimeout(() => document.getElementById("take").submit(), 2000);
})();
