"""The tree that the lint rules look at: its tracked files, and a finding about one of them.

Tracked means what git would commit: files in the index and new ones that .gitignore does not
name. Without git (an unpacked release archive) it is every file outside build/.
"""

import dataclasses
import functools
import os
import pathlib
import subprocess

# Files whose bytes are test input: real or damaged mails, fuzz seeds. No rule about text holds.
INPUT_FOLDERS = ("tests/fuzz/corpus/", "tests/golden/")
INPUT_SUFFIXES = (".eml", ".bin")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int  # from 1; 0 where the whole file or the whole tree is meant
    rule: str
    text: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.rule}: {self.text}"


class Tree:
    """A folder and the tracked files in it, as paths relative to it with forward slashes."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()

    @functools.cached_property
    def files(self):
        listed = self._from_git()
        if listed is None:
            listed = self._from_folder()
        return sorted(path for path in listed if (self.root / path).is_file())

    def _from_git(self):
        if not (self.root / ".git").exists():
            return None
        # The checkout may belong to another user than the one who runs the tests.
        command = ["git", "-c", f"safe.directory={self.root}", "-C", str(self.root), "ls-files",
                   "-z", "--cached", "--others", "--exclude-standard"]
        try:
            output = subprocess.run(command, check=True, capture_output=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return None
        return {os.fsdecode(name) for name in output.split(b"\0") if name}

    def _from_folder(self):
        listed = set()
        for folder, names, files in os.walk(self.root):
            names[:] = [name for name in names if name not in (".git", "build", "__pycache__")]
            for name in files:
                listed.add((pathlib.Path(folder) / name).relative_to(self.root).as_posix())
        return listed

    def path(self, name):
        return self.root / name

    @functools.lru_cache(maxsize=None)
    def bytes(self, name):
        return (self.root / name).read_bytes()

    @functools.lru_cache(maxsize=None)
    def text(self, name):
        return self.bytes(name).decode("utf-8", "replace")

    def lines(self, name):
        """Pairs of line number and line."""
        return enumerate(self.text(name).splitlines(), start=1)

    def has(self, name):
        return name in self.files

    def under(self, prefix, *suffixes):
        """The files below a folder ("" is the whole tree) that end in one of the suffixes."""
        return [name for name in self.files
                if name.startswith(prefix) and (not suffixes or name.endswith(suffixes))]

    @functools.cached_property
    def cpp(self):
        return [name for name in self.under("", ".cpp", ".hpp") if not is_input(name)]

    @functools.cached_property
    def scripts(self):
        """Pairs of file and language, "sh" or "python": by suffix, else by the first line."""
        found = []
        for name in self.files:
            if is_input(name):
                continue
            language = self._language(name)
            if language:
                found.append((name, language))
        return found

    def _language(self, name):
        if name.endswith(".py"):
            return "python"
        if name.endswith(".sh"):
            return "sh"
        if "." in pathlib.PurePosixPath(name).name.lstrip("."):
            return None
        first = self.bytes(name)[:100].split(b"\n", 1)[0]
        if not first.startswith(b"#!"):
            return None
        if b"python" in first:
            return "python"
        return "sh" if first.rstrip().endswith((b"/sh", b"/bash", b" sh", b" bash")) else None


def is_input(name):
    return name.startswith(INPUT_FOLDERS) or name.endswith(INPUT_SUFFIXES)
