#!/usr/bin/env python3
"""Writes a made-up Dutch registry as the three CSV files of a registry source.

    make_registry.py --subjects 1000000 --seed 1 DIRECTORY

The people, organisations and addresses exist nowhere; every domain ends in .example. The same seed
and size give the same bytes. BSNs pass the 11-test and are all different. A million subjects take
about half a minute.
"""

import argparse
import datetime
import pathlib
import random

MALE = (
    "Jan Piet Klaas Willem Hendrik Cornelis Johannes Gerrit Daan Sem Lucas Finn Bram Thijs "
    "Mohammed Youssef Ahmed Emre Kees Sjoerd Jurre Tygo Rik Maarten Wouter Joost Ruben"
).split()
FEMALE = (
    "Anna Maria Johanna Elisabeth Cornelia Emma Sophie Julia Mila Tess Saar Fleur Lotte Fatima "
    "Aïcha Meryem Ayşe Femke Sanne Marijke Ingrid Noor Iris Hanneke Chloë Zoë Renée"
).split()
# A surname and its prefix, as they are registered.
SURNAMES = [
    tuple(name.split("|"))
    for name in (
        "|Jansen;de|Jong;van den|Berg;van|Dijk;|Bakker;|Visser;|Smit;|Meijer;de|Boer;|Mulder;"
        "de|Groot;|Bos;|Vos;|Peters;|Hendriks;van|Leeuwen;|Dekker;|Brouwer;de|Wit;|Dijkstra;"
        "|Smits;de|Graaf;van der|Meer;van der|Linden;|Kok;|Jacobs;de|Haan;|Vermeulen;"
        "van den|Heuvel;van de|Ven;van der|Veen;|Yılmaz;|El Amrani;|Bouzid;|Özdemir;|Singh;"
        "in 't|Veld;ter|Horst;ten|Brink;|Hoogeveen;|Postma;|Zijlstra;d'|Hondt;|Müller;|Nguyen"
    ).split(";")
]
TRADES = (
    "Bakkerij Slagerij Garage Installatiebedrijf Bouwbedrijf Kwekerij Transport Schildersbedrijf "
    "Zorggroep Kinderopvang Drukkerij Administratiekantoor Hoveniers Metaal Logistiek Horeca"
).split()
POSTCODE_LETTERS = "ABCDEFGHJKLNPRSTUVWXZ"
MAIL_DOMAINS = ("post.example", "mijnmail.example", "brievenbus.example", "thuis.example")
FIRST_DAY = datetime.date(2010, 1, 1)
LAST_DAY = datetime.date(2026, 10, 31)
BORN_FIRST = datetime.date(1938, 1, 1)
BORN_LAST = datetime.date(2008, 12, 31)

SUBJECT_HEADER = (
    "subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,"
    "partner_surname,birth_date,postcode,house_number,emails\n"
)
ORGANISATION_HEADER = "organisation_id,name,domains,addresses,kvk,payroll_number\n"
RELATION_HEADER = "subject_id,relation,organisation_id,email,valid_from,valid_to\n"


def days_between(first, last):
    """All days as ISO text; a list to draw from is faster than arithmetic on dates."""
    count = (last - first).days + 1
    return [(first + datetime.timedelta(days=i)).isoformat() for i in range(count)]


def valid_bsns(count, rng):
    """Different BSNs: eight digits drawn without repetition, with the check digit that fits."""
    bsns = []
    seen = set()
    while len(bsns) < count:
        stem = int(rng.random() * 99_999_999) + 1
        if stem in seen:
            continue
        seen.add(stem)
        rest = stem
        total = 0
        for weight in range(2, 10):
            rest, digit = divmod(rest, 10)
            total += weight * digit
        check = total % 11
        if check < 10:  # no digit makes the others pass
            bsns.append(f"{stem:08d}{check}")
    return bsns


def ascii_word(text):
    """A name as it stands in an e-mail address."""
    plain = text.lower().translate(str.maketrans("ïëéşıöüç", "ieesiouc"))
    return "".join(c for c in plain if c.isascii() and c.isalnum())


def write_organisations(directory, count, rng):
    with open(directory / "organisations.csv", "w", encoding="utf-8", newline="") as out:
        out.write(ORGANISATION_HEADER)
        for number in range(count):
            trade = rng.choice(TRADES)
            surname = rng.choice(SURNAMES)[1]
            domain = f"{ascii_word(trade)}-{ascii_word(surname)}-{number}.example"
            address = f"salaris@kantoor{number}.example" if number % 10 == 0 else ""
            out.write(
                f'O-{number},"{trade} {surname}, vestiging {number % 97}",{domain},{address},'
                f"{10_000_000 + number:08d},{number:09d}L{number % 90 + 10}\n"
            )


def write_subjects(directory, count, rng):
    born = days_between(BORN_FIRST, BORN_LAST)
    surname_words = {surname: ascii_word(surname) for _, surname in SURNAMES}
    pick = rng.random  # the one source of chance: choice() and randrange() are several times slower
    with open(directory / "subjects.csv", "w", encoding="utf-8", newline="") as out:
        out.write(SUBJECT_HEADER)
        for number, bsn in enumerate(valid_bsns(count, rng)):
            female = pick() < 0.5
            names = FEMALE if female else MALE
            given = names[int(pick() * len(names))]
            second = names[int(pick() * len(names))] if pick() < 0.4 else ""
            initials = given[0] + "." + (second[0] + "." if second else "")
            prefix, surname = SURNAMES[int(pick() * len(SURNAMES))]
            partner_prefix, partner = ("", "")
            if pick() < 0.3:
                partner_prefix, partner = SURNAMES[int(pick() * len(SURNAMES))]
            postcode = (
                f"{1000 + int(pick() * 9000)}"
                f"{POSTCODE_LETTERS[int(pick() * 21)]}{POSTCODE_LETTERS[int(pick() * 21)]}"
            )
            house = f"{1 + int(pick() * 300)}{'abc'[int(pick() * 3)] if pick() < 0.1 else ''}"
            email = ""
            if pick() < 0.8:
                email = (
                    f"{ascii_word(given[0])}.{surname_words[surname]}.{number}"
                    f"@{MAIL_DOMAINS[int(pick() * len(MAIL_DOMAINS))]}"
                )
            other = f"DOS-{20100000 + number:09d}" if pick() < 0.5 else ""
            out.write(
                f"S-{number},{bsn},{other},{initials},{given}{' ' if second else ''}{second},"
                f"{prefix},{surname},{partner_prefix},{partner},{born[int(pick() * len(born))]},"
                f"{postcode},{house},{email}\n"
            )


def write_relations(directory, subjects, organisations, rng):
    days = days_between(FIRST_DAY, LAST_DAY)
    pick = rng.random
    with open(directory / "relations.csv", "w", encoding="utf-8", newline="") as out:
        out.write(RELATION_HEADER)
        for number in range(subjects):
            # Employers one after the other, the last one often still.
            day = int(pick() * len(days))
            for _ in range(1 + int(pick() * pick() * 4)):
                if day >= len(days):
                    break
                end = day + 30 + int(pick() * 1500)
                until = days[end] if end < len(days) else ""
                organisation = int(pick() * organisations)
                out.write(f"S-{number},employer,O-{organisation},,{days[day]},{until}\n")
                day = end + 1
            if pick() < 0.05:
                out.write(
                    f"S-{number},representative,,advocaat{int(pick() * 5000)}@recht.example,"
                    f"{days[int(pick() * len(days))]},\n"
                )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", type=int, default=1000)
    parser.add_argument("--organisations", type=int, help="default: one for fifteen subjects")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("directory", type=pathlib.Path)
    arguments = parser.parse_args()
    organisations = arguments.organisations or max(1, arguments.subjects // 15)
    arguments.directory.mkdir(parents=True, exist_ok=True)
    # One generator per file, so that the size of one does not change the others.
    seed = arguments.seed
    write_organisations(arguments.directory, organisations, random.Random(f"{seed} organisations"))
    write_subjects(arguments.directory, arguments.subjects, random.Random(f"{seed} subjects"))
    write_relations(
        arguments.directory, arguments.subjects, organisations, random.Random(f"{seed} relations")
    )


if __name__ == "__main__":
    main()
