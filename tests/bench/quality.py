#!/usr/bin/env python3
"""How well letters are known: recall and precision per kind, over letters whose answer is known.

    tests/bench/quality.py [--bin DIR] [--subjects N] [--letters N] [--seed N] [--show N] [--keep DIR]

Makes a registry with couples, twins, namesakes and neighbours, and letters that name people of it by
each kind of element, in many wordings, name forms, date forms and carriers; half of them go to a party
who must not have them. Beside these stand letters that name nobody of the registry and look as if they
did. Each is judged with the built-in policy, all in one process (judge_letters). Printed are, for each
kind: letters to the wrong party that are held (recall), letters to the right party that are held
(false quarantine), and people found who are not meant. Nothing here is shared with the matcher.

Some people are named by an element that a relative has too, and the letter may say nothing that tells the
two apart. Both then count, by specification, and a letter to the one of them is held for the other. False
quarantine is printed for all letters, and once more for those that are held for another reason.
"""

import argparse
import base64
import collections
import csv
import datetime
import email.message
import email.policy
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unicodedata

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import documents  # noqa: E402
from quality_names import (COMMON, ENGLISH, FEMALE, GIVEN, MALE, MONTHS, ODD_NAMES, SHORT_MONTHS,  # noqa: E402
                           STREETS, SURNAMES, TOWNS, TRADES)
from quality_report import report  # noqa: E402

OWN = "uitvoering.example"
SENDER, TODAY = f"post@{OWN}", datetime.date(2026, 5, 20)

HEADER = ("subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,partner_surname,"
          "birth_date,postcode,house_number,emails").split(",")


class World:
    """The registry: people, their employers past and present."""

    def __init__(self, count, rng):
        self.rng = rng
        self.people = []
        self.bsns = set()
        self.names = collections.defaultdict(list)
        self.organisations = [(f"O-{i}", f"{rng.choice(TRADES)} {rng.choice(SURNAMES)[1]} {i}", f"bedrijf{i}.example")
                              for i in range(max(20, count // 40))]
        while len(self.people) < count:
            self.add_household()
        self.relations = []
        for person in self.people:
            was, now = rng.sample(self.organisations, 2)
            person["former"], person["employer"] = was, now
            self.relations.append((person["subject_id"], "employer", was[0], "", "2015-03-01", "2022-08-31"))
            self.relations.append((person["subject_id"], "employer", now[0], "", "2022-09-01", ""))
        self.by_key = collections.defaultdict(set)
        self.alike = collections.defaultdict(list)
        for person in self.people:
            self.alike[(person["postcode"], person["house_number"])].append(person)
            self.alike[(person["birth_date"],)].append(person)
        for person in self.people:
            for surname in (person["surname"], person["partner_surname"]):
                if surname:
                    self.by_key[(surname, person["birth_date"])].add(person["subject_id"])

    def doubles(self, p, kind):
        """Who else of the same surname has the same address or birth date: of them only initials tell."""
        def surnames(q):
            return {q["surname"], q["partner_surname"]} - {""}
        keys = ("postcode", "house_number") if kind == "address" else ("birth_date",)
        return {q["subject_id"] for q in self.alike[tuple(p[key] for key in keys)]
                if q is not p and surnames(q) & surnames(p)}

    def bsn(self):
        while True:
            stem = [self.rng.randrange(10) for _ in range(8)]
            check = sum(w * d for w, d in zip(range(9, 1, -1), stem)) % 11
            number = "".join(map(str, stem)) + str(check)
            if check < 10 and number not in self.bsns and stem[0] + stem[1]:
                self.bsns.add(number)
                return number

    def add_household(self):
        rng = self.rng
        postcode = f"{rng.randrange(1000, 9999)}{rng.choice('ABCDEFGH')}{rng.choice('ABCDEFGHJKLMNPRSTVWXZ')}"
        house = str(rng.randrange(1, 220)) + rng.choice(["", "", "", "a", "bis", "hs", "-2"])
        street, town = rng.choice(STREETS), rng.choice(TOWNS)
        first = self.person(postcode, house, street, town)
        if rng.random() < 0.4:  # a partner, whose surname one of them also uses
            second = self.person(postcode, house, street, town)
            first["partner_prefix"], first["partner_surname"] = second["prefix"], second["surname"]
        if rng.random() < 0.01:  # a twin at home
            twin = self.person(postcode, house, street, town)
            twin["prefix"], twin["surname"] = first["prefix"], first["surname"]
            twin["birth_date"] = first["birth_date"]
        if rng.random() < 0.1:  # a neighbour of the same name
            near = self.person(postcode, str(rng.randrange(221, 400)), street, town)
            near["prefix"], near["surname"] = first["prefix"], first["surname"]

    def person(self, postcode, house, street, town):
        rng = self.rng
        number = len(self.people)
        female = rng.random() < 0.5
        odd = rng.random() < ODD_NAMES
        given = [rng.choice((FEMALE if female else MALE) if odd else GIVEN[female]) for _ in range(rng.choice([1, 1, 2, 3]))]
        prefix, surname = rng.choice(SURNAMES if odd else COMMON)
        born = datetime.date(1940, 1, 1) + datetime.timedelta(days=rng.randrange(24500))
        person = dict(
            subject_id=f"S-{number}", bsn=self.bsn(), other_ids=f"CL-{3_000_000 + number * 7}",
            initials=".".join(name[0] for name in given) + ".", given_names=" ".join(given), prefix=prefix,
            surname=surname, partner_prefix="", partner_surname="", birth_date=born, postcode=postcode,
            house_number=house, emails=f"{rng.choice('abcdefgh')}{number}@thuis.example", female=female, street=street,
            town=town)
        self.people.append(person)
        return person

    def write(self, folder):
        folder.mkdir(parents=True)
        with open(folder / "subjects.csv", "w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, HEADER, extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**p, "birth_date": p["birth_date"].isoformat()} for p in self.people)
        with open(folder / "organisations.csv", "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow("organisation_id,name,domains,addresses,kvk,payroll_number".split(","))
            writer.writerows((id_, name, domain, "", "", "") for id_, name, domain in self.organisations)
        with open(folder / "relations.csv", "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow("subject_id,relation,organisation_id,email,valid_from,valid_to".split(","))
            writer.writerows(self.relations)


class Writer:
    """Writes letters, with one source of chance."""

    def __init__(self, world, rng):
        self.world, self.rng = world, rng

    def any(self, *choices):
        return self.rng.choice(choices)

    # ---- how things are written

    def title(self, p):
        return self.any("mevrouw", "Mevr.", "mw.", "Mevrouw") if p["female"] else self.any("de heer", "dhr.", "Dhr.",
                                                                                           "De heer")

    def plain(self, text):
        """Without diacritics, as old systems print."""
        text = text.translate(str.maketrans("ıłŁøĳ", "ilLoy"))
        return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))

    def surname(self, p):
        """(prefix, surname) parts joined the way people use them."""
        own = f"{p['prefix']} {p['surname']}".strip()
        if not p["partner_surname"]:
            return own
        partner = f"{p['partner_prefix']} {p['partner_surname']}".strip()
        return self.any(own, f"{partner}-{own}", f"{own}-{partner}", f"{partner} - {own}", partner)

    def misspell(self, p):
        """The same person with one letter of the surname gone wrong, as who types a name does."""
        rng, name = self.rng, p["surname"]
        letters = [i for i, c in enumerate(name) if c.isalpha()]
        at = rng.choice(letters)
        kind = rng.randrange(4)
        if kind == 0:
            name = name[:at] + name[at + 1:]
        elif kind == 1:
            name = name[:at] + rng.choice([name[at].lower(), rng.choice("aeinrst")]) + name[at:]
        elif kind == 2:
            name = name[:at] + rng.choice("aeiouklmnrstdpbv") + name[at + 1:]
        else:
            name = name[:at] + name[at:at + 2][::-1] + name[at + 2:]
        return {**p, "surname": name[0].upper() + name[1:]}

    def name(self, p, bare=True):
        rng, surname = self.rng, self.surname(p)
        initials = p["initials"]
        forms = [
            f"{initials} {surname}", f"{initials[0]}. {surname}", f"{self.title(p)} {initials} {surname}",
            f"{p['given_names'].split()[0]} {surname}", f"{' '.join(initials.replace('.', '. ').split())} {surname}",
            f"{initials.replace('.', '')} {surname}"]
        if not p["partner_surname"] and "'" not in p["surname"]:
            forms.append(f"{p['surname']}, {initials} {p['prefix']}".strip())
            forms.append(f"{p['surname']}, {p['given_names']} {p['prefix']}".strip())
        if bare:
            forms.append(f"{self.title(p)} {surname[0].upper()}{surname[1:]}")
        name = rng.choice(forms)
        if rng.random() < 0.12:
            name = name.upper()
        if rng.random() < 0.15:
            name = self.plain(name)
        if rng.random() < 0.04:
            name = name.replace("ij", "y")
        if rng.random() < 0.04:
            name = name.replace(" van der ", " v.d. ").replace(" van den ", " v.d. ")
        if rng.random() < 0.02:
            name = name.replace("ij", "ĳ")
        return name

    def date(self, d):
        return self.any(
            f"{d.day:02}-{d.month:02}-{d.year}", f"{d.day}-{d.month}-{d.year}", f"{d.day:02}/{d.month:02}/{d.year}",
            f"{d.day}.{d.month}.{d.year}", f"{d.day} {MONTHS[d.month - 1]} {d.year}", d.isoformat(),
            f"{d.day} {SHORT_MONTHS[d.month - 1]}. {d.year}", f"{d.day:02}-{d.month:02}-{d.year % 100:02}",
            f"{d.day} {SHORT_MONTHS[d.month - 1]} '{d.year % 100:02}", f"{d.day:02} {d.month:02} {d.year}",
            f"{d.day:02} - {d.month:02} - {d.year}")

    def birth_date(self, p):
        d = p["birth_date"]
        if self.rng.random() < 0.05:
            return f"{d.day:02}{d.month:02}{d.year}"
        return self.date(d)

    def born(self, p):
        date = self.birth_date(p)
        return self.any(f"geboren {date}", f"geboren op {date}", f"geb. {date}", f"geboortedatum {date}",
                        f"Geboortedatum: {date}", f"geboren te {p['town']} op {date}", f"geb.datum: {date}",
                        f"born on {self.english(p['birth_date'])}", f"(geboren: {date})", f"date of birth: {date}")

    def english(self, d):
        return self.any(f"{d.day} {ENGLISH[d.month - 1]} {d.year}", f"{ENGLISH[d.month - 1]} {d.day}, {d.year}")

    def bsn(self, p):
        n = p["bsn"]
        written = self.any(n, n, n, f"{n[:4]}.{n[4:6]}.{n[6:]}", f"{n[:3]} {n[3:6]} {n[6:]}", f"{n[:4]} {n[4:6]} {n[6:]}",
                           f"{n[:3]}-{n[3:6]}-{n[6:]}", f"{n[:3]}.{n[3:6]}.{n[6:]}")
        return self.any(f"BSN {written}", f"BSN: {written}", f"burgerservicenummer {written}", f"bsn-nummer {written}",
                        f"Burgerservicenummer (BSN): {written}", f"sofinummer {written}", f"B.S.N.: {written}",
                        f"{written} (BSN)")

    def address(self, p, newline):
        code = p["postcode"]
        house = p["house_number"]
        digits = "".join(c for c in house if c.isdigit()) if "-" not in house else house.split("-")[0]
        rest = house[len(digits):]
        if rest:
            house = self.any(house, f"{digits} {rest.strip('-')}", f"{digits}-{rest.strip('-').upper()}", digits)
        code = self.any(f"{code[:4]} {code[4:]}", code, f"{code[:4]} {code[4:].lower()}", f"{code[:4]}  {code[4:]}")
        return f"{p['street']} {house}{newline}{code} {p['town']}"

    # ---- what a letter says of a person: kind -> text

    def naming(self, kind, p):
        """Lines that name the person by one kind of element."""
        name, line = self.name(p), "\n"
        if kind == "bsn":
            return self.any(f"Betreft: {self.bsn(p)}", f"{name}, {self.bsn(p)}", f"{name}\n{self.bsn(p)}",
                            f"De gegevens van {name} ({self.bsn(p)}) zijn verwerkt.")
        if kind == "other_id":
            number = p["other_ids"]
            number = self.any(number, number.lower(), number.replace("-", " - ") if False else number)
            return self.any(f"Cliëntnummer {number}", f"Ons kenmerk: {number}", f"dossier {number} van {name}")
        if kind == "email":
            return self.any(f"E-mail: {p['emails']}", f"Wij bereikten {name} op {p['emails']}.",
                            f"<{p['emails']}> schreef:")
        if kind == "name_birth_date":
            return self.any(
                f"{name}, {self.born(p)}", f"{name} ({self.birth_date(p)})", f"Naam: {name}\n{self.born(p)}",
                f"Betreft: {name}\nGeboortedatum: {self.birth_date(p)}", f"{self.born(p)}, {name}",
                f"Werknemer      : {name}\nGeboortedatum  : {self.birth_date(p)}",
                f"Het gaat om {name}, {self.born(p)}.", f"Geachte {self.title(p).lower()} {self.surname(p)},\n\n"
                f"U bent geregistreerd als {self.name(p, False)}, {self.born(p)}.",
                f"Naam\t{name}\nGeboortedatum\t{self.birth_date(p)}")
        if kind == "address":
            return self.any(
                f"{name}\n{self.address(p, line)}", f"{name}, {self.address(p, ', ')}",
                f"Aan {name}\n{self.address(p, line)}\n\nGeachte {self.title(p).lower()} {self.surname(p)},",
                f"Naam: {name}\nAdres: {self.address(p, ', ')}",
                f"Wij schreven {name}, wonende {self.address(p, ' te ')}, aan.",
                f"Naam\t{name}\nAdres\t{self.address(p, ', ')}")
        if kind == "all":
            return "\n".join([f"Betreft: {name}", self.bsn(p).capitalize(), self.born(p).capitalize(),
                              self.address(p, line)])
        raise ValueError(kind)

    def disguise(self, text):
        """Characters that a reader does not see, or takes for others."""
        rng = self.rng
        look_alike = {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х", "i": "і", "A": "А", "E": "Е",
                      "O": "О", "B": "В", "H": "Н", "M": "М", "T": "Т", "K": "К"}
        kind = rng.randrange(4)
        out = []
        for c in text:
            if kind == 0 and c.isalnum() and rng.random() < 0.3:
                out.append(c + rng.choice(["\u200b", "\u00ad", "\u2060"]))
            elif kind == 1 and c in look_alike and rng.random() < 0.5:
                out.append(look_alike[c])
            elif kind == 2 and c.isdigit():
                out.append(chr(0xFF10 + int(c)))
            elif kind == 3 and c.isdigit():
                out.append(chr(0x0660 + int(c)))
            else:
                out.append(c)
        return "".join(out)

    FILLER = [
        "Wij hebben uw vraag ontvangen en behandelen die zo snel mogelijk.",
        "Heeft u nog vragen? Bel ons op 088 - 765 43 21, op werkdagen van 8 tot 17 uur.",
        "Deze brief is automatisch gemaakt en daarom niet ondertekend.",
        "Het nummer van deze zending is 2026-0004471.", "Zie ook artikel 3:11 van de wet van 14 december 2001.",
        "Ons bezoekadres is La Guardiaweg 94, 1043 DL Amsterdam. Postbus 58151, 1040 HD Amsterdam.",
        "Met vriendelijke groet,\n\nT. de Jonge\nteammanager", "Bewaar deze brief goed.",
        "Het bedrag van EUR 1.234,56 staat binnen tien dagen op de rekening NL00BANK0123456789."]
    TOPICS = [("De uitkering begint op {} .", None), ("Ingangsdatum: {}", None), ("Eerste ziektedag: {}", None),
              ("Met ingang van {} verandert het bedrag.", None)]

    def body(self, naming):
        rng = self.rng
        letter_date = TODAY - datetime.timedelta(days=rng.randrange(10))
        start = datetime.date(2024, 1, 1) + datetime.timedelta(days=rng.randrange(800))
        head = self.any(f"Datum: {self.date(letter_date)}\n", f"Amsterdam, {letter_date.day} "
                        f"{MONTHS[letter_date.month - 1]} {letter_date.year}\n", "")
        filler = rng.sample(self.FILLER, rng.randrange(1, 6))
        topic = rng.choice(self.TOPICS)[0].format(self.date(start)) if rng.random() < 0.6 else ""
        parts = [part for part in ([naming, topic] + filler) if part]
        tail = parts[1:]
        rng.shuffle(tail)
        parts = [parts[0]] + tail
        if rng.random() < 0.2:
            parts = parts[1:2] + parts[:1] + parts[2:]
        return head + "\n" + "\n\n".join(parts) + "\n"

    # ---- carriers

    CARRIERS = ["text", "html", "html_table", "attached_text", "docx", "pdf", "nested", "quoted"]

    def message(self, to, text, carrier, subject="Uw gegevens"):
        message = email.message.EmailMessage(policy=email.policy.SMTP)
        message["From"], message["To"], message["Subject"] = SENDER, to, subject
        if carrier in ("text", "quoted"):
            if carrier == "quoted":
                text = "Zie hieronder.\n\n" + "".join(f"> {line}\n" for line in text.splitlines())
            message.set_content(text, cte=self.any("8bit", "base64", "quoted-printable"))
        elif carrier in ("html", "html_table"):
            def escape(line):
                return line.replace("&", "&amp;").replace("<", "&lt;")
            if carrier == "html":
                html = "".join(f"<p>{escape(line)}</p>" if self.rng.random() < 0.5 else f"{escape(line)}<br>\r\n"
                               for line in text.splitlines())
            else:
                rows = ("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line.split("\t")) + "</tr>"
                        for line in text.splitlines())
                html = f"<table>{''.join(rows)}</table>"
            message.set_content(f"<html><body>{html}</body></html>", subtype="html", cte="base64")
        else:
            message.set_content("Zie de bijlage.")
            if carrier == "attached_text":
                message.add_attachment(text.encode(), maintype="text", subtype="plain", filename="brief.txt",
                                       params={"charset": "utf-8"})
            elif carrier == "docx":
                message.add_attachment(documents.docx(text.splitlines()), maintype="application",
                                       subtype="octet-stream", filename="brief.docx")
            elif carrier == "pdf":
                message.add_attachment(documents.pdf(text.replace("\t", "   ").splitlines()), maintype="application",
                                       subtype="pdf", filename="brief.pdf")
            elif carrier == "xlsx":
                rows = [line.split("\t") for line in text.splitlines()]
                message.add_attachment(documents.xlsx({("Blad1", "visible"): rows}), maintype="application",
                                       subtype="octet-stream", filename="lijst.xlsx")
            elif carrier == "csv":
                message.add_attachment(text.replace("\t", ";").encode(), maintype="text", subtype="csv",
                                       filename="lijst.csv")
            elif carrier == "nested":
                inner = email.message.EmailMessage(policy=email.policy.SMTP)
                inner["From"], inner["Subject"] = SENDER, "Doorgestuurd"
                inner.set_content(text, cte="8bit")
                message.add_attachment(inner)
        return message.as_bytes()

    # ---- tables

    def table(self, people, kind):
        rng = self.rng
        columns = rng.choice({
            "name_birth_date": [["naam", "geboren"], ["achternaam", "voorletters", "tussen", "geboren", "x"],
                                ["voorletters", "tussen", "achternaam", "x", "geboren"], ["geboren", "naam", "x"]],
            "address": [["naam", "adres", "postcode", "plaats"], ["naam", "straat", "nummer", "postcode", "plaats"],
                        ["achternaam", "voorletters", "tussen", "postcode", "nummer"]],
            "bsn": [["bsn", "naam", "x"], ["naam", "x", "bsn"], ["bsn"]],
        }[kind])
        heads = {"naam": ["Naam", "Werknemer", "Name"], "achternaam": ["Achternaam", "Geslachtsnaam"],
                 "voorletters": ["Voorletters", "Vl."], "tussen": ["Tussenvoegsel", "Voorvoegsel"],
                 "geboren": ["Geboortedatum", "Geb.datum", "Geboren", "Date of birth"], "x": ["Status", "Afdeling"],
                 "adres": ["Adres"], "straat": ["Straat"], "nummer": ["Huisnummer", "Nr."], "postcode": ["Postcode"],
                 "plaats": ["Woonplaats"], "bsn": ["BSN", "Burgerservicenummer", "Sofinummer"]}
        form = rng.randrange(5)

        def cell(column, p):
            d = p["birth_date"]
            return {"naam": lambda: self.name(p, False), "achternaam": lambda: p["surname"],
                    "voorletters": lambda: p["initials"], "tussen": lambda: p["prefix"],
                    "geboren": lambda: [d.isoformat(), f"{d.day}-{d.month}-{d.year}", f"{d.day:02}-{d.month:02}-{d.year}",
                                        f"{d.day:02}/{d.month:02}/{d.year}",
                                        str((d - datetime.date(1899, 12, 30)).days)][form],
                    "x": lambda: self.any("actief", "dienst 12", "ok", ""),
                    "adres": lambda: f"{p['street']} {p['house_number']}", "straat": lambda: p["street"],
                    "nummer": lambda: p["house_number"], "plaats": lambda: p["town"],
                    "postcode": lambda: f"{p['postcode'][:4]} {p['postcode'][4:]}", "bsn": lambda: p["bsn"]}[column]()

        lines = ["\t".join(self.any(*heads[column]) for column in columns)]
        lines += ["\t".join(cell(column, p) for column in columns) for p in people]
        return "\n".join(lines)

    # ---- letters that name nobody

    def stranger(self):
        """Somebody who is not in the registry."""
        p = dict(self.rng.choice(self.world.people))
        while (p["surname"], p["birth_date"]) in self.world.by_key:
            p["birth_date"] += datetime.timedelta(days=self.rng.randrange(1, 500))
        p["partner_surname"] = ""
        p["postcode"] = "9999" + self.rng.choice("ABC") + "X"
        p["emails"] = f"z{self.rng.randrange(10**6)}@elders.example"
        return p

    def negative(self, kind):
        rng, p = self.rng, self.rng.choice(self.world.people)
        other = rng.choice(self.world.people)
        if kind == "newsletter":
            return ("Nieuws over zwangerschapsuitkering\n\nHeeft u een werknemer die met verlof gaat? Vanaf 1 januari 2026 "
                    f"verandert de regeling. Lees het verhaal van {rng.choice(FEMALE)} uit {rng.choice(TOWNS)}. "
                    "Aanmelden kan tot 1 juli 2026.\n")
        if kind == "number":
            return self.any(f"Uw bestelling {p['bsn']} is onderweg.", f"Factuurnummer {p['bsn']}, bedrag EUR 12,50",
                            f"Bel ons op 0{p['bsn']}", f"Rekening NL00BANK0{p['bsn']}", f"Ref. 2026{p['bsn']}",
                            f"https://www.{OWN}/artikel/{p['bsn']}/lezen", f"Bedrag: {p['bsn'][:3]}.{p['bsn'][3:6]}.{p['bsn'][6:]},00")
        if kind == "namesake":
            q = self.stranger()
            return self.any(f"{self.name(q)}, {self.born(q)}", f"Naam: {self.name(q)}\n{self.born(q)}")
        if kind == "other_initials":
            q = dict(p)
            q["initials"], q["given_names"] = "X.Q.", "Xanthe"
            q["partner_surname"] = ""
            text = self.any(f"X.Q. {q['prefix']} {q['surname']}", f"{q['surname']}, X.Q. {q['prefix']}".strip())
            return f"{text}, {self.born(q)}"
        if kind == "other_date":
            when = self.date(p["birth_date"])
            return self.any(f"{self.name(p)}\n\nUw brief van {when} hebben wij ontvangen.",
                            f"Dagtekening: {when}\n\nGeachte {self.title(p)} {self.surname(p)},",
                            f"{self.name(p)} is sinds {when} bij ons bekend.",
                            f"{self.name(p)} heeft recht op verlof vanaf {when}.",
                            f"Geachte {self.title(p)} {self.surname(p)},\n\nOp {when} is de wet veranderd.")
        if kind == "neighbour":
            q = dict(p)
            q["house_number"] = str(int("".join(c for c in p["house_number"].split("-")[0] if c.isdigit())) + 500)
            q["partner_surname"] = ""
            return self.any(f"{self.name(q)}\n{self.address(q, chr(10))}", f"{self.name(q)}, {self.address(q, ', ')}")
        if kind == "housemate":
            q = self.stranger()
            q["surname"], q["prefix"] = "Zonderling", ""
            q.update({key: p[key] for key in ("postcode", "house_number", "street", "town")})
            return f"{self.name(q)}\n{self.address(q, chr(10))}"
        if kind == "mixed":  # one's name and another's birth date, far enough apart in years
            q = dict(other)
            if (p["surname"], q["birth_date"]) in self.world.by_key or \
                    (p["partner_surname"], q["birth_date"]) in self.world.by_key:
                return "Niets."
            return f"{self.name(p)} en een ander, {self.born(q)}"
        if kind == "plain":
            return "Wij danken u voor de prettige samenwerking."
        raise ValueError(kind)


POSITIVE = ["bsn", "other_id", "email", "name_birth_date", "address", "all"]
NEGATIVE = ["newsletter", "number", "namesake", "other_initials", "other_date", "neighbour", "housemate", "mixed",
            "plain"]


def make_letters(world, count, rng):
    """(kind, carrier, expected subjects, wrong, recipient, bytes, subjects who may be meant as well)."""
    writer = Writer(world, rng)
    per_kind = max(1, count // (len(POSITIVE) + 5))
    for kind in POSITIVE:
        for number in range(per_kind):
            p = rng.choice(world.people)
            wrong = number % 2 == 0
            to = wrong_party(world, p, rng) if wrong else p["emails"]
            disguised = rng.random() < 0.1
            carrier = rng.choice(Writer.CARRIERS)
            misspelled = kind in ("name_birth_date", "address") and not p["partner_surname"] and \
                len(p["surname"]) > 4 and rng.random() < 0.15
            naming = writer.naming(kind, writer.misspell(p) if misspelled else p)
            if carrier == "pdf":
                naming = writer.plain(naming).encode("latin-1", "ignore").decode("latin-1")
                disguised = False
            if disguised:
                naming = writer.disguise(naming)
            text = writer.body(naming)
            if carrier == "pdf":
                text = writer.plain(text).encode("latin-1", "ignore").decode("latin-1")
            label = kind + (" disguised" if disguised else "")
            label += " misspelled" if misspelled else ""
            doubles = world.doubles(p, kind) if kind in ("address", "name_birth_date") else set()
            label += " double" if doubles else ""
            yield label, carrier, {p["subject_id"]}, wrong, to, writer.message(to, text, carrier), doubles
    for kind in ("name_birth_date", "address", "bsn"):
        for number in range(max(1, per_kind // 6)):
            people = rng.sample(world.people, rng.randrange(3, 12))
            carrier = rng.choice(["xlsx", "csv", "html_table", "attached_text"])
            to = "hr@onbekend.example"
            text = writer.table(people, kind)
            yield "table " + kind, carrier, {p["subject_id"] for p in people}, True, to, writer.message(to, text, carrier), set()
    for kind in NEGATIVE:
        for number in range(max(1, count * 5 // (len(POSITIVE) + 5) // len(NEGATIVE))):
            to = "iemand@onbekend.example"
            carrier = rng.choice(["text", "html", "docx", "attached_text"])
            yield "- " + kind, carrier, set(), False, to, writer.message(to, writer.body(writer.negative(kind)),
                                                                            carrier), set()


def wrong_party(world, p, rng):
    other = rng.choice(world.people)
    while other is p:
        other = rng.choice(world.people)
    kind = rng.randrange(3)
    if kind == 0:
        return other["emails"]
    if kind == 1 and other["employer"][2] not in (p["employer"][2], p["former"][2]):
        return f"hr@{other['employer'][2]}"
    return "iemand@onbekend.example"


def judge(binary, config, folder, letters):
    lines = []
    for number, letter in enumerate(letters):
        file = folder / f"{number}.eml"
        file.write_bytes(letter[5])
        lines.append(f"{SENDER}\t{letter[4]}\t{TODAY.isoformat()}\t{file}\n")
    done = subprocess.run([binary, config], input="".join(lines).encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("--subjects", type=int, default=20_000)
    parser.add_argument("--letters", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="how many failures to list")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder to make for registry and letters, and to leave")
    options = parser.parse_args()
    if options.bin:
        os.environ["POSTWACHT_BIN_DIR"] = str(options.bin.resolve())
    from instance import Instance, program
    work = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="postwacht-quality-"))
    work.mkdir(exist_ok=True, parents=True)
    try:
        rng = random.Random(options.seed)
        world = World(options.subjects, rng)
        world.write(work / "registry")
        instance = Instance(work / "instance", own_domain=OWN, registry=False)
        instance.build_registry(work / "registry")
        letters = list(make_letters(world, options.letters, rng))
        (work / "letters").mkdir()
        verdicts = judge(program("judge_letters"), instance.config, work / "letters", letters)
        report(letters, verdicts, options.show)
    finally:
        if not options.keep:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
