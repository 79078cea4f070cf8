"""A server that is killed at any moment: what it answered holds, and what is asked once more happens once."""
import json, random, signal, sqlite3, threading, time, urllib.error, urllib.request

from conftest import eventually
from test_bench import by_hand
from test_room import endless


def post(laboratory, path, message, key=None):
    """The answer's status and body; None where nobody answered."""
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    request = urllib.request.Request(laboratory.address + "/api/campaigns/branin-demo" + path, json.dumps(message).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer: return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error: return error.code, json.loads(error.read() or b"null")
    except OSError: return None
    except ValueError: return None


def insistently(laboratory, path, message, key=None):
    """Asks until somebody has an answer that is final."""
    final = lambda: next((answer for answer in [post(laboratory, path, message, key)] if answer and answer[0] not in (404, 503)), None)
    return eventually(final)


def recorded(laboratory):
    with sqlite3.connect(laboratory.folder / "data/branin-demo.sqlite") as ledger:
        return [json.loads(body) for (body,) in ledger.execute("SELECT body FROM event ORDER BY sequence")]


def test_an_order_that_was_answered_is_in_the_record_once_whenever_its_server_is_killed(laboratory):
    laboratory.start("run", laboratory.campaign(edit=endless), "--speed", 30); server = laboratory.serve()
    port = laboratory.address.rsplit(":", 1)[1]
    assert eventually(lambda: post(laboratory, "/orders", {"order": "comment", "job": "1", "reason": "it is there"}, "first"))
    assert eventually(lambda: [event for event in recorded(laboratory) if event["type"] == "measured" and event["job"].startswith("0001-")])
    point = {"x0": 1.5, "x1": 2.5}
    orders = [{"order": "comment", "job": "1", "reason": "cloudy"}, {"order": "inject", "parameters": point}, {"order": "inject", "parameters": point, "values": {"branin": 3.5}},
              {"order": "budget", "values": {"measurements": 4000}}, {"order": "pause"}, {"order": "resume"}, {"order": "exclude", "job": "1"}, {"order": "include", "job": "1"},
              {"order": "correct", "job": "1", "values": {"branin": 7.5}}]
    numbers = random.Random(1)
    for number, order in enumerate(orders):
        answers = []
        sender = threading.Thread(target=lambda: answers.append(post(laboratory, "/orders", order, f"key-{number}")))
        sender.start(); time.sleep(numbers.uniform(0, 0.02)); server.send_signal(signal.SIGKILL); server.wait(); sender.join()
        if answers[0] and answers[0][0] == 202: assert [event for event in recorded(laboratory) if event["id"] == f"order-key-{number}"], "what was answered is on the disk"
        server = laboratory.serve(port)
        again = insistently(laboratory, "/orders", order, f"key-{number}")
        # The budget may be the new one already: then there is nothing to order any more.
        assert again[0] in (202, 409), (order, again)
    assert eventually(lambda: {f"order-key-{number}" for number in range(len(orders))} <= {event["id"] for event in recorded(laboratory)}), "each of them came"
    ids = [event["id"] for event in recorded(laboratory)]
    assert len(ids) == len(set(ids)), "and none twice"
    assert len([event for event in recorded(laboratory) if event["type"] == "injected"]) == 2


def test_what_a_program_measures_over_http_counts_once_whenever_the_server_is_killed(laboratory):
    start = lambda port=0: laboratory.start("run", laboratory.campaign(edit=lambda text: by_hand(text).replace("measurements: 20", "measurements: 12")), "--serve", "--listen", port)
    server = [start()]; laboratory.listening(server[0])
    port, numbers, isOver = laboratory.address.rsplit(":", 1)[1], random.Random(2), threading.Event()

    def kill():
        for _ in range(12):
            if isOver.wait(numbers.uniform(0.05, 0.5)): return
            server[0].send_signal(signal.SIGKILL); server[0].wait()
            server[0] = start(port); laboratory.listening(server[0])

    killer = threading.Thread(target=kill); killer.start()
    answered = {}
    results = lambda: [event for event in recorded(laboratory) if event["type"] == "measured"]
    try:
        while len(answered) < 12:
            status, taken = insistently(laboratory, "/jobs/take", {"worker": "labview", "wait": 5})
            if status != 200: continue
            value = 1000 + len(answered) / 7
            status, said = insistently(laboratory, f"/jobs/{taken['job']}/result", {"worker": "labview", "values": {"branin": value}})
            assert status == 200, said
            answered.setdefault(taken["job"], value); time.sleep(0.15)
    finally:
        isOver.set(); killer.join()
    assert eventually(lambda: {event["job"] for event in results()} == set(answered)), (answered, results())
    assert sorted(event["job"] for event in results()) == sorted(answered), "none is in the record twice"
    assert {event["job"]: event["values"]["branin"] for event in results()} == answered
