"""What quality.py prints of letters and the verdicts about them."""

import collections


def report(letters, verdicts, show):
    rows = collections.defaultdict(collections.Counter)
    failures = []
    for number, ((kind, carrier, expected, wrong, _, _, doubles), verdict) in enumerate(zip(letters, verdicts)):
        row = rows[kind]
        held = verdict["action"] != "accept"
        found = {s["subject"] for s in verdict["subjects"]}
        row["wrong" if wrong else "right"] += 1
        row["missed"] += wrong and not held
        row["false"] += held and not wrong
        # Held for somebody whom the letter may mean, and reported as such.
        unsure = {s["subject"] for s in verdict["subjects"] if s.get("ambiguous")}
        row["for a double"] += held and not wrong and found - expected <= doubles & unsure
        row["expected"] += len(expected)
        row["found"] += len(expected & found)
        row["extra"] += len(found - expected)
        if held != wrong or found != expected:
            failures.append((kind, carrier, number, expected - found, found - expected))
    total = collections.Counter()
    print(f"{'kind':<28}{'wrong':>6}{'held':>6}{'recall':>9}   {'right':>6}{'held':>6}{'false':>9}   "
          f"{'people':>7}{'found':>8}{'extra':>6}")
    for kind, row in [*rows.items(), ("total", total)]:
        if kind != "total":
            total.update(row)
        recall = 1 - row["missed"] / row["wrong"] if row["wrong"] else 1
        false = row["false"] / row["right"] if row["right"] else 0
        found = row["found"] / row["expected"] if row["expected"] else 1
        print(f"{kind:<28}{row['wrong']:>6}{row['wrong'] - row['missed']:>6}{recall:>9.2%}   {row['right']:>6}"
              f"{row['false']:>6}{false:>9.2%}   {row['expected']:>7}{found:>8.2%}{row['extra']:>6}")
    right, false, doubled = total["right"], total["false"], total["for a double"]
    if right:
        print(f"\nfalse quarantine: {false} of {right} ({false / right:.2%}); of these {doubled} for somebody whom nothing "
              f"in the letter tells\nfrom the person who is meant, and {false - doubled} for another reason "
              f"({(false - doubled) / right:.2%})")
    for failure in failures[:show]:
        print(*failure)
    return failures
