// Keeps modules apart that would overwrite each other's global: each calls define() as with any AMD loader, and gets the ones that it needs.
var buretteModule = null;
var buretteModules = {};

function define(names, factory) {
  const own = {};
  const found = names.map((name) => name === "exports" ? own : buretteModules[name === "vega-selections" ? "vega-selection" : name]);
  factory(...found);
  buretteModules[buretteModule] = own;
}
define.amd = {};
