// Keeps a page up to date: when the campaign has news, or every few seconds, the parts marked data-live are fetched anew from the same address.
"use strict";

const shownTimes = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

const decimal = new Intl.NumberFormat().formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? ".";

// Numbers with the reader's decimal sign and without groups: every one of them can be typed as it is shown.
function localizeNumbers(root) {
  if (decimal === ".") return;
  for (const element of root.querySelectorAll("td.number, .settings .value, [data-number-text]")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    for (const node of text) node.textContent = node.textContent.replace(/(\d)\.(\d)/g, `$1${decimal}$2`);
  }
}

// Times in the reader's own zone, and numbers as the reader writes them.
function localize(root) {
  localizeNumbers(root);
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    if (isNaN(time)) continue;
    element.title = element.textContent;
    element.textContent = shownTimes.format(time);
  }
}

// Whether somebody works in a part: what was typed there and not sent stays.
function isInUse(part) {
  return "busy" in part.dataset || part.contains(document.activeElement) && document.activeElement.matches("input, select, button")
    || [...part.querySelectorAll("input")].some(input => input.value !== input.defaultValue);
}

let isRefreshing = false;
let isStale = false;

async function refresh() {
  if (isRefreshing) { isStale = true; return; }
  isRefreshing = true;
  isStale = false;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const fresh = page.getElementById(part.id);
        if (!fresh || isInUse(part)) continue;
        localize(fresh);
        if (fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
      }
      document.dispatchEvent(new Event("burette-news"));
    }
  } catch {
    // The server is away; the next try comes soon.
  }
  // At most one refresh a second.
  setTimeout(() => { isRefreshing = false; if (isStale) refresh(); }, 1000);
}

function follow() {
  const events = document.querySelector("[data-events]");
  if (events) {
    const stream = new EventSource(`/api/campaigns/${encodeURIComponent(events.dataset.events)}/events?after=${events.dataset.number}`);
    stream.addEventListener("news", refresh);
  }
  const list = document.querySelector("[data-refresh]");
  if (list) setInterval(refresh, 1000 * Number(list.dataset.refresh));
}

localize(document);
follow();
