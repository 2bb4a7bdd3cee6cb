"""Waiting for something to become true, with a deadline and a name for what did not happen.

No test sleeps and hopes: each wait polls a condition, ends at once when it holds, and fails with a
sentence when the deadline passes. Deadlines grow under sanitizers (POSTWACHT_TEST_SLOWNESS).
"""

import os
import random
import socket
import time

# How much slower than a plain build the programs under test are.
SLOWNESS = float(os.environ.get("POSTWACHT_TEST_SLOWNESS", "1"))


class NotInTime(AssertionError):
    """A condition did not come true before its deadline."""


def until(condition, what, seconds=20.0):
    """Polls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds * SLOWNESS
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotInTime(f"not within {seconds * SLOWNESS:.0f} s: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def parse_socket(address):
    """'unix:/path', 'local:/path' or 'inet:port@host' to (family, address) for socket.connect."""
    scheme, _, rest = address.partition(":")
    if scheme in ("unix", "local"):
        return socket.AF_UNIX, rest
    if scheme == "inet":
        port, _, host = rest.partition("@")
        return socket.AF_INET, (host or "127.0.0.1", int(port))
    raise ValueError(f"not a socket address: {address}")


def connect(address, timeout=20.0):
    """Connects to a socket in libmilter's notation, waiting where its queue is full."""
    family, where = parse_socket(address)
    deadline = time.monotonic() + timeout * SLOWNESS
    while True:
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout * SLOWNESS)
            connection.connect(where)
            return connection
        except BlockingIOError:  # a Unix socket says so at once
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        except OSError:
            connection.close()
            raise


def is_listening(address):
    """Whether someone accepts connections there."""
    try:
        connect(address, 2.0).close()
    except OSError:
        return False
    return True


def free_port():
    """A TCP port on loopback that nobody listens on, below the range the kernel hands out itself.

    Between this call and its use another process could take it; those who start a server on it
    check that the server is really theirs.
    """
    for _ in range(200):
        port = random.randrange(12000, 31000)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port on 127.0.0.1")
