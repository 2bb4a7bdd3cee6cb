"""Made-up people, their employers, and letters about them: what the integration tests are fed.

Nobody here exists. Numbers pass the check that real ones pass; domains are reserved ones. Dates are
relative to today, so that a relation that has ended has ended on any day the tests run. Names,
addresses and streets are odd on purpose: the test that looks for leaks searches for these strings,
and must not find one by chance.
"""

import csv
import dataclasses
import datetime
import email.message
import email.policy
import email.utils
import itertools
import pathlib

TODAY = datetime.date.today()
OWN_DOMAIN = "uitkering.example"
SENDER = f"brieven@{OWN_DOMAIN}"


def day(offset):
    """The date that many days from today, ISO 8601."""
    return (TODAY + datetime.timedelta(days=offset)).isoformat()


def dutch_date(iso):
    months = ("januari februari maart april mei juni juli augustus september oktober november "
              "december").split()
    date = datetime.date.fromisoformat(iso)
    return f"{date.day} {months[date.month - 1]} {date.year}"


def bsn(first_eight):
    """A citizen service number: eight digits made nine, so that the weighted sum of its digits
    (9, 8, ... 2, -1) is divisible by eleven. ValueError where no ninth digit does that."""
    total = sum(int(digit) * weight for digit, weight in zip(first_eight, range(9, 1, -1)))
    if total % 11 == 10:
        raise ValueError(f"{first_eight} has no check digit")
    return f"{first_eight}{total % 11}"


@dataclasses.dataclass(frozen=True)
class Person:
    subject_id: str
    bsn: str
    other_id: str
    initials: str
    given_names: str
    prefix: str
    surname: str
    birth_date: str
    postcode: str
    house_number: str
    email: str

    @property
    def full_name(self):
        return " ".join(filter(None, (self.given_names, self.prefix, self.surname)))

    def identifiers(self):
        """All that must not show up in a log, a journal, or a database."""
        birth = datetime.date.fromisoformat(self.birth_date)
        return [self.bsn, f"{self.bsn[:4]}.{self.bsn[4:6]}.{self.bsn[6:]}", self.other_id,
                self.given_names, self.surname, self.postcode,
                f"{self.postcode[:4]} {self.postcode[4:]}", self.email, self.birth_date,
                birth.strftime("%d-%m-%Y"), dutch_date(self.birth_date)]


@dataclasses.dataclass(frozen=True)
class Organisation:
    organisation_id: str
    name: str
    domain: str
    address: str = ""


@dataclasses.dataclass(frozen=True)
class Relation:
    subject_id: str
    relation: str
    organisation_id: str
    email: str
    valid_from: str
    valid_to: str


MARIT = Person("S-1042", bsn("12345678"), "KL-770142", "M.J.", "Marit Jikke", "van",
               "Oosterwoldinga", "1991-04-17", "9871QZ", "14b", "marit@oosterwoldinga.example")
JOOST = Person("S-1043", bsn("28374655"), "KL-770143", "J.", "Joost Wigbold", "", "Quispelhorst",
               "1984-11-02", "7641XW", "203", "joost@quispelhorst.example")
FATMA = Person("S-1044", bsn("31415926"), "KL-770144", "F.", "Fatmanur", "", "Yildirimkaya",
               "1997-08-29", "4205VJ", "8", "fatma@yildirimkaya.example")
PEOPLE = (MARIT, JOOST, FATMA)

FORMER = Organisation("O-1", "Jansen Dakwerken B.V.", "jansen-dakwerken.example")
CURRENT = Organisation("O-2", "Bakkerij De Korenschoof", "korenschoof.example")
OTHER = Organisation("O-3", "Transport Noordoost", "transport-noordoost.example",
                     "loket@salaris.example")
ORGANISATIONS = (FORMER, CURRENT, OTHER)

ENDED = day(-320)     # Marit's last day at her former employer
PERIOD = day(-30)     # the first day of her benefit, after that

RELATIONS = (
    Relation("S-1042", "employer", "O-1", "", "2019-02-01", ENDED),
    Relation("S-1042", "employer", "O-2", "", day(-319), ""),
    Relation("S-1042", "representative", "", "voogd@mentorschap.example", "2020-01-01", ""),
    Relation("S-1043", "employer", "O-2", "", "2015-05-01", ""),
    Relation("S-1044", "employer", "O-3", "", "2021-09-01", ""),
)


def write_registry(folder, people=PEOPLE, organisations=ORGANISATIONS, relations=RELATIONS):
    """Writes the three files of a registry source."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    def write(name, header, rows):
        with open(folder / name, "w", newline="", encoding="utf-8") as output:
            writer = csv.writer(output)
            writer.writerow(header.split(","))
            writer.writerows(rows)

    write("subjects.csv",
          "subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,"
          "partner_surname,birth_date,postcode,house_number,emails",
          ((p.subject_id, p.bsn, p.other_id, p.initials, p.given_names, p.prefix, p.surname, "", "",
            p.birth_date, p.postcode, p.house_number, p.email) for p in people))
    write("organisations.csv", "organisation_id,name,domains,addresses,kvk,payroll_number",
          ((o.organisation_id, o.name, o.domain, o.address, "", "") for o in organisations))
    write("relations.csv", "subject_id,relation,organisation_id,email,valid_from,valid_to",
          (dataclasses.astuple(relation) for relation in relations))
    return folder


_numbers = itertools.count(1)


def letter(to, subject="Uw bericht", text="", sender=SENDER, html=None, attachments=(),
           headers=()):
    """A mail as bytes with CRLF lines. `to` is one address or several; an attachment is
    (name, type, bytes)."""
    message = email.message.EmailMessage(policy=email.policy.SMTPUTF8.clone(cte_type="7bit"))
    recipients = [to] if isinstance(to, str) else list(to)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = subject
    message["Date"] = email.utils.formatdate()
    message["Message-ID"] = f"<letter-{next(_numbers)}-{id(message):x}@{OWN_DOMAIN}>"
    for name, value in headers:
        message[name] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    for name, type_, content in attachments:
        maintype, subtype = type_.split("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes()


def maternity_text(person=MARIT, period=PERIOD):
    """The letter this project began with: a decision on maternity benefit."""
    return (f"Geachte heer, mevrouw,\n\n"
            f"Betreft: zwangerschapsuitkering van uw werknemer\n\n"
            f"Naam: {person.full_name}\n"
            f"Burgerservicenummer: {person.bsn}\n"
            f"Geboortedatum: {dutch_date(person.birth_date)}\n\n"
            f"Wij kennen een zwangerschapsuitkering toe. De uitkering gaat in op "
            f"{dutch_date(period)}.\n\nMet vriendelijke groet,\nAfdeling Brieven\n")


def maternity_letter(to, person=MARIT, **more):
    return letter(to, subject="Beslissing zwangerschapsuitkering", text=maternity_text(person),
                  **more)


def newsletter(to, **more):
    """Names nobody."""
    return letter(to, subject="Nieuwsbrief", text=(
        "Beste lezer,\n\nIn dit nummer: nieuwe openingstijden, en een terugblik op de open dag.\n"
        "Factuurnummer 2025-0012 blijft geldig.\n"), **more)
