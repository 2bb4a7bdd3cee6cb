#!/usr/bin/env python3
"""Writes a made-up Dutch registry as the three CSV files of a registry source.

    make_registry.py --subjects 1000000 --seed 1 DIRECTORY
    make_registry.py --subjects 18000000 --relations 40000000 DIRECTORY

The people, organisations and addresses exist nowhere; every domain ends in .example. The same seed
and size give the same bytes. BSNs pass the 11-test and are all different. All processors work on
it: on two, a million subjects take some ten seconds.
"""

import argparse
import datetime
import functools
import multiprocessing
import pathlib
import random
import unicodedata

import composed_names

MALE = composed_names.spread(composed_names.MALE, 10, 4_000)
FEMALE = composed_names.spread(composed_names.FEMALE, 10, 4_000)
# A surname and its prefix, as they are registered, each as often as it occurs.
SURNAMES = composed_names.spread(composed_names.surnames(), 60)
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


def digit_sums(weights):
    """For each number of four digits the sum of its digits by these weights."""
    return [sum(int(digit) * weight for digit, weight in zip(f"{n:04d}", weights))
            for n in range(10_000)]


HIGH_SUMS = digit_sums((9, 8, 7, 6))
LOW_SUMS = digit_sums((5, 4, 3, 2))
STEMS = 100_000_000
STEP = 61_803_399  # has no divisor in common with STEMS: no stem comes twice


def valid_bsns(first, count):
    """Different BSNs, for different stretches of numbers: eight digits and the one that fits.

    For one stem in eleven no digit does; twelve stems for ten numbers are always enough.
    """
    bsns = []
    stem = (first // 10 * 12 + 1) * STEP % STEMS
    while len(bsns) < count:
        check = (HIGH_SUMS[stem // 10_000] + LOW_SUMS[stem % 10_000]) % 11
        if check < 10:
            bsns.append(f"{stem:08d}{check}")
        stem = (stem + STEP) % STEMS
    return bsns


def ascii_word(text):
    """A name as it stands in an e-mail address."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(str.maketrans("ıł", "il")))
    return "".join(c for c in plain if c.isascii() and c.isalnum())


CHUNK = 50_000  # rows of one number generator


def organisations(seed, chunk, count):
    rng = random.Random(f"{seed} organisations {chunk}")
    rows = []
    for number in range(chunk * CHUNK, min(count, (chunk + 1) * CHUNK)):
        trade = rng.choice(TRADES)
        surname = rng.choice(SURNAMES)[1]
        domain = f"{ascii_word(trade)}-{ascii_word(surname)}-{number}.example"
        address = f"salaris@kantoor{number}.example" if number % 10 == 0 else ""
        rows.append(
            f'O-{number},"{trade} {surname}, vestiging {number % 97}",{domain},{address},'
            f"{10_000_000 + number:08d},{number:09d}L{number % 90 + 10}\n"
        )
    return "".join(rows)


BORN = days_between(BORN_FIRST, BORN_LAST)
SURNAME_WORDS = {surname: ascii_word(surname) for _, surname in set(SURNAMES)}
INITIALS = {name: ascii_word(name[0]) for name in set(MALE + FEMALE)}


def subjects(seed, chunk, count):
    pick = random.Random(f"{seed} subjects {chunk}").random  # choice() is several times slower
    first = chunk * CHUNK
    rows = []
    name, postcode, house = ("", ""), "", ""
    for number, bsn in enumerate(valid_bsns(first, min(count - first, CHUNK)), first):
        names = FEMALE if pick() < 0.5 else MALE
        given = names[int(pick() * len(names))]
        initials = given[0] + "."
        all_names = given
        if pick() < 0.4:
            second = names[int(pick() * len(names))]
            initials += second[0] + "."
            all_names += " " + second
        prefix, surname = SURNAMES[int(pick() * len(SURNAMES))]
        partner_prefix, partner = ("", "")
        if pick() < 0.3:
            partner_prefix, partner = SURNAMES[int(pick() * len(SURNAMES))]
        # People live by two, half of them with somebody of their name.
        joins = house != "" and pick() < 0.5
        if joins and pick() < 0.5:
            prefix, surname = name
        name = (prefix, surname)
        postcode = postcode if joins else (
            f"{1000 + int(pick() * 9000)}"
            f"{POSTCODE_LETTERS[int(pick() * 21)]}{POSTCODE_LETTERS[int(pick() * 21)]}"
        )
        house = house if joins else f"{1 + int(pick() * 300)}{'abc'[int(pick() * 3)] if pick() < 0.1 else ''}"
        email = ""
        if pick() < 0.8:
            email = (
                f"{INITIALS[given]}.{SURNAME_WORDS[surname]}.{number}"
                f"@{MAIL_DOMAINS[int(pick() * 4)]}"
            )
        other = f"DOS-{20100000 + number:09d}" if pick() < 0.5 else ""
        rows.append(
            f"S-{number},{bsn},{other},{initials},{all_names},{prefix},{surname},"
            f"{partner_prefix},{partner},{BORN[int(pick() * len(BORN))]},{postcode},{house},"
            f"{email}\n"
        )
    return "".join(rows)


DAYS = days_between(FIRST_DAY, LAST_DAY)
USUAL_RELATIONS = 1.54  # of a subject, of themselves


def relations(seed, chunk, count, parties, more):
    """`more` further ones for each subject, to organisations that care for somebody."""
    pick = random.Random(f"{seed} relations {chunk}").random
    days = DAYS
    rows = []
    for number in range(chunk * CHUNK, min(count, (chunk + 1) * CHUNK)):
        # Employers one after the other, the last one often still.
        day = int(pick() * len(days))
        for _ in range(1 + int(pick() * pick() * 4)):
            if day >= len(days):
                break
            end = day + 30 + int(pick() * 1500)
            until = days[end] if end < len(days) else ""
            rows.append(f"S-{number},employer,O-{int(pick() * parties)},,{days[day]},{until}\n")
            day = end + 1
        if pick() < 0.05:
            rows.append(
                f"S-{number},representative,,advocaat{int(pick() * 5000)}@recht.example,"
                f"{days[int(pick() * len(days))]},\n"
            )
        for _ in range(int(more + pick())):
            rows.append(
                f"S-{number},care_provider,O-{int(pick() * parties)},,"
                f"{days[int(pick() * len(days))]},\n"
            )
    return "".join(rows)


def write(pool, file, header, rows_of, count):
    """`rows_of` gives the rows of a chunk by its number."""
    with open(file, "w", encoding="utf-8", newline="") as out:
        out.write(header)
        for rows in pool.imap(rows_of, range(-(-count // CHUNK))):
            out.write(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", type=int, default=1000)
    parser.add_argument("--organisations", type=int, help="default: one for fifteen subjects")
    parser.add_argument("--relations", type=int, help="about so many; default: as they come")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("directory", type=pathlib.Path)
    arguments = parser.parse_args()
    count = arguments.subjects
    parties = arguments.organisations or max(1, count // 15)
    more = max(0.0, (arguments.relations or 0) / max(count, 1) - USUAL_RELATIONS)
    folder = arguments.directory
    folder.mkdir(parents=True, exist_ok=True)
    seed = arguments.seed
    with multiprocessing.Pool() as pool:
        write(pool, folder / "organisations.csv", ORGANISATION_HEADER,
              functools.partial(organisations, seed, count=parties), parties)
        write(pool, folder / "subjects.csv", SUBJECT_HEADER,
              functools.partial(subjects, seed, count=count), count)
        write(pool, folder / "relations.csv", RELATION_HEADER,
              functools.partial(relations, seed, count=count, parties=parties, more=more), count)


if __name__ == "__main__":
    main()
