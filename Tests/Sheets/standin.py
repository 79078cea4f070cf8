"""A stand-in of the Google Sheets API v4, on loopback: what burette sheet and gspread ask of it, with its quotas and its failures.

    python standin.py PORT PUBLIC_KEY.pem      prints "ready"; PUT /control sets failures, GET /control tells how often it was asked, GET /exchanges what was asked and answered
"""
import base64, copy, hashlib, http.server, itertools, json, re, subprocess, sys, tempfile, threading, time, urllib.parse


def column_number(letters):
    number = 0
    for letter in letters: number = 26 * number + ord(letter) - 64
    return number - 1


class Sheet:
    def __init__(self, number, title, properties=None):
        self.number, self.title, self.cells, self.notes, self.hidden = number, title, [], {}, {"ROWS": set(), "COLUMNS": set()}
        self.frozen = (properties or {}).get("gridProperties", {}).get("frozenRowCount", 0)
        self.rows, self.columns, self.merges = 1000, 26, []
        # Developer metadata of rows, which go where their rows go.
        self.metadata = []

    def fit(self, row, column=0):
        while len(self.cells) <= row: self.cells.append([])
        while len(self.cells[row]) <= column: self.cells[row].append(None)

    def put(self, row, column, value):
        self.fit(row, column); self.cells[row][column] = value
        # Of merged cells the first has a value.
        for top, left, bottom, right in self.merges:
            if top <= row < bottom and left <= column < right and (row, column) != (top, left): self.cells[row][column] = None

    def trimmed(self):
        rows = []
        for row in self.cells:
            last = max((i + 1 for i, cell in enumerate(row) if cell is not None), default=0)
            rows.append(["" if cell is None else cell for cell in row[:last]])
        while rows and not rows[-1]: rows.pop()
        return rows

    def used(self): return len(self.trimmed())


class Failure(Exception):
    def __init__(self, status, message, headers=()): self.status, self.message, self.headers = status, message, dict(headers)


def literal(value):
    """As a person's typing is read, in an English spreadsheet (USER_ENTERED)."""
    if not isinstance(value, str): return value
    if value.startswith("'"): return value[1:]
    if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", value): return float(value) if not value.lstrip("+-").isdigit() else int(value)
    if value.upper() in ("TRUE", "FALSE"): return value.upper() == "TRUE"
    return {"formula": value} if value.startswith("=") else value


def shown(cell): return "#NAME?" if isinstance(cell, dict) else cell


class Spreadsheet:
    def __init__(self): self.sheets = {0: Sheet(0, "Sheet1")}

    def named(self, title):
        for sheet in self.sheets.values():
            if sheet.title == title: return sheet
        raise Failure(400, f"Unable to parse range: {title}")

    def area(self, text):
        """A1 notation: the sheet, and the first and last row and column."""
        title, _, cells = text.rpartition("!") if "!" in text else (text, "", "")
        sheet = self.named(title.strip("'"))
        match = re.fullmatch(r"([A-Z]*)(\d*)(?::([A-Z]*)(\d*))?", cells)
        if cells and not match: raise Failure(400, f"Unable to parse range: {text}")
        a, b, c, d = match.groups() if cells else ("", "", None, None)
        top, left = int(b) - 1 if b else 0, column_number(a) if a else 0
        bottom = top if cells and c is None and d is None else int(d) - 1 if d else 10 ** 6
        right = left if cells and c is None and d is None else column_number(c) if c else 10 ** 6
        return sheet, top, left, bottom, right

    def values(self, text):
        sheet, top, left, bottom, right = self.area(text)
        rows = [[shown(cell) for cell in row[left:right + 1]] for row in sheet.trimmed()[top:bottom + 1]]
        while rows and not rows[-1]: rows.pop()
        return {"range": text, "majorDimension": "ROWS"} | ({"values": rows} if rows else {})

    def put(self, text, rows, entered):
        sheet, top, left, _, _ = self.area(text)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value is not None: sheet.put(top + i, left + j, (literal(value) if entered else value) if value != "" else None)
        return {"updatedRange": text, "updatedRows": len(rows)}

    def of(self, number):
        if number not in self.sheets: raise Failure(400, f"Invalid requests: No grid with id: {number}")
        return self.sheets[number]

    def request(self, request):
        (kind, body), = request.items()
        return getattr(self, "do_" + kind, self.unknown(kind))(body) or {}

    def unknown(self, kind):
        def fail(_): raise Failure(400, f"Invalid JSON payload received. Unknown name \"{kind}\"")
        return fail

    def do_addSheet(self, body):
        properties = body["properties"]; number = properties.get("sheetId", max(self.sheets) + 1)
        if number in self.sheets or any(s.title == properties["title"] for s in self.sheets.values()): raise Failure(400, f"A sheet with the name \"{properties['title']}\" already exists.")
        self.sheets[number] = Sheet(number, properties["title"], properties)
        return {"addSheet": {"properties": properties | {"sheetId": number}}}

    def do_updateSheetProperties(self, body):
        sheet = self.of(body["properties"]["sheetId"])
        if "title" in body["fields"]: sheet.title = body["properties"]["title"]

    def do_updateDimensionProperties(self, body):
        span = body["range"]
        if body["fields"] == "hiddenByUser" and body["properties"].get("hiddenByUser"):
            self.of(span["sheetId"]).hidden[span["dimension"]] |= set(range(span["startIndex"], span["endIndex"]))

    @staticmethod
    def value(cell):
        entered = cell.get("userEnteredValue", {})
        if "formulaValue" in entered: return {"formula": entered["formulaValue"]}
        for kind in ("stringValue", "numberValue", "boolValue"):
            if kind in entered: return entered[kind]
        return None

    def do_updateCells(self, body):
        start = body["start"]; sheet, fields = self.of(start["sheetId"]), body["fields"]
        if start.get("rowIndex", 0) >= sheet.rows: raise Failure(400, "Invalid requests[0].updateCells: Attempting to write outside of the sheet")
        for i, row in enumerate(body["rows"]):
            for j, cell in enumerate(row.get("values", [])):
                place = (start.get("rowIndex", 0) + i, start.get("columnIndex", 0) + j)
                if "userEnteredValue" in fields: sheet.put(*place, self.value(cell))
                if "note" in fields:
                    sheet.fit(*place)
                    if cell.get("note"): sheet.notes[place] = cell["note"]
                    else: sheet.notes.pop(place, None)

    def do_appendCells(self, body):
        sheet = self.of(body["sheetId"]); at = sheet.used()
        for i, row in enumerate(body["rows"]):
            for j, cell in enumerate(row.get("values", [])): sheet.put(at + i, j, self.value(cell))

    def shift(self, sheet, place):
        sheet.notes = {(place(row), column): note for (row, column), note in sheet.notes.items() if place(row) is not None}
        sheet.metadata = [one | {"row": place(one["row"])} for one in sheet.metadata if place(one["row"]) is not None]

    @staticmethod
    def described(sheet, one):
        span = {"sheetId": sheet.number, "dimension": "ROWS", "startIndex": one["row"], "endIndex": one["row"] + 1}
        return {"metadataId": one["id"], "metadataKey": one["key"], "metadataValue": one["value"], "visibility": "DOCUMENT", "location": {"locationType": "ROW", "dimensionRange": span}}

    def do_createDeveloperMetadata(self, body):
        one = body["developerMetadata"]; span = one["location"]["dimensionRange"]; sheet = self.of(span["sheetId"])
        if span["dimension"] != "ROWS" or span["endIndex"] != span["startIndex"] + 1: raise Failure(400, "Invalid requests[0].createDeveloperMetadata: a single row or column is needed")
        self.metadata = getattr(self, "metadata", 0) + 1
        sheet.metadata.append({"id": self.metadata, "key": one["metadataKey"], "value": one.get("metadataValue", ""), "row": span["startIndex"]})
        return {"createDeveloperMetadata": {"developerMetadata": self.described(sheet, sheet.metadata[-1])}}

    def search(self, filters):
        found = []
        for sheet in self.sheets.values():
            for one in sheet.metadata:
                lookups = [f for f in filters if all({"metadataKey": one["key"], "metadataValue": one["value"], "metadataId": one["id"]}.get(k) == v for k, v in f["developerMetadataLookup"].items())]
                if lookups: found.append({"developerMetadata": self.described(sheet, one), "dataFilters": lookups})
        return {"matchedDeveloperMetadata": found} if found else {}

    def do_insertDimension(self, body):
        span = body["range"]; sheet = self.of(span["sheetId"]); at, count = span["startIndex"], span["endIndex"] - span["startIndex"]
        if span["dimension"] == "COLUMNS":
            for row in sheet.cells:
                if len(row) > at: row[at:at] = [None] * count
            sheet.notes = {(row, column + count if column >= at else column): note for (row, column), note in sheet.notes.items()}; return
        sheet.fit(max(at - 1, 0)); sheet.cells[at:at] = [[] for _ in range(count)]; sheet.rows += count
        self.shift(sheet, lambda row: row + count if row >= at else row)

    def do_deleteDimension(self, body):
        span = body["range"]; sheet = self.of(span["sheetId"]); first, last = span["startIndex"], span["endIndex"]
        if span["dimension"] == "COLUMNS":
            for row in sheet.cells: del row[first:last]
            sheet.notes = {(row, column if column < first else column - (last - first)): note for (row, column), note in sheet.notes.items() if not first <= column < last}; return
        del sheet.cells[first:last]
        self.shift(sheet, lambda row: None if first <= row < last else row - (last - first) if row >= last else row)

    def do_moveDimension(self, body):
        span = body["source"]; sheet = self.of(span["sheetId"]); first, last, to = span["startIndex"], span["endIndex"], body["destinationIndex"]
        sheet.fit(max(last - 1, to - 1)); order = list(range(len(sheet.cells))); moved = order[first:last]
        rest = order[:first] + order[last:]; at = to if to <= first else to - len(moved); order = rest[:at] + moved + rest[at:]
        sheet.cells = [sheet.cells[index] for index in order]
        self.shift(sheet, lambda row: order.index(row) if row < len(order) else row)

    def do_mergeCells(self, body):
        span = body["range"]; sheet = self.of(span["sheetId"])
        top, left, bottom, right = span["startRowIndex"], span["startColumnIndex"], span["endRowIndex"], span["endColumnIndex"]
        sheet.merges += [(top, column, bottom, column + 1) for column in range(left, right)] if body["mergeType"] == "MERGE_COLUMNS" else [(top, left, bottom, right)]
        for row in range(top, bottom):
            for column in range(left, right): sheet.fit(row, column); sheet.put(row, column, sheet.cells[row][column])

    def do_unmergeCells(self, body): self.of(body["range"]["sheetId"]).merges = []

    def do_sortRange(self, body):
        span = body["range"]; sheet = self.of(span["sheetId"]); first, key = span.get("startRowIndex", 0), body["sortSpecs"][0]
        last = min(span.get("endRowIndex", len(sheet.cells)), len(sheet.cells)); order = list(range(first, last))
        value = lambda row: sheet.cells[row][key["dimensionIndex"]] if len(sheet.cells[row]) > key["dimensionIndex"] else None
        filled = [row for row in order if value(row) is not None]
        filled.sort(key=lambda row: (isinstance(value(row), str), value(row)), reverse=key.get("sortOrder") == "DESCENDING")
        # Cells are sorted, and the notes of cells with them; empty ones come last. What is said of rows stays.
        filled += [row for row in order if value(row) is None]
        sheet.cells[first:last] = [sheet.cells[row] for row in filled]
        sheet.notes = {(first + filled.index(row) if first <= row < last else row, column): note for (row, column), note in sheet.notes.items()}


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.RLock()
    spreadsheets, tokens, calls, exchanges = {}, {}, [], []
    control = {"fail": [], "quota": None, "down": False, "delay": 0, "cut": 0}
    public_key = None

    def log_message(self, *_): pass

    def answer(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status); self.send_header("Content-Type", "application/json"); self.send_header("Content-Length", str(len(data)))
        for name, value in dict(headers).items(): self.send_header(name, value)
        self.end_headers(); self.wfile.write(data)

    def run(self, method):
        length = int(self.headers.get("Content-Length") or 0); raw = self.rfile.read(length)
        url = urllib.parse.urlparse(self.path); path, query = urllib.parse.unquote(url.path), urllib.parse.parse_qs(url.query)
        try:
            if path == "/control": return self.answer(200, self.controlled(method, raw))
            if path == "/exchanges": return self.answer(200, self.exchanges)
            if path == "/token": return self.answer(200, self.token(raw))
            if self.control["delay"]: time.sleep(self.control["delay"])
            with self.lock:
                self.admit(method)
                if self.control["cut"] and not self.is_person:
                    # The request is done, and nobody hears of it.
                    self.control["cut"] -= 1; self.granted(method, path, query, raw); self.close_connection = True; self.connection.close(); return
                return self.answer(200, self.granted(method, path, query, raw))
        except Failure as failure:
            self.answer(failure.status, {"error": {"code": failure.status, "message": failure.message, "status": "FAILED"}}, failure.headers)

    def do_GET(self): self.run("GET")
    def do_PUT(self): self.run("PUT")
    def do_POST(self): self.run("POST")

    def controlled(self, method, raw):
        with self.lock:
            if method == "PUT": self.control.update(json.loads(raw))
            return {"calls": list(self.calls), "left": {"fail": len(self.control["fail"]), "cut": self.control["cut"]}, "notes": {i: {s.title: [[*place, note] for place, note in s.notes.items()] for s in book.sheets.values()} for i, book in self.spreadsheets.items()}}

    def token(self, raw):
        form = urllib.parse.parse_qs(raw.decode()); assertion = form.get("assertion", [""])[0]
        head, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in assertion.split("."))
        with tempfile.NamedTemporaryFile() as message, tempfile.NamedTemporaryFile() as signed:
            message.write(assertion.rsplit(".", 1)[0].encode()); message.flush(); signed.write(signature); signed.flush()
            checked = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.public_key, "-signature", signed.name, message.name], capture_output=True)
        claims = json.loads(claims)
        if checked.returncode or json.loads(head)["alg"] != "RS256" or claims["exp"] < time.time() or claims["scope"] != "https://www.googleapis.com/auth/spreadsheets":
            raise Failure(400, "invalid_grant: Invalid JWT Signature.")
        token = hashlib.sha256(assertion.encode()).hexdigest(); self.tokens[token] = claims["iss"]
        return {"access_token": token, "expires_in": self.control.get("expires", 3599), "token_type": "Bearer"}

    @property
    def token_sent(self): return (self.headers.get("Authorization") or "").removeprefix("Bearer ")
    @property
    def is_person(self): return self.token_sent == "person"

    def admit(self, method):
        if self.control["down"]: raise Failure(503, "The service is currently unavailable.")
        if self.token_sent not in self.tokens and not self.is_person: raise Failure(401, "Request had invalid authentication credentials.")
        kind, now = "read" if method == "GET" else "write", time.time()
        if not self.is_person:
            self.calls.append([now, kind])
            if self.control["quota"] and sum(1 for at, which in self.calls if which == kind and at > now - 60) > self.control["quota"]:
                raise Failure(429, f"Quota exceeded for quota metric '{kind} requests'", {"Retry-After": "1"})
            if self.control["fail"]: raise Failure(self.control["fail"].pop(0), "Internal error encountered.")

    def granted(self, method, path, query, raw):
        answer = self.act(method, path, query, raw)
        self.exchanges.append({"method": method, "path": path, "query": query, "body": json.loads(raw) if raw else None, "answer": answer})
        return answer

    def act(self, method, path, query, raw):
        match = re.fullmatch(r"/v4/spreadsheets/([^/:]+)(.*)", path)
        if not match: raise Failure(404, "Requested entity was not found.")
        book, rest = self.spreadsheets.setdefault(match[1], Spreadsheet()), match[2]
        body = json.loads(raw) if raw else {}
        entered = query.get("valueInputOption", ["RAW"])[0] == "USER_ENTERED"
        if method == "GET" and rest == "":
            sheets = [{"properties": {"sheetId": s.number, "title": s.title, "index": i, "sheetType": "GRID", "gridProperties": {"rowCount": s.rows, "columnCount": s.columns, "frozenRowCount": s.frozen}}} for i, s in enumerate(book.sheets.values())]
            return {"spreadsheetId": match[1], "properties": {"title": "Board"}, "sheets": sheets}
        if method == "GET" and rest == "/values:batchGet": return {"spreadsheetId": match[1], "valueRanges": [book.values(area) for area in query["ranges"]]}
        if method == "GET" and rest.startswith("/values/"): return book.values(rest.removeprefix("/values/"))
        if method == "PUT" and rest.startswith("/values/"): return book.put(rest.removeprefix("/values/"), body["values"] if body.get("majorDimension") != "COLUMNS" else list(map(list, itertools.zip_longest(*body["values"], fillvalue=""))), entered)
        if method == "POST" and rest.endswith(":append"):
            area = rest.removeprefix("/values/").removesuffix(":append"); sheet = book.area(area)[0]; at = sheet.used()
            for i, row in enumerate(body["values"]):
                for j, value in enumerate(row): sheet.put(at + i, j, literal(value) if entered else value)
            return {"updates": {"updatedRows": len(body["values"])}}
        if method == "POST" and rest.endswith(":clear"):
            sheet, top, left, bottom, right = book.area(rest.removeprefix("/values/").removesuffix(":clear"))
            for row in sheet.cells[top:bottom + 1]:
                for column in range(left, min(right + 1, len(row))): row[column] = None
            return {"clearedRange": rest}
        if method == "POST" and rest == "/developerMetadata:search": return book.search(body["dataFilters"])
        if method == "POST" and rest == ":batchUpdate":
            # All of it or nothing.
            before = copy.deepcopy(book.sheets)
            try: return {"spreadsheetId": match[1], "replies": [book.request(one) for one in body["requests"]]}
            except Exception as error:
                book.sheets = before
                raise error if isinstance(error, Failure) else Failure(400, f"Invalid requests: {error!r}")
        raise Failure(404, f"{method} {rest} is not there")


if __name__ == "__main__":
    Service.public_key = sys.argv[2]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Service); server.daemon_threads = True
    print("ready", server.server_address[1], flush=True); server.serve_forever()
