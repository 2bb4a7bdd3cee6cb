"""Letters as offices send them: a benefits agency, a personnel department, an insurer, a municipality. Each with
whom it names, what kinds of data it gives to whom, and when its case began. The people are made up; each number
passes the 11-test. test_letters.py judges them."""

import documents
from letter_case import make_letter, numbers_for

# id: initials, given names, prefix, surname, partner's prefix and surname, birth date, postcode, house
# number, e-mail address, other id.
PEOPLE = {
    "zwaan": ("A.J.", "Anneke Johanna", "van", "Zwanenburg", "", "", "1986-11-23", "7415EX", "31", "a.vanzwanenburg@postvak.example", "ZK-4417-88"),
    "kuijp": ("W.", "Willem", "", "Kuijpers", "", "", "1971-01-09", "5038AB", "118", "", "ZK-4420-17"),
    "hage": ("M.C.", "Marie-Claire", "ter", "Hage", "", "Wolters", "1980-02-29", "9401BG", "7a", "", ""),
    "demir": ("F.N.", "Fatma Nur", "", "Demirtaş", "", "", "1994-09-14", "3074AM", "203", "fatma.demirtas@webpost.example", ""),
    "bouz": ("A.", "Abdelkarim", "", "Bouzambou", "", "", "1969-07-01", "2525CD", "66", "", ""),
    "ouali": ("S.", "Soumaya", "", "El Ouali", "", "", "1999-03-30", "1068EL", "412", "", ""),
    "szcz": ("P.", "Paweł", "", "Szczepański", "", "", "1988-08-17", "4701JT", "15", "", ""),
    "lewan": ("M.", "Małgorzata", "", "Lewandowska-Zając", "", "", "1975-12-02", "6511PP", "90", "", ""),
    "smit": ("T.", "Teun", "", "Smit", "", "", "1990-04-18", "1782ZA", "5", "", ""),
    "rooij": ("D.P.", "Dirk Pieter", "de", "Rooij", "", "", "1963-05-27", "5211GS", "44", "", "2026/7781/K"),
    "eck": ("L.M.", "Lotte Marijn", "van", "Eck", "", "", "2002-10-10", "8917HJ", "2", "lotte@vaneck.example", ""),
    "tjin": ("R.", "Ricardo", "", "Tjin-A-Tsoi", "", "", "1977-06-06", "1102AX", "77", "", ""),
    "singh": ("K.", "Kavita", "", "Ramdjanamsingh", "", "", "1984-01-19", "2512VN", "141", "", ""),
    "haar": ("B.", "Bas", "van der", "Haar", "", "", "1992-02-07", "3431LK", "28", "", ""),
    "graaf": ("H.", "Hendrik", "de", "Graaf", "", "", "1958-03-03", "8222AB", "19", "", ""),
    "blom": ("C.", "Cornelia", "", "Blom", "de", "Graaf", "1960-11-11", "8222AB", "19", "", ""),
    "terp": ("J.", "Jolanda", "", "Terpstra", "", "", "1974-08-08", "8441GH", "52", "", ""),
    "akker": ("N.W.", "Nico Willem", "van den", "Akker", "", "", "1981-12-24", "5401PZ", "9", "", ""),
    "bergen": ("I.", "Ilse", "van", "Bergen", "", "", "1979-04-05", "4611NT", "60", "", ""),
    "maas": ("G.", "Gerda", "", "Maas", "", "", "1966-10-31", "6041BC", "12", "", ""),
    "mohd": ("Y.", "Youssef", "", "Ait Oufkir", "", "", "1997-05-16", "3526KS", "250", "", ""),
    "yil": ("H.İ.", "Halil İbrahim", "", "Yılmaz", "", "", "1983-07-23", "7511JG", "33", "", ""),
    "beek": ("E.", "Eva", "van", "Beek", "", "Houtman", "1987-09-09", "1421AA", "104", "", ""),
    "wit1": ("J.", "Jan", "de", "Wit", "", "", "1950-01-15", "2801KL", "3", "", ""),
    "wit2": ("J.", "Johanna", "de", "Wit", "", "", "1952-06-18", "2801KL", "3", "", ""),
    "heij": ("R.", "Rob", "van der", "Heijden", "", "", "1968-02-20", "5611ZT", "87", "", ""),
    "ham": ("O.", "Olga", "", "Hamersma", "", "", "1991-06-17", "9203NR", "16", "", ""),
    "nowak": ("K.", "Krzysztof", "", "Nowak", "", "", "1986-03-12", "5961DL", "21", "", ""),
    "brand": ("V.", "Vera", "", "Brandsma", "", "", "1993-01-28", "8601CE", "8", "", ""),
    "dongen": ("P.A.", "Petronella Anna", "van", "Dongen", "", "", "1957-12-12", "5104JB", "73", "", ""),
}

BSN = numbers_for(PEOPLE, 21_450_000)
MATERNITY, SICKNESS, DISABILITY = ["maternity_benefit"], ["sickness_benefit"], ["disability_benefit"]
UNEMPLOYMENT, MEDICAL, DEBTS = ["unemployment_benefit"], ["medical"], ["debts"]
LETTERS = []


def _add(*letter, **facts):
    LETTERS.append(make_letter(*letter, **facts))


def _number(person, *sizes, joint=" "):
    """The person's number in groups."""
    number, groups = BSN[person], []
    for size in sizes:
        groups.append(number[:size])
        number = number[size:]
    return joint.join(groups)


# ---- a benefits agency

_add("decision with reference block", f"""Postbus 57015, 1040 CT Amsterdam

Aan de werkgever van
mevrouw A.J. van Zwanenburg

Datum                13 mei 2026
Burgerservicenummer  {_number("zwaan", 4, 2, 3, joint=".")}
Ons kenmerk          B&B/2026/00118

Onderwerp: beslissing zwangerschapsuitkering

Geachte heer, mevrouw,

Uw werkneemster krijgt een zwangerschapsuitkering van 1 juni 2026 tot en met 20 september 2026.
De bevalling wordt verwacht op 13 juli 2026.
""", "zwaan", cat=MATERNITY, per="2026-06-01", conf="high")
_add("decision, words broken over lines", """Wij delen u mee dat mevrouw Van Zwanen-
burg, geboren op 23 novem-
ber 1986, met ingang van 1 juni 2026 recht heeft op een zwanger-
schapsuitkering.
""", "zwaan", cat=MATERNITY, per="2026-06-01")
_add("soft hyphens at line ends", """De heer A. Bouzam\u00ad
bou, geboren 1 juli 1969, ontvangt per 4 mei 2026 zieken\u00ad
geld.
""", "bouz", cat=SICKNESS, per="2026-05-04")
_add("name broken in quoted mail", """> Het betreft de heer Szcze-
> panski (17 augustus 1988), die sinds 2 maart 2026 ziekgemeld is.
""", "szcz", cat=SICKNESS, per="2026-03-02")
_add("capitals broken over a line", """DE HEER K. NOWAK EN MEVROUW K. RAMDJANAM-
SINGH, GEBOREN 19 JANUARI 1984: ZIEKENGELD.
""", "singh", cat=SICKNESS)
_add("double name broken at its hyphen", """Ziekengeld voor mevrouw M. Lewandowska-
Zajac, geboren 2 december 1975, vanaf 6 april 2026.
""", "lewan", per="2026-04-06")
_add("double name of a wife broken at its hyphen", """Ziekengeld voor mevrouw M.C. Wolters-
ter Hage, geboren 29 februari 1980.
""", "hage")
_add("wia, first day of illness", """Betreft: WIA-beoordeling van de heer D.P. de Rooij (27-05-1963)

Eerste arbeidsongeschiktheidsdag: 12-06-2024. De wachttijd eindigt op 10-06-2026. Voor 1 juni 2026 ontvangen wij
graag uw gegevens.
""", "rooij", cat=DISABILITY, per="2024-06-12")
_add("recovery", """Onderwerp: terugvordering
Naam: R. Tjin-A-Tsoi
Geboren: 6 juni 1977
Periode: 1 november 2025 tot en met 31 januari 2026
Te betalen voor: 15 juni 2026
""", "tjin", cat=DEBTS)
_add("unemployment", """Mevrouw K. Ramdjanamsingh (geb. 19/1-1984) heeft recht op een WW-uitkering over april 2026.""",
     "singh", cat=UNEMPLOYMENT)
_add("letter to the client of an address window", """RETOURADRES Postbus 100, 7400 AA Deventer

Mevrouw A.J. van Zwanenburg
Brinkgreverweg 31
7415 E X  DEVENTER

Deventer, 12 mei 2026

Uw ziekengeld wijzigt vanaf 18 mei 2026.
""", "zwaan", cat=SICKNESS, per="2026-05-18")
_add("address in lines of capitals", """DHR W KUYPERS
RINGBAAN OOST 118
5038AB TILBURG

UW ZIEKENGELD EINDIGT OP 30 APRIL 2026
""", "kuijp", cat=SICKNESS)
_add("address in one line with bullets", "Verzekerde: H. Yilmaz • Deurningerstraat 33 • 7511 JG • Enschede. Ziekengeld.",
     "yil", cat=SICKNESS)
_add("foreign way of an address", "Pan Krzysztof Nowak\nHoofdstraat 21\nNL-5961DL Horst\n\nZiekengeld", "nowak")
_add("address with number behind", "El Ouali, S.\nPostcode/huisnr: 1068EL / 412\nZiekengeld", "ouali")
_add("person in between", """Wij spraken vandaag mevrouw Brandsma over haar ziekmelding. Zij woont op Marktstraat 8 te
Sneek (8601 CE).
""", "brand", cat=SICKNESS)

# ---- numbers

for name, written in (
        ("odd groups of dots", _number("haar", 4, 2, 2, 1, joint=".")), ("groups of two", _number("haar", 2, 2, 2, 3)),
        ("two, three, four", _number("haar", 2, 3, 4, joint="-")), ("thin spaces", _number("haar", 3, 3, 3, joint="\u2009")),
        ("no-break spaces", _number("haar", 4, 2, 3, joint="\u00a0")),
        ("zero-width spaces", _number("haar", 1, 1, 1, 1, 1, 1, 1, 1, 1, joint="\u200b")),
        ("middle dots", _number("haar", 3, 3, 3, joint="·")), ("two blanks", _number("haar", 3, 3, 3, joint="  ")),
        ("dots and a line end", _number("haar", 4, 2, joint=".") + ".\n" + BSN["haar"][6:]),
        ("a line end", BSN["haar"][:5] + "\n" + BSN["haar"][5:]), ("slashes", _number("haar", 3, 3, 3, joint="/")),
        ("a dot and a dash", _number("haar", 4, 2, joint=".") + "-" + BSN["haar"][6:]),
        ("hyphen at a line end", BSN["haar"][:5] + "-\n" + BSN["haar"][5:]), ("brackets", f"[{BSN['haar']}]"),
        ("underscores", _number("haar", 3, 3, 3, joint="_")), ("non-breaking hyphens", _number("haar", 3, 3, 3, joint="\u2011"))):
    _add(f"number, {name}", f"Voor de werknemer met burgerservicenummer {written} ontvangt u ziekengeld.", "haar", cat=SICKNESS)
for name, written in (
        ("as it is", "ZK-4420-17"), ("small", "zk-4420-17"), ("blanks", "ZK 4420 17"), ("nothing", "ZK442017"),
        ("small with nothing", "zk442017"), ("dots", "ZK.4420.17"), ("slashes", "ZK/4420/17"), ("dashes of print", "ZK–4420–17"),
        ("blanks and dashes", "ZK - 4420 - 17"), ("half", "ZK4420-17"), ("line end", "ZK-4420-\n17"), ("soft", "ZK\u00ad-44\u200b20-17")):
    _add(f"customer id, {name}", f"Zaak: {written}. Uw ziekengeld.", "kuijp", cat=SICKNESS)
_add("id with slashes", "Dossier 2026/7781/K, ziekengeld", "rooij")
_add("id with slashes, as dashes", "Dossier 2026-7781-k, ziekengeld", "rooij")
_add("id in a subject", "Zie onder. Ziekengeld.", "kuijp", subject="RE: [ZK-4420-17] vraag")
_add("address, split by a line", "Bereikbaar via fatma.demirtas@\nwebpost.example. Ziekengeld.", {})
_add("address in brackets", "Fatma <Fatma.Demirtas@WebPost.example>; ziekengeld", "demir")

# ---- a personnel department

_add("mail about one employee", """Hoi Marloes,

Kun jij even kijken naar Bas vd Haar (07-02-'92)? Hij is sinds 11 mei ziek en wij hebben nog geen ziekengeld gezien.

Groet, Jolanda Terpstra
HR-adviseur | 06 12 34 56 78
""", "haar", cat=SICKNESS, per="2026-05-11")
_add("mail with both surnames", "De verlofaanvraag van Eva van Beek-Houtman (9 september 1987): zwangerschapsverlof vanaf 22 juni 2026",
     "beek", cat=MATERNITY, per="2026-06-22")
_add("married name first", "Mw. E. Houtman-van Beek, geb. 9-9-1987, zwangerschapsverlof per 22-6-2026", "beek", per="2026-06-22")
_add("table of sick staff", """Personeelsnr;Naam;Geb.dat.;1e ziektedag;Soort
100231;Akker, N.W. van den;24-12-1981;04-05-2026;ziekengeld
100232;Hamersma, O.;17-06-1991;11-05-2026;ziekengeld
100233;Zonneveld, K.;01-01-1980;12-05-2026;ziekengeld
""", "akker ham", cat=SICKNESS)
_add("attached list", "Zie lijst.", {"akker": {"per": "2026-05-04", "cat": SICKNESS}, "ham": {"per": "2026-06-15", "cat": MATERNITY}},
     files=[("lijst.xlsx", documents.xlsx({("Mei", "visible"): [
         ["Overzicht verlof en verzuim", "", "", "", ""],
         ["Medewerker", "Geboortedatum", "Reden", "Begindatum", "Einddatum"],
         ["N.W. van den Akker", "24-12-1981", "Ziekengeld", "04-05-2026", ""],
         ["Olga Hamersma", "17-06-1991", "Zwangerschapsverlof", "15-06-2026", "04-10-2026"]]}))])
_add("names in three columns", "Bijlage.", "haar heij akker",
     files=[("uit.csv", "Roepnaam;Tussenvoegsel;Achternaam;Geboortedatum;Reden\nBas;van der;Haar;07-02-1992;ziekengeld\n"
             "Rob;van der;Heijden;20-02-1968;ziekengeld\nNico;van den;Akker;24-12-1981;ziekengeld\n")])
_add("pipe table", "| Naam | Geboren | Verzuim |\n| --- | --- | --- |\n| v.d. Heyden, R. | 20 feb 1968 | ziekengeld |\n"
     "| Maas, G. | 31 okt 1966 | WIA-uitkering |\n", {"heij": {"cat": SICKNESS}, "maas": {"cat": DISABILITY}})
_add("html list", "Zie html", {"maas": {}, "ham": {}}, html="<ul><li>Gerda Maas, <i>31&nbsp;oktober&nbsp;1966</i></li>"
     "<li>Olga Hamersma, <i>17&nbsp;juni&nbsp;1991</i></li></ul><p>Beiden ontvangen ziekengeld.</p>")
_add("two attachments of two people", "Beide brieven als bijlage.",
     {"maas": {"cat": DISABILITY, "per": "2026-02-01"}, "ham": {"cat": MATERNITY, "per": "2026-06-15"}},
     files=[("brief1.docx", documents.docx(["Aan: G. Maas, geboren 31-10-1966", "WIA-uitkering met ingang van 1 februari 2026"])),
            ("brief2.docx", documents.docx(["Aan: O. Hamersma, geboren 17-06-1991", "Zwangerschapsverlof m.i.v. 15 juni 2026"]))])
_add("cover and attachment of another", "Geachte heer Nowak (12-03-1986),\n\nBijgaand de gevraagde stukken.",
     {"nowak": {"cat": []}, "maas": {"cat": DISABILITY}},
     files=[("stuk.docx", documents.docx(["G. Maas, geboren 31-10-1966", "WIA-uitkering"]))])
_add("pdf attachment", "Zie bijlage.", "dongen", cat=MEDICAL,
     files=[("rapport.pdf", documents.pdf(["Medisch rapport", "Betrokkene: P.A. van Dongen", "Geboortedatum: 12 december 1957"]))])
_add("file name names the person", "Zie bijlage; ziekengeld.", "dongen",
     files=[("Van Dongen, P.A. 12-12-1957.docx", documents.docx(["Ziekengeld per 1 mei 2026"]))])

# ---- an insurer

_add("label lines", """Verzekeringnemer ... : Autobedrijf De Brug
Verzekerde ......... : dhr. H.I. Yilmaz
Geb. datum ......... : 23.07.1983
Schadenummer ....... : 2026-118273
Betreft ............ : arbeidsongeschiktheid
Eerste ziektedag ... : 02.03.2026
""", "yil", cat=["sickness_benefit", "disability_benefit"], per="2026-03-02")
_add("birth year and date", "Naam: Halil Yilmaz, geboortejaar en -datum: 23 juli 1983. Ziekengeld.", "yil")
_add("birth place and date", "Naam: Halil Yilmaz; geboorteplaats en -datum: Konya, 23 juli 1983. Ziekengeld.", "yil")
_add("born in a place that is a name", "J. Pietersen, geboren te Bergen op 5 april 1979, ontvangt ziekengeld.", {})
_add("lives in a place that is a name", "Verzekerde woont in Bergen, geboren 5 april 1979. Ziekengeld.", {})
_add("mixed separators", "Verzekerde I. van Bergen, geb. 5/4-1979. Ziekengeld.", "bergen")
_add("mixed separators, dot first", "Verzekerde I. van Bergen, geb. 5.4-1979. Ziekengeld.", "bergen")
_add("date in words", "Ilse van Bergen, geboren vijf april negentienhonderdnegenenzeventig. Ziekengeld.", "bergen")
_add("date half in words", "Ilse van Bergen, geboren op de vijfde april 1979. Ziekengeld.", "bergen")
_add("iso date and time", "Ilse van Bergen, geboren 1979-04-05T00:00:00. Ziekengeld.", "bergen")
_add("year first with slashes", "Ilse van Bergen, geboren 1979/04/05. Ziekengeld.", "bergen")
_add("bare digits", "I. van Bergen 05041979 geboortedatum, ziekengeld", "bergen")
_add("doctor", "Patiënt: Lewandowska Zajac, Malgorzata. Geb: 02-12-75 (V). Diagnose: zie onder.", "lewan", cat=MEDICAL)
_add("half of a double name", "Mevrouw M. Lewandowska, geboren 2 december 1975. Ziekengeld.", "lewan")
_add("o with a slip", "De heer Oirk de Rooy, geboren 27 mei 1963. Ziekengeld.", "rooij")

# ---- a municipality

_add("extract", """Persoonslijst
Geslachtsnaam    : Ait Oufkir
Voornamen        : Youssef
Geboortedatum    : 16 mei 1997
Burgerservicenr. : """ + BSN["mohd"] + """
Terugvordering bijstand
""", "mohd", cat=DEBTS, conf="high")
_add("joined name", "Dhr. Y. Aitoufkir, geb. 16-05-1997, schuldhulpverlening", "mohd", cat=DEBTS)
_add("hyphens in a name", "Y. Ait-Oufkir (16-05-1997): schuldhulpverlening", "mohd", cat=DEBTS)
_add("name of several words broken", "Y. Ait\nOufkir, geboren 16 mei 1997: schuldhulpverlening", "mohd")
_add("surname first, capitals", "BOUZAMBOU Abdelkarim, 01-07-1969, schuldhulpverlening", "bouz")
_add("tjin without hyphens", "De heer R. Tjin A Tsoi, geboren 6 juni 1977, schuldhulpverlening", "tjin")
_add("tjin in one", "De heer R. Tjinatsoi, geboren 6 juni 1977, schuldhulpverlening", "tjin")
_add("four letters, one wrong", "Teun Smid, geboren 18 april 1990, schuldhulpverlening", "smit")
_add("four letters, two exchanged", "T. Simt, geboren 18-04-1990, schuldhulpverlening", "smit")
_add("four letters, one more", "Teun Smith, geboren 18-04-1990, schuldhulpverlening", "smit")
_add("four letters wrong at an address", "T. Smid\nWeststraat 5\n1782 ZA Den Helder\nschuldhulpverlening", "smit")
_add("four letters wrong, title only", "De heer Smid, geboren 18 april 1990, schuldhulpverlening", {})
_add("prefix misspelled", "O. Hammersma, geboren 17 juni 1991, schuldhulpverlening", "ham")
_add("postcode letters apart", "I. van Bergen\nRijtuigweg 60\n4611 N T Bergen op Zoom\nschuldhulpverlening", "bergen")
_add("postcode with dots", "I. van Bergen, Rijtuigweg 60, 4611.NT Bergen op Zoom, schuldhulpverlening", "bergen")
_add("postcode broken over a line", "Mevrouw I. van Bergen, Rijtuigweg 60, 4611\nNT Bergen op Zoom. Schuldhulpverlening", "bergen")
_add("couple, one by title", "Mevrouw De Wit\nGouwe 3\n2801 KL Gouda\n\nschuldhulpverlening", "wit2", amb=False)
_add("couple, the other by title", "De heer J. de Wit\nGouwe 3\n2801 KL Gouda\n\nschuldhulpverlening", "wit1", amb=False)
_add("couple, neither", "J. de Wit\nGouwe 3\n2801 KL Gouda\n\nschuldhulpverlening", "wit1 wit2", amb=True)
_add("couple, both by title", "De heer en mevrouw De Wit\nGouwe 3\n2801 KL Gouda\n\nschuldhulpverlening", "wit1 wit2")
_add("wife by her husband's name", "Mevrouw De Graaf\nRijnsingel 19\n8222 AB Lelystad\n\nschuldhulpverlening", "blom", amb=False)
_add("husband", "Dhr. De Graaf\nRijnsingel 19\n8222 AB Lelystad\n\nschuldhulpverlening", "graaf", amb=False)
_add("title against the only one", "De heer C. Blom, geboren 11 november 1960, schuldhulpverlening", "blom")
_add("family at an address", "Familie De Graaf-Blom\nRijnsingel 19\n8222 AB Lelystad\n\nschuldhulpverlening", "graaf blom")

# ---- dates of a case

for written, began in [
        ("Ziekengeld van 6 tot en met 31 januari 2025.", "2025-01-06"),
        ("Ziekengeld over de periode 6 t/m 31 januari 2025.", "2025-01-06"),
        ("Zie blz. 6 - 31 maart 2025. Ziekengeld vanaf 2 maart 2026.", "2026-03-02"),
        ("Recht op ziekengeld per januari 2025, besluit van 3 maart 2026.", "2025-01-01"),
        ("In de periode januari 2025 tot en met april 2025 had u ziekengeld.", "2025-01-01"),
        ("Ingangsdatum ziekengeld: maart 2025", "2025-03-01"),
        ("Ziekengeld vanaf begin mei 2025", "2025-05-01"),
        ("Ziekengeld. Verzonden per post: mei 2025", None),
        ("Ziekengeld. Vanaf mei 2019 werkt zij bij u; zij is ziek vanaf 2 maart 2026.", "2026-03-02"),
        ("Ziekengeld\n| Ingangsdatum | Einddatum |\n|---|---|\n| 02-03-2026 | 31-05-2026 |", "2026-03-02"),
        ("Ziekengeld\n+------+-----+\n| Ingangsdatum | Einde |\n+-----+-----+\n| 02-03-2026 | 31-05-2026 |\n+---+---+",
         "2026-03-02"),
        ("EAD 6-1-2025, ziekengeld", "2025-01-06"),
        ("Ziekengeld. Datum eerste arbeidsongeschiktheid: 6 januari 2025", "2025-01-06"),
        ("Het ziekengeld wordt met ingang van 4 mei a.s. stopgezet; ziek vanaf 2 maart 2026.", "2026-03-02"),
        ("Ziekengeld. De uitkering gaat per 1 juni in.", "2026-06-01"),
        ("Ziekengeld toegekend voor de periode van 2 maart 2026 t/m 31 mei 2026.", "2026-03-02"),
        ("Ziekengeld; periode van 2 maart tot en met 31 mei 2026.", "2026-03-02"),
        ("Ziekengeld: 1e ziektedag was maandag 2 maart 2026.", "2026-03-02"),
        ("Ziekengeld; zij viel uit op 2 maart 2026.", "2026-03-02"),
        ("Ziekengeld; zij is uitgevallen per 2 maart 2026.", "2026-03-02"),
        ("Ziekengeld; eerste ziektedag\n2 maart 2026.", "2026-03-02"),
        ("Ziekengeld met ingangsdatum van 2 maart 2026.", "2026-03-02"),
        ("Ziekengeld; ingangsdatum recht 02/03/2026; datum besluit 18/05/2026", "2026-03-02"),
        ("Ziekengeld (ingang: 2026-03-02).", "2026-03-02"),
        ("Ziekengeld. Wij verwachten uw reactie binnen twee weken, dus voor 3 juni 2026.", None),
        ("Ziekengeld. Stuur dit formulier terug vóór 3 juni 2026.", None),
        ("Ziekengeld. Op 7 mei 2026 spraken wij elkaar.", None),
        ("Ziekengeld. Bezwaar kan tot 1 juli 2026, gerekend vanaf de verzenddatum van deze brief.", None),
        ("Ziekengeld. Vanaf 1 juli 2026 is ons kantoor verhuisd. Eerste ziektedag: 2 maart 2026.", "2026-03-02"),
        ("Het ziekengeld gaat in op de eerste maart 2026.", "2026-03-01"),
        ("Ziekengeld, met ingang\nvan 2 maart 2026.", "2026-03-02"),
        ("Ziekengeld, start uitkering: 02.03.26", "2026-03-02")]:
    _add(f"case {written!r}", "Zwolle, 18 mei 2026\n\nBetreft: mevrouw V. Brandsma, geboren 28 januari 1993.\n\n"
         f"{written}\n\nHoogachtend,\nK. Post", "brand", per=began)

# ---- hidden and disguised

_add("hidden in html", "Beste,", "singh", html="<p>Beste collega,</p><p style='display:none'>Kavita Ramdjanamsingh, "
     "19-01-1984, ziekengeld</p>")
_add("full width", "Ｋ．Ｒａｍｄｊａｎａｍｓｉｎｇｈ, １９－０１－１９８４, ziekengeld", "singh")
_add("html comment in a name", "zie html", "singh", html="<p>Kavita Ramdj<!-- x -->anamsingh, geboren 19-<b>01</b>-1984, ziekengeld</p>")
_add("quoted thread of three", """Dank je, zie onder.

Op ma 18 mei 2026 om 09:12 schreef Team Ziektewet <post@uitvoering.example>:
> Betreft dhr. P. Szczepański, 17-08-1988.
> Op vr 15 mei 2026 schreef HR:
>> Kunt u het ziekengeld bevestigen?
""", "szcz", cat=SICKNESS)

# ---- nobody

for written in [
        "Nieuwsbrief mei 2026\n\nNieuwe regels voor ziekengeld vanaf 1 juli 2026. Lees het verhaal van Bas (34) uit Woerden. "
        "Redactie: V. Brandsma, T. Smit en G. Maas. Afmelden: klik hier.",
        f"Factuurnummer: {BSN['haar']}\nFactuurdatum: 17-02-2026\nTotaal EUR 118,20. Ziekengeldverzekering.",
        f"Bestelling {BSN['ham']} is verzonden. Volg uw pakket via https://volg.example/{BSN['ham']}. Ziekengeld.",
        f"IBAN NL12 BANK 0{BSN['maas']} t.n.v. Stichting Ziekengeld",
        f"KvK-nummer {BSN['akker'][:8]}, btw NL{BSN['akker']}B01, ziekengeld",
        f"Tel. 0{BSN['eck'][:2]}-{BSN['eck'][2:]} of 06 {BSN['eck'][:8]}; ziekengeld",
        f"Referentie 2026{BSN['smit']}-01, ziekengeld",
        "Met vriendelijke groet,\n\nJolanda Terpstra\nmedewerker Ziektewet\nPostbus 8, 8440 AA Heerenveen\nWerkdagen: ma, di, do\n"
        "Deze e-mail is uitsluitend bestemd voor de geadresseerde. Ziekengeld.",
        "Jolanda Terpstra\nteam Ziektewet, sinds 08-08-2024 in Heerenveen\nAbe Lenstra boulevard 52, 8448 JB Heerenveen",
        "Verzonden: 12 maart 1986, archiefstuk over ziekengeld. Namens deze: K. Nowak.",
        "Vergadering 17-06-2026 over de Ziektewet. Aanwezig: O. Hamersma, V. Brandsma, G. Maas. Afwezig: R. van der Heijden.",
        "De heer G. Maas, geboren 30-10-1966, ziekengeld",
        "Mevrouw B. Smit, geboren 18-04-1990, ziekengeld",
        "Heer T. Smit, Weststraat 6, 1782 ZA Den Helder, ziekengeld",
        "I. van Bergen\nRijtuigweg 600\n4611 NT Bergen op Zoom\n\nArtikel 60 van de Ziektewet",
        "Gemeente Bergen, Jan Ligthartstraat 4, 1817 MR Alkmaar. Ziekengeld vanaf 5 april 1979.",
        "Uw ziekengeld staat in kolom A. Graaf, blom en akker zijn woorden. 3-3-1958 is een datum.",
        "Aan de bewoners van Gouwe 3, 2801 KL Gouda. Ziekengeld.",
        "Ticket #21450000, artikelnr. 4420-17, ZK is de afkorting van zaakkenmerk. Ziekengeld.",
        "Op 11-11-1960 sprak minister De Graaf in Lelystad over de Ziektewet."]:
    _add(f"nobody {written!r}", written, {})
