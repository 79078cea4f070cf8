// The charts of a campaign, drawn by Vega from the numbers of /api/campaigns/NAME/progress. Without Vega the page has its tables.
"use strict";

const { View } = buretteModules["vega-view"];
const { parse } = buretteModules["vega-parser"];
const { expressionInterpreter } = buretteModules["vega-interpreter"];
for (const name of ["vega-transforms", "vega-view-transforms", "vega-encode"]) {
  Object.assign(buretteModules["vega-dataflow"].transforms, buretteModules[name]);
}

const inkOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Colours that the colour-blind tell apart (Okabe and Ito 2008), on light and on dark ground.
function palette() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  return {
    ink: inkOf("--ink"), faint: inkOf("--faint"), line: inkOf("--line"),
    measured: isDark ? "#56b4e9" : "#0072b2", best: isDark ? "#f0e442" : "#d55e00", failed: isDark ? "#ff9a6b" : "#a8326e",
    planning: isDark ? "#9aa7b5" : "#7d8794",
  };
}

function axes(colours, x, y, isTime) {
  const style = { labelColor: colours.faint, titleColor: colours.ink, domainColor: colours.line, tickColor: colours.line, labelFontSize: 12, titleFontSize: 12 };
  return [
    { orient: "bottom", scale: "x", title: x, labelFlush: true, labelOverlap: true, tickCount: isTime ? 6 : 8, ...style },
    { orient: "left", scale: "y", title: y, grid: true, gridColor: colours.line, gridOpacity: 0.5, ...style },
  ];
}

const withUnit = (name, unit) => unit ? `${name} (${unit})` : name;

// Over the number of measurements, or over time; what was brought in has no time.
function progressSpec(series, width, colours) {
  const isTime = document.getElementById("progress-by")?.value === "time";
  const placed = (list) => isTime ? list.filter((one) => one.time).map((one) => ({ ...one, at: 1000 * one.time })).sort((a, b) => a.at - b.at) : list.map((one) => ({ ...one, at: one.number }));
  const values = series.measured.map((one) => one.value);
  const isWide = Math.min(...values) > 0 && Math.max(...values) > 1000 * Math.min(...values);
  const fields = (extra) => `{'job': datum.job, 'worker': datum.worker${extra}}`;
  return {
    width, height: 260, padding: 5, autosize: { type: "fit", contains: "padding" },
    data: [{ name: "measured", values: placed(series.measured) }, { name: "failed", values: placed(series.failed) }],
    scales: [
      { name: "x", type: isTime ? "time" : "linear", range: "width", nice: false, ...(isTime ? {} : { zero: true }), domain: { fields: [{ data: "measured", field: "at" }, { data: "failed", field: "at" }] } },
      { name: "y", type: isWide ? "log" : "linear", range: [{ signal: "height - 14" }, 0], nice: true, zero: false, domain: { data: "measured", field: "value" } },
    ],
    axes: axes(colours, isTime ? null : "number", withUnit(series.objective, series.unit), isTime),
    marks: [
      { type: "symbol", from: { data: "measured" }, encode: { update: {
        x: { scale: "x", field: "at" }, y: { scale: "y", field: "value" }, size: { signal: "datum.suspect ? 90 : 40" },
        shape: { signal: "datum.suspect ? 'diamond' : 'circle'" },
        fill: { signal: `datum.suspect ? '${colours.failed}' : '${colours.measured}'` }, fillOpacity: { signal: "datum.excluded ? 0 : 0.65" },
        stroke: { signal: `datum.suspect ? '${colours.failed}' : '${colours.measured}'` }, strokeOpacity: { value: 0.9 },
        tooltip: { signal: fields(", 'number': datum.number, 'value': datum.value") } } } },
      { type: "line", from: { data: "measured" }, encode: { update: {
        x: { scale: "x", field: "at" }, y: { scale: "y", field: "best" }, interpolate: { value: "step-after" },
        defined: { signal: "isValid(datum.best)" }, stroke: { value: colours.best }, strokeWidth: { value: 2 } } } },
      { type: "symbol", from: { data: "failed" }, encode: { update: {
        x: { scale: "x", field: "at" }, y: { signal: "height - 4" }, shape: { value: "cross" }, angle: { value: 45 }, size: { value: 50 },
        fill: { value: colours.failed }, tooltip: { signal: fields(", 'reason': datum.reason") } } } },
    ],
  };
}

function lanesSpec(series, width, colours) {
  const now = Date.now() / 1000;
  const spans = series.spans.map((span) => ({ ...span, from: 1000 * span.began, to: 1000 * (span.ended ?? now) }));
  const names = [...new Set(spans.map((span) => span.worker))].sort((a, b) => a === "planner" ? -1 : b === "planner" ? 1 : a.localeCompare(b, undefined, { numeric: true }));
  return {
    width, height: Math.max(60, 24 * names.length), padding: 5, autosize: { type: "fit-x", contains: "padding" },
    data: [{ name: "spans", values: spans }],
    scales: [
      { name: "x", type: "time", range: "width", domain: { data: "spans", fields: ["from", "to"] } },
      { name: "y", type: "band", range: "height", padding: 0.25, domain: names },
      { name: "colour", type: "ordinal", domain: ["measured", "measuring", "failed", "planning"], range: [colours.measured, colours.best, colours.failed, colours.planning] },
    ],
    axes: axes(colours, null, null, true).map((axis) => axis.orient === "left" ? { ...axis, grid: false, labelLimit: 140 } : axis),
    legends: [{ fill: "colour", orient: "top", direction: "horizontal", labelColor: colours.ink, symbolType: "square" }],
    marks: [{ type: "rect", from: { data: "spans" }, encode: { update: {
      x: { scale: "x", field: "from" }, x2: { signal: "max(scale('x', datum.to), scale('x', datum.from) + 1)" },
      y: { scale: "y", field: "worker" }, height: { scale: "y", band: 1 }, fill: { scale: "colour", field: "kind" },
      stroke: { value: inkOf("--ground") }, strokeWidth: { value: 0.5 },
      tooltip: { signal: "{'job': datum.job, 'worker': datum.worker, 'kind': datum.kind, 'seconds': (datum.to - datum.from) / 1000}" } } } }],
  };
}

// Each parameter and the result scaled to its own range; options stand in their order.
function parallelSpec(series, width, colours) {
  const columns = [...series.parameters.map((parameter) => ({ name: parameter.name, of: (one) => one.parameters[parameter.name] })),
    { name: series.objective, of: (one) => one.value }];
  const shown = series.measured.filter((one) => !one.excluded).slice(-2000);
  const places = columns.map((column) => {
    const values = shown.map(column.of).filter((value) => value !== undefined);
    if (values.every((value) => typeof value === "number")) {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return (value) => typeof value === "number" ? (high > low ? (value - low) / (high - low) : 0.5) : null;
    }
    const options = [...new Set(values)].sort();
    return (value) => options.length > 1 ? options.indexOf(value) / (options.length - 1) : 0.5;
  });
  const sign = series.goal === "maximize" ? -1 : 1;
  const ranked = shown.map((one) => sign * one.value).sort((a, b) => a - b);
  const rank = new Map(ranked.map((value, index) => [value, index / Math.max(1, ranked.length - 1)]));
  const points = shown.flatMap((one) => columns.map((column, index) => ({
    column: column.name, number: one.number, place: places[index](column.of(one)), rank: rank.get(sign * one.value) })))
    .filter((point) => point.place !== null).sort((a, b) => b.rank - a.rank);
  return {
    width, height: 240, padding: 5, autosize: { type: "fit", contains: "padding" },
    data: [{ name: "points", values: points }],
    scales: [
      { name: "x", type: "point", range: "width", padding: 0.3, domain: columns.map((column) => column.name) },
      { name: "y", type: "linear", range: "height", domain: [0, 1] },
    ],
    axes: [{ ...axes(colours, null, null)[0], labelLimit: 120, labelOverlap: false, grid: true, gridColor: colours.line }],
    marks: [{ type: "group", from: { facet: { name: "line", data: "points", groupby: ["number", "rank"] } }, marks: [
      { type: "line", from: { data: "line" }, encode: { update: {
        x: { scale: "x", field: "column" }, y: { scale: "y", field: "place" }, stroke: { value: colours.measured },
        strokeWidth: { signal: "datum.rank < 0.05 ? 2.5 : 1" }, strokeOpacity: { signal: "datum.rank < 0.05 ? 1 : 0.55 - 0.5 * datum.rank" } } } }] }],
  };
}

function compareSpec(values, width, colours) {
  return {
    width, height: 320, padding: 5, autosize: { type: "fit", contains: "padding" }, background: null,
    data: [{ name: "best", values }],
    scales: [
      { name: "x", type: "linear", range: "width", nice: false, zero: true, domain: { data: "best", field: "number" } },
      { name: "y", type: "linear", range: "height", nice: true, zero: false, domain: { data: "best", field: "best" } },
      { name: "colour", type: "ordinal", range: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", colours.faint], domain: { data: "best", field: "campaign" } },
    ],
    axes: axes(colours, "number", null), legends: [{ stroke: "colour", orient: "top", direction: "horizontal", labelColor: colours.ink, symbolType: "stroke", labelLimit: 260 }],
    marks: [{ type: "group", from: { facet: { name: "line", data: "best", groupby: "campaign" } }, marks: [
      { type: "line", from: { data: "line" }, encode: { update: { x: { scale: "x", field: "number" }, y: { scale: "y", field: "best" }, interpolate: { value: "step-after" }, stroke: { scale: "colour", field: "campaign" }, strokeWidth: { value: 2 } } } } ] }],
  };
}

// The numbers at an address: those that the page has with it (a report that stands alone), or else the server's; null where there are none.
async function numbersAt(address) {
  const own = [...document.querySelectorAll("script[data-address]")].find((one) => one.dataset.address === address);
  if (own) return JSON.parse(own.textContent);
  const answer = await fetch(address);
  return answer.ok ? answer.json() : null;
}

async function compare() {
  const place = document.querySelector("[data-campaigns]");
  if (!place) return;
  const values = [];
  for (const campaign of place.dataset.campaigns.split(" ").filter(Boolean)) {
    const series = await numbersAt(`/api/campaigns/${encodeURIComponent(campaign)}/progress`);
    if (!series) continue;
    for (const one of series.measured) if (one.best !== undefined) values.push({ campaign, number: one.number, best: one.best });
  }
  await show(place, compareSpec(values, Math.max(200, place.clientWidth - 10), palette()));
}

const specs = { progress: progressSpec, lanes: lanesSpec, parallel: parallelSpec };
const views = new Map();

// Numbers with the reader's own decimal sign, as the tables have them.
const decimalSign = new Intl.NumberFormat().formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? ".";
const locale = { number: { decimal: decimalSign, thousands: "", grouping: [3], currency: ["", ""] } };

async function show(place, spec) {
  views.get(place)?.finalize();
  const view = new View(parse(spec, null, { ast: true }), { renderer: "canvas", container: place, hover: true, expr: expressionInterpreter, locale });
  views.set(place, view);
  await view.runAsync();
}

async function draw() {
  const places = [...document.querySelectorAll("[data-campaign]")];
  if (places.length === 0) return;
  const series = await numbersAt(`/api/campaigns/${encodeURIComponent(places[0].dataset.campaign)}/progress`);
  if (!series) return;
  const colours = palette();
  for (const place of places) {
    const width = Math.max(200, place.clientWidth - 10);
    const spec = { background: null, ...specs[place.dataset.chart](series, width, colours) };
    await show(place, spec);
  }
}

const choice = document.getElementById("progress-by");
if (choice) {
  choice.closest("p").hidden = false;
  choice.addEventListener("change", draw);
}
document.addEventListener("burette-news", draw);
document.addEventListener("burette-news", compare);
const layOut = () => dispatchEvent(new Event("burette-layout"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", layOut);
let resizing;
addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(layOut, 200); });
addEventListener("burette-layout", draw);
addEventListener("burette-layout", compare);
draw();
compare();
