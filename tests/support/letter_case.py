"""Letters whose answer is known: how one is made, and how a verdict about it is compared with the answer.

A letter is (name, want, message). `want` says of each person whom the letter names what is known: "cat" the
categories, "conf" the confidence, "amb" whether somebody else fits as well, "per" the day on which the case
began, None for none."""

import csv
import email.message
import email.policy
import os

COLUMNS = ("subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,partner_surname,birth_date,"
           "postcode,house_number,emails").split(",")
WORD = "vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": ("text", "csv"), "txt": ("text", "plain"), "html": ("text", "html"), "docx": ("application", WORD),
         "xlsx": ("application", SHEET), "pdf": ("application", "pdf")}


def make_letter(name, text, want, subject="Bericht", files=(), html=None, **facts):
    """`want`: people parted by blanks, or what is known of each; `facts` holds for all of them."""
    if isinstance(want, str):
        want = {person: {} for person in want.split()}
    want = {person: {**own, **facts} for person, own in want.items()}
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Uitvoering <post@uitvoering.example>"
    message["To"] = "x@oud.example"
    message["Subject"] = subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for file, content in files:
        main, sub = TYPES[file.rsplit(".", 1)[1]]
        data = content.encode() if isinstance(content, str) else content
        message.add_attachment(data, maintype=main, subtype=sub, filename=file)
    return name, want, message.as_bytes()


def numbers_for(people, stem):
    """A number that passes the 11-test for each, from `stem`, of eight digits, on."""
    numbers = {}
    for place, person in enumerate(people):
        digits = stem + place * 137
        while sum(int(digit) * weight for digit, weight in zip(f"{digits:08d}", (9, 8, 7, 6, 5, 4, 3, 2))) % 11 > 9:
            digits += 1
        check = sum(int(digit) * weight for digit, weight in zip(f"{digits:08d}", (9, 8, 7, 6, 5, 4, 3, 2))) % 11
        numbers[person] = f"{digits:08d}{check}"
    return numbers


def write_registry(folder, people, bsn, seconds):
    """A registry source of that second. Everybody left the employer whom the letters go to long ago."""
    folder.mkdir()
    with open(folder / "subjects.csv", "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for person, (*names, born, postcode, house, address, other) in people.items():
            rows.writerow([person, bsn[person], other, *names, born, postcode, house, address])
    (folder / "organisations.csv").write_text(
        "organisation_id,name,domains,addresses,kvk,payroll_number\nO,Oud,oud.example,,,\n", encoding="utf-8")
    (folder / "relations.csv").write_text(
        "subject_id,relation,organisation_id,email,valid_from,valid_to\n"
        + "".join(f"{person},employer,O,,2010-01-01,2012-12-31\n" for person in people), encoding="utf-8")
    # A date without a year is understood by the day that the registry is of.
    for file in folder.iterdir():
        os.utime(file, (seconds, seconds))


def differences(want, verdict, today):
    """What the verdict says otherwise, in words."""
    found = {subject["subject"]: subject for subject in verdict["subjects"] if subject["confidence"] != "low"}
    began = {reason["subject"]: reason["as_of"] for reason in verdict["recipients"][0].get("reasons", [])
             if reason.get("as_of", today) != today}
    if set(found) != set(want):
        yield f"names {sorted(found)}, not {sorted(want)}"
        return
    for person, facts in want.items():
        told = {"cat": found[person]["categories"], "conf": found[person]["confidence"],
                "amb": "ambiguous" in found[person], "per": began.get(person)}
        for fact, value in facts.items():
            if told[fact] != value:
                yield f"{person}: {fact} is {told[fact]}, not {value}"
