#!/usr/bin/env python3
"""Checks the whole tree against the rules of the project.

    lint.py [--root DIR] [--list] [--skip RULE] [RULE ...]

Prints one line for each finding, "file:line: rule: what is wrong", and exits with 1 if there is
any, 2 for a wrong command line. Needs Python 3.11 and nothing from outside its library; some rules
run clang-format-14, mandoc, bash and systemd-analyze.
"""

import argparse
import pathlib
import sys

import rules_docs
import rules_files
import rules_policy
import rules_rooms
import rules_tools
from tree import Tree

RULES = {rule.__name__: rule
         for module in (rules_rooms, rules_files, rules_docs, rules_policy, rules_tools)
         for rule in module.RULES}


def findings(root, names):
    """All findings of the named rules, sorted."""
    tree = Tree(root)
    found = []
    for name in names:
        found.extend(RULES[name](tree))
    return sorted(found)


def main(arguments):
    parser = argparse.ArgumentParser(description="Checks the tree against the project's rules.")
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--list", action="store_true", help="list the rules")
    parser.add_argument("--skip", action="append", default=[], metavar="RULE")
    parser.add_argument("rules", nargs="*", metavar="RULE")
    options = parser.parse_args(arguments)
    if options.list:
        for name, rule in RULES.items():
            print(f"{name:16} {rule.__doc__}")
        return 0
    unknown = [name for name in options.rules + options.skip if name not in RULES]
    if unknown:
        parser.error(f"no rule '{unknown[0]}' (see --list)")
    chosen = [name for name in options.rules or RULES if name not in options.skip]
    found = findings(options.root, chosen)
    for finding in found:
        print(finding)
    print(f"{len(chosen)} rules, {len(Tree(options.root).files)} files: "
          + (f"{len(found)} findings" if found else "nothing to say"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
