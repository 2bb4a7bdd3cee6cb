"""A private Sendmail 8.17 beside whatever MTA is installed.

Debian's sendmail and postfix packages exclude each other, so its packages are only unpacked. It runs
in mount, UTS and process namespaces of its own: there it sees its folder as /mnt, a /dev with its
own log socket, and a host name; outside nothing changes. Ending the first process of the namespace
ends them all. Needs root, CAP_SYS_ADMIN, m4, and the libraries that contrib/dependencies lists.

The downloaded packages are kept in POSTWACHT_DOWNLOADS (default: build/downloads in the source tree).
"""

import fcntl
import os
import pathlib
import re
import shutil
import signal
import smtplib
import socket
import tempfile
import threading

from instance import SOURCE_DIRECTORY
from processes import Process, processes_where, run
from waiting import NotInTime, free_port, is_listening, until

_PACKAGES = ("sendmail-bin", "sendmail-cf")

_CONFIGURATION = """\
divert(0)dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mail.uitkering.example')dnl
define(`QUEUE_DIR', `/mnt/mqueue')dnl
define(`STATUS_FILE', `/mnt/run/statistics')dnl
define(`ALIAS_FILE', `')dnl
define(`confPID_FILE', `/mnt/run/sendmail.pid')dnl
define(`confCW_FILE', `-o /mnt/etc/local-host-names')dnl
define(`confSERVICE_SWITCH_FILE', `/mnt/etc/service.switch')dnl
define(`confDONT_PROBE_INTERFACES', `true')dnl
define(`confDELIVERY_MODE', `background')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confMILTER_LOG_LEVEL', `14')dnl
define(`confTO_IDENT', `0')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confDELAY_LA', `0')dnl
define(`SMART_HOST', `smtp:[127.0.0.1]')dnl
define(`SMTP_MAILER_ARGS', `TCP $h {sink_port}')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`nocanonify')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`accept_unresolvable_domains')dnl
DAEMON_OPTIONS(`Name=MTA, Family=inet, Addr=127.0.0.1, Port={port}')dnl
DAEMON_OPTIONS(`Name=Reinjection, Family=inet, Addr=127.0.0.1, Port={reinjection_port}, InputMailFilters=')dnl
INPUT_MAIL_FILTER(`postwacht', `S={milter}, F=T, T=C:30s;S:10s;R:5m;E:10m')dnl
MAILER(`smtp')dnl
"""

# Run inside the new namespaces, with the instance's folder as $1 and the program behind it.
_ENTER = r"""
set -e
folder=$1; shift
mount --make-rprivate /
hostname mail.uitkering.example
mount --bind "$folder" /mnt
# A /dev with the few devices Sendmail opens, and room for a log socket of its own.
mkdir -p /mnt/dev
mount -t tmpfs -o size=64k,mode=755 tmpfs /mnt/dev
for device in null zero random urandom; do
    : > /mnt/dev/$device
    mount --bind /dev/$device /mnt/dev/$device
done
ln -s /mnt/run/log /mnt/dev/log
mount --bind /mnt/etc/hosts /etc/hosts
mount --rbind /mnt/dev /dev
exec "$@"
"""


def missing():
    """Why no private Sendmail can run here; None when it can."""
    if os.geteuid() != 0:
        return "namespaces need root"
    if shutil.which("m4") is None:
        return "m4 is not installed (contrib/dependencies install test)"
    probe = run(["unshare", "--uts", "--mount", "--pid", "--fork", "sh", "-c",
                 "mount --make-rprivate / && mount -t tmpfs tmpfs /mnt"])
    if probe.returncode != 0:
        return "mount namespaces are not allowed here: " + probe.stderr.decode().strip()
    return None


def _unpacked_packages(folder):
    """Unpacks Sendmail's packages into `folder`, fetching them where they are not here yet."""
    downloads = pathlib.Path(os.environ.get("POSTWACHT_DOWNLOADS",
                                            SOURCE_DIRECTORY / "build" / "downloads"))
    downloads.mkdir(parents=True, exist_ok=True)
    with open(downloads / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for package in _PACKAGES:
            if list(downloads.glob(f"{package}_*.deb")):
                continue
            # apt wants to drop its rights, and its user cannot enter every folder.
            fetched = run(["apt-get", "-o", "APT::Sandbox::User=root", "download", package],
                          directory=downloads)
            if fetched.returncode != 0:
                raise RuntimeError(f"apt-get download {package}: {fetched.stderr.decode()}")
    for package in _PACKAGES:
        archive = sorted(downloads.glob(f"{package}_*.deb"))[-1]
        unpacked = run(["dpkg", "-x", archive, folder])
        if unpacked.returncode != 0:
            raise RuntimeError(f"dpkg -x {archive.name}: {unpacked.stderr.decode()}")


class _LogSocket:
    """The /dev/log of the namespace: writes each line to a file, without its priority."""

    def __init__(self, path, log):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        os.chmod(path, 0o666)
        self._log = log
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def _copy(self):
        with open(self._log, "a", encoding="utf-8", buffering=1) as log:
            while True:
                line = self._socket.recv(65536).decode("utf-8", "replace")
                if line == "end":
                    return
                log.write(re.sub(r"^<\d+>", "", line).rstrip("\n\0") + "\n")

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.sendto(b"end", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()


class Sendmail:
    """Configured at construction, running between start() and stop().

    `milter` is as Sendmail sees it. It refuses a Unix socket below a folder that everybody may write
    to, such as /tmp; its own folder's run/ is /mnt/run to it, and fine.
    """

    def __init__(self, sink_port, milter):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postwacht-sendmail-"))
        self.folder.chmod(0o755)
        for name, mode in (("etc", 0o755), ("run", 0o755), ("mqueue", 0o700)):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(mode)
        self.maillog = self.folder / "run" / "maillog"
        self.port, self.reinjection_port = free_port(), free_port()
        self._process = None
        self._log_socket = None
        _unpacked_packages(self.folder / "root")
        program = self.folder / "root/usr/libexec/sendmail/sendmail"
        program.chmod(0o755)  # without set-gid: Sendmail is picky about who may write its queue
        self._write_configuration(sink_port, milter)

    def _write_configuration(self, sink_port, milter):
        etc = self.folder / "etc"
        (etc / "hosts").write_text("127.0.0.1 mail.uitkering.example localhost\n")
        (etc / "service.switch").write_text("hosts files\naliases files\n")
        (etc / "local-host-names").write_text("nowhere.example\n")
        (self.folder / "run" / "statistics").touch()
        # Not str.format(): m4 has braces of its own.
        text = _CONFIGURATION
        for name, value in (("sink_port", sink_port), ("port", self.port), ("milter", milter),
                            ("reinjection_port", self.reinjection_port)):
            text = text.replace("{%s}" % name, str(value))
        (etc / "postwacht.mc").write_text(text)
        macros = self.folder / "root/usr/share/sendmail/cf"
        made = run(["m4", f"-D_CF_DIR_={macros}/", macros / "m4" / "cf.m4", etc / "postwacht.mc"])
        if made.returncode != 0:
            raise RuntimeError(f"m4: {made.stderr.decode()}")
        (etc / "sendmail.cf").write_bytes(made.stdout)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def _inside(self, *arguments):
        """Sendmail's command line in namespaces of its own."""
        return ["unshare", "--uts", "--mount", "--pid", "--fork", "--kill-child",
                "sh", "-c", _ENTER, "sh", str(self.folder),
                "/mnt/root/usr/libexec/sendmail/sendmail", "-C", "/mnt/etc/sendmail.cf",
                *arguments]

    def start(self):
        if self._log_socket is None:
            self._log_socket = _LogSocket(self.folder / "run" / "log", self.maillog)
        self._process = Process(self._inside("-L", "sm", "-bD", "-q1s"),
                                self.folder / "run" / "out")

        def ready_or_dead():
            if not self._process.is_running():
                raise NotInTime(f"Sendmail ended: {self._process.output()}{self.maillog_text()}")
            return is_listening(f"inet:{self.port}@127.0.0.1")
        until(ready_or_dead, "Sendmail's listener", 30)
        return self

    @property
    def pid(self):
        """The process outside whose end is the end of all inside."""
        return self._process.pid

    def command(self, *arguments):
        """The command line that runs sendmail with other arguments."""
        return self._inside(*arguments)

    def run(self, *arguments):
        """Runs sendmail with other arguments: -bp -qQ lists the quarantine."""
        done = run(self._inside(*arguments))
        return (done.stdout + done.stderr).decode("utf-8", "replace")

    def stop(self):
        """Ends the daemon and with it its process namespace. The queue stays."""
        if self._process is not None:
            process, self._process = self._process, None
            # unshare(1) itself is deaf to SIGTERM; its child is Sendmail.
            for pid in processes_where(lambda parent, _: parent == process.pid):
                os.kill(pid, signal.SIGTERM)
            process.wait(20)
            process.stop()

    def close(self):
        try:
            self.stop()
        finally:
            if self._log_socket is not None:
                self._log_socket.close()
                self._log_socket = None
            shutil.rmtree(self.folder, ignore_errors=True)

    def maillog_text(self):
        try:
            return self.maillog.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def submit(self, sender, recipients, message):
        """Sends over SMTP; gives the final reply as (code, text)."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=120) as client:
            client.ehlo("client.uitkering.example")
            code, text = client.mail(sender)
            if code >= 400:
                return code, text.decode("utf-8", "replace")
            for recipient in recipients:
                code, text = client.rcpt(recipient)
                if code >= 400:
                    return code, text.decode("utf-8", "replace")
            code, text = client.data(message)
            return code, text.decode("utf-8", "replace")

    def queue_is_empty(self):
        return not any(self.folder.glob("mqueue/[qh]f*"))
