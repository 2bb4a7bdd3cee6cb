#!/usr/bin/env python3
"""What judging a letter costs with a large registry, beside a small one.

    tests/bench/registry_size.py [--bin DIR] [--small N] [--large N | --source DIR] [--index FILE --key FILE]
                                 [--letters N] [--rounds N]

The letters are those of letter.py, about a thousand people drawn from all over each registry, so that the
pages of the large one are as cold as they are in use. They are judged by letter_cost in one process and
thread, under a policy that holds nothing, in alternating rounds. An index that was built before, of the
registry in --source, is taken with --index and its --key. Prints medians of CPU time and their ratio;
asserts nothing.
"""

import argparse
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import letter as letters  # noqa: E402
from instance import Instance, program  # noqa: E402


def make_source(folder, subjects):
    subprocess.run([sys.executable, HERE / "make_registry.py", "--subjects", str(subjects), folder], check=True)
    return folder


def make_command(folder, source, count, index=None, key=None):
    """How letter_cost is asked for letters about people of this registry."""
    instance = Instance(folder, own_domain=letters.OWN_DOMAIN, registry=False)
    if index:
        target = folder / "registry" / "index.mdb"
        target.unlink(missing_ok=True)
        for file in index.parent.glob(index.name + "*"):
            (folder / "registry" / file.name).symlink_to(file.resolve())
        shutil.copy(key, folder / "keys" / "registry.key")
    else:
        instance.build_registry(source)
    policy = folder / "policy.toml"
    policy.write_text(policy.read_text().replace('mode = "enforce"', 'mode = "simulate"', 1))
    named = random.Random(1).sample(letters.subjects(source, 100_000), 1000)
    files = []
    for number, subject in enumerate(named):
        files.append(folder / f"{number}.eml")
        files[-1].write_bytes(letters.letter(subject, html=False))
    return [program("letter_cost"), folder / "postwacht.toml", letters.SENDER, "iemand@elders.example", str(count), *files]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--source", type=pathlib.Path, help="a large registry that was made before")
    parser.add_argument("--index", type=pathlib.Path)
    parser.add_argument("--key", type=pathlib.Path)
    parser.add_argument("--letters", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.bin:
        os.environ["POSTWACHT_BIN_DIR"] = str(options.bin.resolve())
    with tempfile.TemporaryDirectory(prefix="postwacht-bench-") as work:
        work = pathlib.Path(work)
        small = make_source(work / "small-source", options.small)
        large = options.source or make_source(work / "large-source", options.large)
        commands = {"small": make_command(work / "small", small, options.letters),
                    "large": make_command(work / "large", large, options.letters, options.index, options.key)}
        cost = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
                cost[name].append(float(done.stdout.split()[0]))
        ratios = sorted(b / a for a, b in zip(cost["small"], cost["large"]))
        print(f"small {statistics.median(cost['small']):.1f} us, large {statistics.median(cost['large']):.1f} us of CPU "
              f"a letter, ratio {statistics.median(ratios):.2f} (rounds {ratios[0]:.2f}-{ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
