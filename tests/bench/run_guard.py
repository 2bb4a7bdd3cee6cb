#!/usr/bin/env python3
"""What looking at runs adds to a letter: CPU time with [run_guard] and without, in alternating rounds.

    tests/bench/run_guard.py [--bin DIR] [--letters N] [--rounds N]

Letters of 9 KB about different people, judged in one process by letter_cost: of one merge, and such
that no two are alike, which is the most there is to compare. All of them leave. Prints the median of
the rounds' ratios, and the least and the greatest; asserts nothing.
"""

import argparse
import os
import pathlib
import random
import statistics
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.path.insert(0, str(HERE.parent / "integration"))

import people  # noqa: E402
import test_runs  # noqa: E402
from instance import Instance  # noqa: E402
from processes import run  # noqa: E402

LETTERS_APART = 600


def words(source, count):
    """Text of made-up words, in lines."""
    made = ("".join(source.choice("abdegiklmnoprstuvw") for _ in range(source.randint(4, 9)))
            for _ in range(count))
    return "".join(word + ("\n" if n % 12 == 11 else " ") for n, word in enumerate(made))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--letters", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    os.environ["POSTWACHT_BIN_DIR"] = str(pathlib.Path(options.bin).resolve())
    source = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        instance = Instance(folder / "instance", registry=False)
        instance.build_registry(people.write_registry(
            folder / "source", people=test_runs.PEOPLE, organisations=(), relations=()))
        with_rule = test_runs.ACCEPTING.format(own_domain=people.OWN_DOMAIN)
        filler = words(source, 1150)
        kinds = {"of one merge": [], "all different": []}
        for number in range(LETTERS_APART):
            about = test_runs.text_about(test_runs.PEOPLE[number % test_runs.ROWS])
            for kind, text in (("of one merge", about + filler),
                               ("all different", words(source, 1150) + about)):
                file = folder / f"{kind}-{number}.eml"
                file.write_bytes(people.letter("lezer@elders.example", text=text))
                kinds[kind].append(file)

        def cost(files, policy):
            (instance.directory / "policy.toml").write_text(policy, encoding="utf-8")
            done = run([pathlib.Path(options.bin) / "letter_cost", instance.config, people.SENDER,
                        "lezer@elders.example", options.letters, *files])
            return float(done.stdout.split()[0])

        for kind, files in kinds.items():
            ratios, costs = [], []
            for _ in range(options.rounds):
                without = cost(files, with_rule.replace("[run_guard]", ""))
                costs.append(without)
                ratios.append(cost(files, with_rule) / without)
            print(f"{kind}: {statistics.median(costs):.0f} us without, ratio "
                  f"{statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})")


if __name__ == "__main__":
    main()
