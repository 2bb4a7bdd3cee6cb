"""Documents agree with the code: log ids, configuration keys, links between documents."""

import posixpath
import re

from tree import Finding

MANUAL = "milter/programs/postwacht-milter.8"
# Of the programs that write a log.
MANUALS = (MANUAL, "milter/programs/postwacht-review.8")
CONFIG_CODE = ("milter/programs/config.cpp", "milter/programs/config_mta.cpp")
CONFIG_MANUAL = "milter/programs/postwacht.conf.5"
CONFIG_EXAMPLE = "contrib/postwacht.toml.example"

LOG_ID = re.compile(r'"(PW_[A-Z0-9_]+)"')
MANUAL_ID = re.compile(r"\bPW_[A-Z0-9_]+\b")
# A key that the program reads: table.string("socket"), table.integer("parts", ...); and a table.
READ_KEY = re.compile(r'\b(?:string|integer|boolean|date|strings|duration|place|places|choice|tables?)'
                      r'\(\s*"([a-z0-9_]+)"|\b(?:open_table|read_address|read_addresses|read_command|read_time)\('
                      r'\s*\w+,\s*"([a-z0-9_]+)"')
TOML_TABLE = re.compile(r"^#?\s*\[+(?:[a-z_]+\.)*([a-z_]+)\]+")
TOML_KEY = re.compile(r"^#?([a-z0-9_]+)\s*=")
MARKDOWN_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def log_ids(tree):
    """Every id that the log may show is explained in postwacht-milter(8) or postwacht-review(8), and
    no other."""
    used = {}
    for name in tree.under("milter/", ".cpp", ".hpp"):
        for number, line in tree.lines(name):
            for log_id in LOG_ID.findall(line):
                used.setdefault(log_id, (name, number))
    if not tree.has(MANUAL):
        if used:
            yield Finding(MANUAL, 0, "log_ids", "is missing")
        return
    explained = {}
    for manual in filter(tree.has, MANUALS):
        for number, line in tree.lines(manual):
            for log_id in MANUAL_ID.findall(line):
                explained.setdefault(log_id, (manual, number))
    for log_id in sorted(used.keys() - explained.keys()):
        name, number = used[log_id]
        yield Finding(name, number, "log_ids", f"{log_id} is not explained in {MANUAL}")
    for log_id in sorted(explained.keys() - used.keys()):
        manual, number = explained[log_id]
        yield Finding(manual, number, "log_ids", f"nothing logs {log_id}")


def config_keys(tree):
    """The example configuration and postwacht.conf(5) know every key that is read, and no other."""
    code = list(filter(tree.has, CONFIG_CODE))
    if not code:
        return
    read = {key or table for name in code for key, table in READ_KEY.findall(tree.text(name))}
    if tree.has(CONFIG_EXAMPLE):
        shown = set()
        for _, line in tree.lines(CONFIG_EXAMPLE):
            match = TOML_TABLE.match(line) or TOML_KEY.match(line)
            if match:
                shown.add(match.group(1))
        for key in sorted(read - shown):
            yield Finding(CONFIG_EXAMPLE, 0, "config_keys", f"'{key}' is read but not shown")
        for key in sorted(shown - read):
            yield Finding(CONFIG_EXAMPLE, 0, "config_keys", f"'{key}' is shown but not read")
    else:
        yield Finding(CONFIG_EXAMPLE, 0, "config_keys", "is missing")
    if tree.has(CONFIG_MANUAL):
        manual = tree.text(CONFIG_MANUAL)
        for key in sorted(key for key in read if not re.search(rf"\b{key}\b", manual)):
            yield Finding(CONFIG_MANUAL, 0, "config_keys", f"'{key}' is read but not explained")
    else:
        yield Finding(CONFIG_MANUAL, 0, "config_keys", "is missing")


def links(tree):
    """A link in a document leads to a file of the tree."""
    folders = {posixpath.dirname(name) for name in tree.files}
    known = set(tree.files)
    while folders:
        known |= folders
        folders = {posixpath.dirname(folder) for folder in folders} - known
    for name in tree.under("", ".md"):
        for number, line in tree.lines(name):
            for target in MARKDOWN_LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
                if path not in known:
                    yield Finding(name, number, "links", f"{target} does not exist")


RULES = [log_ids, config_keys, links]
