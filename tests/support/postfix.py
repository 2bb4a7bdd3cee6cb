"""A private Postfix on loopback: own configuration, queue and log, nothing of the system's.

Needs the Debian package (its programs and its users `postfix` and `postdrop`) and root; neither
starts the system's instance nor reads /etc/postfix. Its folder's name must hold no space: main.cf
cannot quote one.
"""

import os
import pathlib
import shutil
import smtplib
import tempfile

from processes import Process, run
from waiting import NotInTime, free_port, is_listening, until

_MAIN = """\
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = {maillog}
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.uitkering.example
myorigin = uitkering.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
default_transport = smtp:[127.0.0.1]:{sink_port}
local_transport = error:no local delivery
smtp_host_lookup = native
smtp_connection_cache_on_demand = no
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
default_destination_concurrency_limit = 20
message_size_limit = 52428800
enable_long_queue_ids = yes
notify_classes =
minimal_backoff_time = 2s
queue_run_delay = 2s
maximal_backoff_time = 4s
smtpd_milters = {milters}
non_smtpd_milters = $smtpd_milters
milter_default_action = tempfail
milter_command_timeout = 60s
{more}
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - 250 smtpd
127.0.0.1:{reinjection_port} inet n - n - 50 smtpd
  -o smtpd_milters=
  -o receive_override_options=no_milters
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - 100 smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""


def missing():
    """Why no private Postfix can run here; None when it can."""
    if not os.path.exists("/usr/lib/postfix/sbin/master"):
        return "Postfix is not installed (contrib/dependencies install run)"
    if os.geteuid() != 0:
        return "Postfix's master must be started as root"
    return None


def _milter_for_postfix(milter):
    """libmilter says inet:port@host, Postfix inet:host:port."""
    if milter.startswith("inet:"):
        port, _, host = milter[len("inet:"):].partition("@")
        return f"inet:{host}:{port}"
    return milter


class Postfix:
    """Configured at construction, running between start() and stop().

    `milter` is a socket in libmilter's notation, or empty for none; `more` is added to main.cf.
    """

    def __init__(self, sink_port, milter, more=""):
        # Its processes run as `postfix`, which must be able to pass through to the queue.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postwacht-postfix-"))
        self.folder.chmod(0o755)
        self.etc = self.folder / "etc"
        self.maillog = self.folder / "maillog"
        self.port = free_port()
        self.reinjection_port = free_port()
        while self.reinjection_port == self.port:
            self.reinjection_port = free_port()
        self._process = None
        for name in ("etc", "spool", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        values = {"spool": self.folder / "spool", "data": self.folder / "data",
                  "maillog": self.maillog, "folder": self.folder, "sink_port": sink_port,
                  "milters": _milter_for_postfix(milter), "more": more, "port": self.port,
                  "reinjection_port": self.reinjection_port}
        (self.etc / "main.cf").write_text(_MAIN.format(**values), encoding="utf-8")
        (self.etc / "master.cf").write_text(_MASTER.format(**values), encoding="utf-8")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def start(self):
        checked = run(["postfix", "-c", self.etc, "check"])  # makes the queue's folders
        if checked.returncode != 0:
            raise RuntimeError(f"postfix check: {checked.stderr.decode()}{self.maillog_text()}")
        # The master itself, not `postfix start-fg`, whose shell would not pass a signal on.
        self._process = Process(["/usr/lib/postfix/sbin/master", "-c", self.etc, "-s"],
                                self.folder / "master.log")

        def ready_or_dead():
            if not self._process.is_running():
                raise NotInTime(f"Postfix ended: {self._process.output()}{self.maillog_text()}")
            return (is_listening(f"inet:{self.port}@127.0.0.1")
                    and is_listening(f"inet:{self.reinjection_port}@127.0.0.1"))
        until(ready_or_dead, "Postfix's listeners", 30)
        return self

    def stop(self):
        """Ends the master and every process of its session. The queue stays."""
        if self._process is not None:
            process, self._process = self._process, None
            process.stop(20)

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def maillog_text(self):
        try:
            return self.maillog.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def submit(self, sender, recipients, message, options=()):
        """Sends over SMTP; gives the final reply as (code, text). Recipients may be refused."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=120) as client:
            client.ehlo("client.uitkering.example")
            code, text = client.mail(sender, list(options))
            if code >= 400:
                return code, text.decode("utf-8", "replace")
            accepted = 0
            for recipient in recipients:
                code, text = client.rcpt(recipient)
                accepted += code < 400
            if not accepted:
                return code, text.decode("utf-8", "replace")
            code, text = client.data(message)
            return code, text.decode("utf-8", "replace")

    def sendmail(self, arguments, message):
        """Postfix's sendmail(1) with this instance's configuration."""
        return run(["/usr/sbin/sendmail", "-C", self.etc] + list(arguments), stdin=message,
                   environment={"MAIL_CONFIG": str(self.etc)})

    def flush(self):
        """Asks for a delivery attempt of all that is queued."""
        return run(["postqueue", "-c", self.etc, "-f"])

    def queue(self):
        """What postqueue lists, as text."""
        return run(["postqueue", "-c", self.etc, "-p"]).stdout.decode("utf-8", "replace")

    def queue_is_empty(self):
        return "Mail queue is empty" in self.queue()
