// The charts of a campaign's model, drawn by Vega from the numbers of /api/campaigns/NAME/model.
"use strict";

(() => {
  const titled = (colours, extra) => ({ labelColor: colours.faint, titleColor: colours.ink, domainColor: colours.line, tickColor: colours.line, labelFontSize: 11, titleFontSize: 12, ...extra });
  const sized = (width, height) => ({ width, height, padding: 5, autosize: { type: "pad" }, background: null });
  const known = (one) => Number.isFinite(one.mean);

  // One small chart for each parameter, all with the same scale of values.
  function slices(model, width, colours) {
    const columns = Math.max(1, Math.min(model.slices.length, Math.floor(width / 270)));
    const cell = Math.floor(width / columns) - 85;
    const charts = model.slices.map((slice, index) => {
      const values = slice.values.filter(known);
      const x = slice.isNumeric ? { name: "x", type: "linear", range: [0, cell], zero: false, domain: { data: `s${index}`, field: "at" } }
        : { name: "x", type: "point", range: [0, cell], padding: 0.5, domain: { data: `s${index}`, field: "at" } };
      const line = { x: { scale: "x", field: "at" } };
      return {
        name: `g${index}`, type: "group", encode: { update: { width: { value: cell }, height: { value: 150 } } }, scales: [x],
        axes: [{ orient: "bottom", scale: "x", title: withUnit(slice.parameter, slice.unit), tickCount: 4, labelOverlap: true, ...titled(colours) },
          { orient: "left", scale: "y", tickCount: 4, grid: true, gridColor: colours.line, gridOpacity: 0.5, ...titled(colours) }],
        data: [{ name: `s${index}`, values }],
        marks: [
          slice.isNumeric ? { type: "area", from: { data: `s${index}` }, encode: { update: { ...line, y: { scale: "y", field: "low" }, y2: { scale: "y", field: "high" }, fill: { value: colours.measured }, fillOpacity: { value: 0.2 } } } }
            : { type: "rule", from: { data: `s${index}` }, encode: { update: { ...line, y: { scale: "y", field: "low" }, y2: { scale: "y", field: "high" }, stroke: { value: colours.measured }, strokeOpacity: { value: 0.5 }, strokeWidth: { value: 5 } } } },
          slice.isNumeric ? { type: "line", from: { data: `s${index}` }, encode: { update: { ...line, y: { scale: "y", field: "mean" }, stroke: { value: colours.measured }, strokeWidth: { value: 2 } } } }
            : { type: "symbol", from: { data: `s${index}` }, encode: { update: { ...line, y: { scale: "y", field: "mean" }, fill: { value: colours.measured }, size: { value: 50 } } } },
          { type: "rule", encode: { update: { x: { scale: "x", value: model.center[slice.parameter] }, y: { value: 0 }, y2: { value: 150 }, stroke: { value: colours.best }, strokeDash: { value: [3, 3] } } } },
        ],
      };
    });
    const all = model.slices.flatMap((slice) => slice.values.filter(known));
    const domain = [Math.min(...all.map((one) => one.low)), Math.max(...all.map((one) => one.high))];
    return { ...sized(cell, 10), layout: { columns, padding: { row: 25, column: 30 }, bounds: "full", align: "each" },
      scales: [{ name: "y", type: "linear", range: [150, 0], nice: true, zero: false, domain }], marks: charts };
  }

  // The predicted mean and the standard deviation side by side, with what was measured and what is pending.
  function plane(model, width, colours) {
    const { plane } = model;
    if (!plane) return null;
    const isWide = width > 640;
    const side = Math.min(380, isWide ? Math.floor((width - 300) / 2) : width - 150);
    const axis = (name, field, isNumeric, range) => isNumeric
      ? { name, type: "linear", range, zero: false, domain: { data: "cells", field } }
      : { name, type: "band", range, domain: { data: "cells", field } };
    // A cell reaches half-way to its neighbours: values are not evenly spaced where they are rounded, or on a logarithmic scale.
    const edges = (field) => {
      const values = [...new Set(plane.cells.map((cell) => cell[field]))].sort((a, b) => a - b);
      const middle = (index) => index < 0 ? values[0] : index >= values.length - 1 ? values[values.length - 1] : (values[index] + values[index + 1]) / 2;
      return new Map(values.map((value, index) => [value, [middle(index - 1), middle(index)]]));
    };
    const [xs, ys] = [plane.isNumericX ? edges("x") : null, plane.isNumericY ? edges("y") : null];
    const cells = plane.cells.filter(known).map((cell) => ({ ...cell, ...(xs && { x1: xs.get(cell.x)[0], x2: xs.get(cell.x)[1] }), ...(ys && { y1: ys.get(cell.y)[0], y2: ys.get(cell.y)[1] }) }));
    const across = plane.isNumericX ? { x: { scale: "x", field: "x1" }, x2: { scale: "x", field: "x2", offset: 0.5 } } : { x: { scale: "x", field: "x" }, width: { scale: "x", band: 1 } };
    const upwards = plane.isNumericY ? { y: { scale: "y", field: "y1", offset: 0.5 }, y2: { scale: "y", field: "y2" } } : { y: { scale: "y", field: "y" }, height: { scale: "y", band: 1 } };
    const centred = (name, isNumeric) => isNumeric ? { scale: name, field: name } : { scale: name, field: name, band: 0.5 };
    const chart = (field, title, scheme) => ({
      type: "group", encode: { update: { width: { value: side }, height: { value: side } } },
      scales: [{ name: "colour", type: "linear", range: { scheme }, domain: { data: "cells", field }, zero: false }],
      title: { text: title, color: colours.ink, fontSize: 13 },
      axes: [{ orient: "bottom", scale: "x", title: plane.x, labelOverlap: true, tickCount: 6, ...titled(colours) }, { orient: "left", scale: "y", title: plane.y, tickCount: 6, ...titled(colours) }],
      legends: [{ fill: "colour", type: "gradient", gradientLength: Math.min(200, side), labelColor: colours.faint }],
      marks: [
        { type: "rect", from: { data: "cells" }, encode: { update: { ...across, ...upwards, fill: { scale: "colour", field },
          tooltip: { signal: "isValid(datum.feasibility) ? {'mean': datum.mean, 'standard deviation': datum.deviation, 'probability of success': datum.feasibility} : {'mean': datum.mean, 'standard deviation': datum.deviation}" } } }, clip: true },
        { type: "symbol", from: { data: "places" }, encode: { update: { x: centred("x", plane.isNumericX), y: centred("y", plane.isNumericY), size: { value: 45 }, shape: { signal: "datum.kind === 'pending' ? 'cross' : 'circle'" },
          fill: { signal: "datum.kind === 'pending' ? '#ffffff' : '#111111'" }, stroke: { signal: "datum.kind === 'pending' ? '#111111' : '#ffffff'" }, strokeWidth: { value: 1.2 }, tooltip: { signal: "{'job': datum.job, 'is': datum.kind}" } } } },
      ],
    });
    return { ...sized(side, side), layout: { columns: isWide ? 2 : 1, padding: 45, bounds: "full" },
      data: [{ name: "cells", values: cells }, { name: "places", values: plane.places }],
      scales: [axis("x", "x", plane.isNumericX, [0, side]), axis("y", "y", plane.isNumericY, [side, 0])],
      marks: [chart("mean", model.objective, "viridis"), chart("deviation", "standard deviation", "purples"),
        ...(plane.cells.some((cell) => typeof cell.feasibility === "number") ? [chart("feasibility", "probability of success", "greens")] : [])] };
  }

  function leftout(model, width, colours) {
    const side = Math.min(420, width - 80);
    const values = model.left_out;
    const all = values.flatMap((one) => [one.measured, one.low, one.high]);
    const domain = [Math.min(...all), Math.max(...all)];
    return { ...sized(side, side), data: [{ name: "values", values }],
      scales: [{ name: "x", type: "linear", range: "width", zero: false, nice: true, domain: { data: "values", field: "measured" } }, { name: "y", type: "linear", range: "height", zero: false, nice: true, domain }],
      axes: [{ orient: "bottom", scale: "x", title: `${withUnit(model.objective, model.unit)}: measured`, tickCount: 6, ...titled(colours) }, { orient: "left", scale: "y", title: "predicted by the others", tickCount: 6, grid: true, gridColor: colours.line, gridOpacity: 0.5, ...titled(colours) }],
      marks: [
        { type: "rule", encode: { update: { x: { scale: "x", signal: "domain('x')[0]" }, x2: { scale: "x", signal: "domain('x')[1]" }, y: { scale: "y", signal: "domain('x')[0]" }, y2: { scale: "y", signal: "domain('x')[1]" }, stroke: { value: colours.best }, strokeDash: { value: [4, 3] } } }, clip: true },
        { type: "rule", from: { data: "values" }, encode: { update: { x: { scale: "x", field: "measured" }, y: { scale: "y", field: "low" }, y2: { scale: "y", field: "high" }, stroke: { value: colours.measured }, strokeOpacity: { value: 0.35 } } } },
        { type: "symbol", from: { data: "values" }, encode: { update: { x: { scale: "x", field: "measured" }, y: { scale: "y", field: "predicted" }, size: { value: 40 }, fill: { value: colours.measured }, tooltip: { signal: "{'job': datum.job, 'measured': datum.measured, 'predicted': datum.predicted}" } } } },
      ] };
  }

  const specs = { slices, plane, leftout };

  async function draw() {
    const places = [...document.querySelectorAll("[data-model]")];
    if (places.length === 0) return;
    const model = await numbersAt(places[0].dataset.model);
    if (!model) return;
    for (const place of places) {
      const spec = specs[place.dataset.chart](model, Math.max(220, place.clientWidth), palette());
      if (spec) await show(place, spec);
    }
  }

  document.addEventListener("burette-news", draw);
  addEventListener("burette-layout", draw);
  draw();
})();
