"""Results on this disk until the broker has confirmed them."""
from __future__ import annotations

import json
import os
import pathlib
import sys
from typing import Any, Callable, Optional

Event = dict[str, Any]


class Outbox:
    """A folder with a file for each result that no broker has confirmed."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        #: Results that this disk did not take.
        self._unsaved: list[Event] = []

    @property
    def count(self) -> int:
        """How many results no broker has confirmed."""
        return len(list(self.folder.glob("*.json"))) + len(self._unsaved)

    def deliver(self, publish: Callable[[Event], None]) -> None:
        """Publishes what is left from before; a file that cannot be read stays for a person to look at."""
        for file in sorted(self.folder.glob("*.json"), key=lambda file: file.stat().st_mtime):
            try:
                event = json.loads(file.read_text())
            except ValueError as error:
                print(f"{file} cannot be read ({error}), and stays there", file=sys.stderr)
                continue
            publish(event)
            file.unlink()
        while self._unsaved:
            publish(self._unsaved[0])
            self._unsaved.pop(0)

    def send(self, event: Event, publish: Callable[[Event], None]) -> None:
        """On this disk, then at the broker, then off this disk. A full disk is no reason to lose a result: then the
        broker has it at once."""
        file = self._keep(event)
        try:
            publish(event)
        except Exception:
            if file is None:
                print(f"neither the disk nor the broker has taken this result: {json.dumps(event)}", file=sys.stderr)
                self._unsaved.append(event)
            raise
        if file:
            file.unlink()

    def _keep(self, event: Event) -> Optional[pathlib.Path]:
        file, draft = self.folder / f"{event['id']}.json", self.folder / f"{event['id']}.draft"
        try:
            with open(draft, "w") as output:
                json.dump(event, output)
                output.flush()
                os.fsync(output.fileno())
            draft.rename(file)
            return file
        except OSError as error:
            print(f"the result cannot be kept on this disk ({error}), and goes to the broker", file=sys.stderr)
            return None
