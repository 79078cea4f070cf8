"""The name of a worker that was given none."""
from __future__ import annotations

import fcntl
import hashlib
import pathlib
import socket
import uuid
from typing import IO


def own_name(folder: pathlib.Path) -> tuple[str, IO[str]]:
    """The host's name, six digits for this machine and folder, and the first number that no other worker here has:
    the same after a restart, and another one on every host. The name is free again when the file is closed."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / ".worker-place"
    if not place.exists():
        place.write_text(uuid.uuid4().hex)
    machine = pathlib.Path("/etc/machine-id")
    known = place.read_bytes() + (machine.read_bytes() if machine.exists() else b"")
    stem = f"{socket.gethostname().split('.')[0]}-{hashlib.sha256(known).hexdigest()[:6]}-python"
    for number in range(1, 10_000):
        lock = open(folder / f"{stem}-{number}.lock", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return f"{stem}-{number}", lock
        except OSError:
            lock.close()
    raise RuntimeError(f"ten thousand workers have names in {folder}; give this one a name of its own")
