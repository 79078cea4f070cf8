"""Google's public description of the Sheets API v4, as the package google-api-python-client brings it: what a request and an answer may look like."""
import importlib.util, json, pathlib, re

FOLDER = pathlib.Path(importlib.util.find_spec("googleapiclient").submodule_search_locations[0])
DOCUMENT = json.loads((FOLDER / "discovery_cache/documents/sheets.v4.json").read_text())
KINDS = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}


def methods(resource):
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values(): yield from methods(inner)


def method(verb, path):
    """The description of the method that a request calls; None where there is none."""
    for one in methods(DOCUMENT):
        pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", one["path"]))
        if one["httpMethod"] == verb and re.fullmatch("/" + pattern, path): return one


def faults(schema, value, where):
    """In what a value differs from a schema, in words."""
    if "$ref" in schema: schema = DOCUMENT["schemas"][schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "any": return []
    if kind == "array":
        if not isinstance(value, list): return [f"{where} is no list: {value!r}"]
        return [fault for index, item in enumerate(value) for fault in faults(schema["items"], item, f"{where}[{index}]")]
    if kind == "object":
        # Null is a member that is not set (protobuf's JSON).
        if not isinstance(value, dict): return [f"{where} is no object: {value!r}"]
        known, rest = schema.get("properties", {}), schema.get("additionalProperties")
        unknown = [] if rest else [f"{where} has no {name}" for name in value if name not in known]
        return unknown + [fault for name, item in value.items() if item is not None and (name in known or rest) for fault in faults(known.get(name, rest), item, f"{where}.{name}")]
    if not isinstance(value, KINDS[kind]) or kind != "boolean" and isinstance(value, bool): return [f"{where} is no {kind}: {value!r}"]
    return [f"{where} is none of {schema['enum']}: {value!r}"] if "enum" in schema and value not in schema["enum"] else []


def faults_of(exchange):
    """What of a request that was granted, and of its answer, Google's description does not have."""
    called = method(exchange["method"], exchange["path"])
    if not called: return [f"there is no {exchange['method']} {exchange['path']}"]
    known, found = DOCUMENT["parameters"] | called.get("parameters", {}), []
    for name, values in exchange["query"].items():
        if name not in known: found.append(f"{called['id']} has no parameter {name}")
        else: found += [fault for value in values for fault in faults(known[name] if known[name]["type"] == "string" else {}, value, name)]
    if exchange["body"] is not None:
        found += faults(called["request"], exchange["body"], f"{called['id']} request") if "request" in called else [f"{called['id']} has no body"]
    return found + faults(called["response"], exchange["answer"], f"{called['id']} response")
