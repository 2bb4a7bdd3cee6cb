"""An SMTP server that keeps every message it is given: where a test's mail ends up.

Threads, standard library only. It takes UTF-8 addresses and 8-bit bodies, stores the bytes of a
message exactly as they came (dots unstuffed), and can be told to refuse.
"""

import dataclasses
import socket
import threading

from waiting import until


@dataclasses.dataclass(frozen=True)
class Message:
    sender: str           # "a@b"; empty for the null sender
    recipients: tuple     # of str, as RCPT gave them, without brackets
    data: bytes           # header and body, CRLF lines

    @property
    def header(self):
        return self.data.partition(b"\r\n\r\n")[0] + b"\r\n"

    @property
    def body(self):
        return self.data.partition(b"\r\n\r\n")[2]

    def field(self, name):
        """The value of the first field of that name, unfolded; None if there is none."""
        value = None
        for line in self.header.split(b"\r\n"):
            if value is not None:
                if line[:1] in (b" ", b"\t"):
                    value += line
                    continue
                break
            if line.lower().startswith(name.lower().encode() + b":"):
                value = line.partition(b":")[2].strip()
        return None if value is None else value.decode("utf-8", "replace")


class SmtpSink:
    """Listens on an ephemeral port of 127.0.0.1 from construction to close()."""

    def __init__(self, tls=None):
        """`tls` is an ssl.SSLContext for STARTTLS."""
        self._tls = tls
        self._lock = threading.Lock()
        self._messages = []
        self._refusal = None
        self._rcpt_refusals = {}
        # Called with each message that is whole, before it is kept or refused and answered: what
        # takes long is a slow server; ConnectionError ends the connection without an answer.
        self.before_reply = None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._open = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        # Shutting down wakes accept() in the other thread, closing alone would not.
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._thread.join(5)

    def refuse_data(self, reply):
        """Answers the final dot with `reply` ("451 4.3.0 not now") until called with None."""
        with self._lock:
            self._refusal = reply

    def refuse_recipient(self, address, reply):
        with self._lock:
            self._rcpt_refusals[address.lower()] = reply

    @property
    def messages(self):
        with self._lock:
            return list(self._messages)

    def clear(self):
        with self._lock:
            self._messages.clear()

    def recipients(self):
        """All recipients that something was delivered to, lower case, in order of arrival."""
        return [recipient.lower() for message in self.messages for recipient in message.recipients]

    def wait_for(self, count, what="messages", seconds=30):
        """Waits until that many (message, recipient) deliveries are here; gives the messages."""
        until(lambda: len(self.recipients()) >= count,
              f"{count} deliveries of {what}, have {len(self.recipients())}", seconds)
        return self.messages

    def wait_for_recipient(self, address, seconds=30):
        """The message that reached this address."""
        def find():
            for message in self.messages:
                if address.lower() in (recipient.lower() for recipient in message.recipients):
                    return message
            return None
        return until(find, f"a delivery to {address}", seconds)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.settimeout(300)
            with connection.makefile("rb") as lines:
                secured = self._talk(connection, lines, self._tls is not None)
            if secured:
                connection = self._tls.wrap_socket(connection, server_side=True)
                with connection.makefile("rb") as lines:
                    self._talk(connection, lines, False)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _talk(self, connection, lines, may_secure):
        """True where the client asked for TLS, which comes next."""
        def say(text):
            connection.sendall(text.encode() + b"\r\n")

        if may_secure or self._tls is None:
            say("220 sink.example ESMTP")
        sender, recipients = None, []
        while True:
            line = lines.readline(65536)
            if not line:
                return False
            command = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            verb = command[:4].upper()
            if verb == "EHLO":
                if may_secure:
                    say("250-sink.example\r\n250 STARTTLS")
                    continue
                say("250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN")
            elif verb == "STAR" and may_secure:
                say("220 2.0.0 go on")
                return True
            elif verb == "HELO":
                say("250 sink.example")
            elif verb == "MAIL":
                sender, recipients = _path(command), []
                say("250 2.1.0 ok")
            elif verb == "RCPT":
                address = _path(command)
                with self._lock:
                    refusal = self._rcpt_refusals.get(address.lower())
                if refusal is None:
                    recipients.append(address)
                say(refusal or "250 2.1.5 ok")
            elif verb == "DATA":
                if sender is None or not recipients:
                    say("503 5.5.1 no recipients")
                    continue
                say("354 go on")
                data = _read_data(lines)
                if data is None:
                    return False
                if self.before_reply is not None:
                    self.before_reply(data)
                with self._lock:
                    refusal = self._refusal
                    if refusal is None:
                        self._messages.append(Message(sender, tuple(recipients), data))
                say(refusal or "250 2.0.0 kept")
                sender, recipients = None, []
            elif verb == "RSET":
                sender, recipients = None, []
                say("250 2.0.0 ok")
            elif verb == "NOOP":
                say("250 2.0.0 ok")
            elif verb == "QUIT":
                say("221 2.0.0 bye")
                return False
            else:
                say("502 5.5.2 unknown command")


def _path(command):
    """The address in MAIL FROM:<...> or RCPT TO:<...>, with quoted local parts left as they are."""
    start = command.index("<") + 1
    quoted = False
    for position in range(start, len(command)):
        if command[position] == '"' and command[position - 1] != "\\":
            quoted = not quoted
        elif command[position] == ">" and not quoted:
            return command[start:position]
    return command[start:]


def _read_data(lines):
    """The message up to the final dot; None when the connection ended before it."""
    collected = []
    while True:
        line = lines.readline()
        if not line:
            return None
        if line == b".\r\n":
            return b"".join(collected)
        collected.append(line[1:] if line.startswith(b".") else line)
