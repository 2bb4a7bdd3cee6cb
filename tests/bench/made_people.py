"""People for benches that need many of them, each found by number, name and birth date."""

import people

NAMES = "Berkel Dongen Eemnes Gestel Haaren Kessel Lunteren Meerlo Nuenen Ootmarsum".split()


def make_people(count):
    made, number = [], 20000000
    while len(made) < count:
        number += 37
        try:
            bsn = people.bsn(str(number))
        except ValueError:
            continue
        made.append(people.Person(
            f"B-{len(made)}", bsn, f"BN-{number}", "A.", "Anneke", "van",
            NAMES[len(made) % len(NAMES)], f"{1960 + len(made) % 40}-0{1 + len(made) % 9}-17",
            "9871QZ", str(1 + len(made)), f"b{len(made)}@bench.example"))
    return made
