"""A mail server's side of the milter protocol, version 6, spoken straight to a milter's socket.

For what no real MTA can be made to do on demand: probes, truncated packets, old versions, two
hundred sessions at one instant. Follows the protocol as libmilter implements it (mfdef.h): packets
of a 32-bit length, one command byte, and its data. Replies are collected, never interpreted.
"""

import dataclasses
import socket
import struct

import waiting

# Actions a milter may ask for in its negotiation (SMFIF_*).
ADD_HEADERS, CHANGE_BODY, ADD_RECIPIENTS, DELETE_RECIPIENTS = 0x01, 0x02, 0x04, 0x08
CHANGE_HEADERS, QUARANTINE, CHANGE_SENDER, ADD_RECIPIENTS_ESMTP, SET_MACROS = (
    0x10, 0x20, 0x40, 0x80, 0x100)
ALL_ACTIONS = 0x1FF

# Steps a milter may want left out, or will not answer (SMFIP_*).
NO_CONNECT, NO_HELO, NO_MAIL, NO_RCPT, NO_BODY, NO_HEADERS, NO_EOH = (
    0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40)
SILENT_HEADERS, NO_UNKNOWN, NO_DATA, SKIP = 0x80, 0x100, 0x200, 0x400
SILENT_CONNECT, SILENT_HELO, SILENT_MAIL, SILENT_RCPT, SILENT_DATA = (
    0x1000, 0x2000, 0x4000, 0x8000, 0x10000)
SILENT_UNKNOWN, SILENT_EOH, SILENT_BODY, LEADING_SPACE = 0x20000, 0x40000, 0x80000, 0x100000
ALL_STEPS = 0x1FFFFF

# What a milter answers (SMFIR_*): the final ones end a step.
CONTINUE, ACCEPT, TEMPFAIL, REJECT, DISCARD, REPLY_CODE, SKIP_REST = (
    b"c", b"a", b"t", b"r", b"d", b"y", b"s")
FINAL = {CONTINUE, ACCEPT, TEMPFAIL, REJECT, DISCARD, REPLY_CODE, SKIP_REST, b"4"}
PROGRESS = b"p"

_BODY_CHUNK = 65535


class ConnectionEnded(Exception):
    """The milter closed the connection."""


@dataclasses.dataclass
class Answer:
    """How a step ended, and at end of message what was asked to be changed."""
    code: bytes
    text: str = ""                       # of REPLY_CODE: "451 4.3.0 ..."
    deleted_recipients: list = dataclasses.field(default_factory=list)
    added_headers: list = dataclasses.field(default_factory=list)   # (name, value)
    changed_headers: list = dataclasses.field(default_factory=list)  # (index, name, value)
    quarantine: str = None
    progress: int = 0
    other: list = dataclasses.field(default_factory=list)  # packets of any other kind

    @property
    def goes_on(self):
        return self.code in (CONTINUE, ACCEPT, SKIP_REST)

    @property
    def is_tempfail(self):
        return self.code == TEMPFAIL or (self.code == REPLY_CODE and self.text.startswith("4"))

    @property
    def is_reject(self):
        return self.code == REJECT or (self.code == REPLY_CODE and self.text.startswith("5"))

    @property
    def is_discard(self):
        return self.code == DISCARD

    def header(self, name):
        """The value of an added header field; None if there is none."""
        for added_name, value in self.added_headers:
            if added_name.lower() == name.lower():
                return value
        return None


def packet(command, data=b""):
    return struct.pack(">I", len(data) + 1) + command + data


def _nul_terminated(*texts):
    return b"".join((text if isinstance(text, bytes) else text.encode()) + b"\0" for text in texts)


class MilterClient:
    """One connection. Steps raise ConnectionEnded where the milter hung up."""

    def __init__(self, address, timeout=60.0):
        self._socket = waiting.connect(address, timeout)
        self.actions = 0
        self.steps = 0
        self.version = 0
        self.requested_macros = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Hangs up without a word, as a crashed MTA does."""
        self._socket.close()

    def reset(self):
        """Hangs up so that the other side cannot write any more, over TCP."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def fileno(self):
        return self._socket.fileno()

    # Raw access, for what is not a well-formed conversation.
    def send(self, bytes_):
        self._socket.sendall(bytes_)

    def receive_packet(self):
        length = struct.unpack(">I", self._exactly(4))[0]
        content = self._exactly(length)
        return content[:1], content[1:]

    def _exactly(self, count):
        collected = b""
        while len(collected) < count:
            try:
                piece = self._socket.recv(min(count - len(collected), 1 << 20))
            except (ConnectionResetError, BrokenPipeError) as error:
                raise ConnectionEnded() from error
            if not piece:
                raise ConnectionEnded()
            collected += piece
        return collected

    def _command(self, command, data=b"", silent=0):
        """Sends a step; no answer comes where the milter negotiated to be silent in it."""
        try:
            self.send(packet(command, data))
        except (ConnectionResetError, BrokenPipeError) as error:
            raise ConnectionEnded() from error
        if silent and self.steps & silent:
            return Answer(CONTINUE)
        return self.read_answer()

    def read_answer(self):
        """Reads up to and including the reply that ends a step."""
        answer = Answer(b"")
        while True:
            code, data = self.receive_packet()
            strings = data.split(b"\0")
            if code in FINAL:
                answer.code = code
                if code == REPLY_CODE:
                    answer.text = strings[0].decode("utf-8", "replace")
                return answer
            if code == PROGRESS:
                answer.progress += 1
            elif code == b"-":
                answer.deleted_recipients.append(strings[0].decode("utf-8", "surrogateescape"))
            elif code in (b"h", b"i"):
                fields = data[4:].split(b"\0") if code == b"i" else strings
                answer.added_headers.append(
                    (fields[0].decode(), fields[1].decode("utf-8", "replace")))
            elif code == b"m":
                index = struct.unpack(">I", data[:4])[0]
                fields = data[4:].split(b"\0")
                answer.changed_headers.append(
                    (index, fields[0].decode(), fields[1].decode("utf-8", "replace")))
            elif code == b"q":
                answer.quarantine = strings[0].decode("utf-8", "replace")
            else:
                answer.other.append((code, data))

    # The steps of a session.
    def negotiate(self, version=6, actions=ALL_ACTIONS, steps=ALL_STEPS):
        self.send(packet(b"O", struct.pack(">III", version, actions, steps)))
        code, data = self.receive_packet()
        if code != b"O":
            raise ConnectionEnded(f"the milter answered {code!r} to the negotiation")
        self.version, self.actions, self.steps = struct.unpack(">III", data[:12])
        lists = data[12:]
        while len(lists) > 4:
            stage = struct.unpack(">I", lists[:4])[0]
            names, _, lists = lists[4:].partition(b"\0")
            self.requested_macros[stage] = names.decode().split()
        return self

    def macros(self, command, **values):
        """Macro names of more than one letter are sent in braces, as MTAs do."""
        texts = []
        for name, value in values.items():
            texts += ["{%s}" % name if len(name) > 1 else name, value]
        self.send(packet(b"D", command + _nul_terminated(*texts)))

    def connect(self, host="localhost", address="127.0.0.1", port=25, family=b"4"):
        if family == b"U":
            data = _nul_terminated(host) + b"U"
        else:
            data = _nul_terminated(host) + family + struct.pack(">H", port)
            data += _nul_terminated(address)
        return self._command(b"C", data, SILENT_CONNECT) if not self.steps & NO_CONNECT else None

    def helo(self, name="localhost"):
        if self.steps & NO_HELO:
            return None
        return self._command(b"H", _nul_terminated(name), SILENT_HELO)

    def mail(self, sender, *parameters):
        return self._command(b"M", _nul_terminated(sender, *parameters), SILENT_MAIL)

    def rcpt(self, recipient, *parameters):
        return self._command(b"R", _nul_terminated(recipient, *parameters), SILENT_RCPT)

    def data(self):
        if self.steps & NO_DATA:
            return None
        return self._command(b"T", b"", SILENT_DATA)

    def header(self, name, value):
        return self._command(b"L", _nul_terminated(name, value), SILENT_HEADERS)

    def end_of_headers(self):
        if self.steps & NO_EOH:
            return None
        return self._command(b"N", b"", SILENT_EOH)

    def body(self, chunk):
        return self._command(b"B", chunk, SILENT_BODY)

    def end_of_message(self):
        return self._command(b"E")

    def start_end_of_message(self):
        """Sends end of message without waiting; read_answer() takes the reply."""
        self.send(packet(b"E"))

    def abort(self):
        self.send(packet(b"A"))

    def quit(self):
        """The polite end."""
        self.send(packet(b"Q"))
        self.close()

    # Whole conversations.
    def open_session(self, **negotiation):
        """Negotiates and greets; ready for MAIL."""
        self.negotiate(**negotiation)
        self.connect()
        self.helo()
        return self

    def send_until_end(self, sender, recipients, message, queue_id="4TESTQUEUEID"):
        """All of a message but its end; `message` has CRLF lines. Gives the answers to RCPT."""
        self.macros(b"M", i=queue_id)
        mail_answer = self.mail(sender)
        if not mail_answer.goes_on:
            return [mail_answer]
        answers = [self.rcpt(recipient) for recipient in recipients]
        self.macros(b"T", i=queue_id)
        self.data()
        header, separator, body = message.partition(b"\r\n\r\n")
        for name, value in split_header(header):
            if not self.steps & LEADING_SPACE:
                value = value.removeprefix(b" ")
            self.header(name, value)
        self.macros(b"N", i=queue_id)
        self.end_of_headers()
        if separator:
            for start in range(0, len(body), _BODY_CHUNK):
                if self.body(body[start:start + _BODY_CHUNK]).code == SKIP_REST:
                    break
        self.macros(b"E", i=queue_id)
        return answers

    def send_message(self, sender, recipients, message, queue_id="4TESTQUEUEID"):
        """A whole message; gives the answer to its end."""
        self.send_until_end(sender, recipients, message, queue_id)
        return self.end_of_message()


def split_header(header):
    """(name, value) pairs as an MTA gives them to a milter that asked for leading space: folds as
    a line feed and the white space that follows."""
    fields = []
    for line in header.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + b"\n" + line)
        elif b":" in line:
            name, _, value = line.partition(b":")
            fields.append((name, value))
    return fields
