"""Letters as they are written, each with whom it names, what kinds of data it gives to whom, and when its
case began. The people are made up; each number passes the 11-test. test_letters.py judges them."""

import documents
from letter_case import make_letter, numbers_for

# id: initials, given names, prefix, surname, partner's prefix and surname, birth date, postcode, house
# number, e-mail address, other id.
PEOPLE = {
    "vries": ("J.M.", "Johanna Maria", "de", "Vries", "", "", "1991-03-03", "3511AB", "12", "jm.devries@post.example", "DOS-20261234"),
    "jansen": ("P.", "Petra", "", "Jansen", "de", "Vries", "1988-07-14", "1012WX", "7", "petra.jansen@post.example", ""),
    "veld": ("H.", "Hendrik", "in 't", "Veld", "", "", "1975-11-30", "2611CD", "12-B", "", ""),
    "ozturk": ("Y.", "Yıldız", "", "Öztürk", "", "", "1993-05-06", "3034BC", "88", "yildiz.ozturk@mijnmail.example", ""),
    "amrani": ("M.", "Mohammed", "", "El Amrani", "", "", "1980-01-01", "5611AA", "101", "", ""),
    "wojcik": ("Ł.", "Łukasz", "", "Wójcik", "", "", "1985-02-28", "7511KL", "3", "", ""),
    "grze": ("K.A.", "Katarzyna Anna", "", "Grzegorzewska", "", "", "1990-12-12", "8011PK", "55", "", ""),
    "ijz": ("L.", "Lucas", "van", "IJzendoorn", "", "", "1967-08-19", "6511RT", "40", "", ""),
    "meijer": ("T.", "Tess", "", "Meijer", "", "", "1999-04-04", "9711GH", "19", "", ""),
    "garcia": ("G.", "Gabriela", "", "García López", "", "", "1984-10-10", "2011ZX", "210", "", ""),
    "berg": ("S.", "Sanne", "van den", "Berg", "van der", "Meer", "1979-06-21", "4811DD", "6", "", ""),
    "boer1": ("A.B.", "Anna Berta", "de", "Boer", "", "", "1970-05-05", "1811AA", "1", "", ""),
    "boer2": ("A.C.", "Anja Carla", "de", "Boer", "", "", "1970-05-05", "9401LL", "77", "", ""),
    "bram": ("B.", "Bram", "", "Visser", "", "", "2001-09-17", "1506BB", "14", "", ""),
    "bart": ("B.", "Bart", "", "Visser", "", "", "2001-09-17", "1506BB", "14", "", ""),
    "li": ("D.", "Dan", "", "Li", "", "", "1982-09-09", "1315TT", "9", "", ""),
    "obrien": ("C.", "Ciara", "", "O'Brien", "", "", "1989-11-02", "2513BM", "33", "", ""),
    "ancona": ("R.", "Roos", "d'", "Ancona", "", "", "1973-02-11", "3581HT", "5", "", ""),
    "vos": ("S.", "Saskia", "", "Vos", "", "", "1965-12-24", "7201PP", "18", "", ""),
    "sahin": ("Ü.", "Ümit", "", "Şahin", "", "", "1978-06-30", "3083XA", "61", "", ""),
    "benali": ("N.", "Nadia", "", "Ben Ali", "", "", "1996-08-08", "1056AB", "300", "", ""),
    "santos": ("J.", "João", "dos", "Santos", "", "", "1981-04-25", "3014KK", "2", "", ""),
    "prins": ("R.", "Rita", "", "Oosterhuis-Prins", "", "", "1959-10-01", "9203CC", "45", "", ""),
    "hof": ("W.", "Wim", "van 't", "Hof", "", "", "1962-03-15", "3901XN", "23", "", ""),
    "bos": ("E.", "Emma", "", "Bos", "", "", "1994-07-07", "6811KM", "11", "", ""),
    "linden": ("F.J.", "Frederik Jan", "van der", "Linden", "", "", "1986-01-20", "5211NN", "8", "fj.vanderlinden@thuis.example", "DOS-20269999"),
    "hendriks": ("I.", "Ingrid", "", "Hendriks", "", "Bakker", "1977-05-19", "6411JJ", "4", "", ""),
    "bakker": ("T.", "Thijs", "", "Bakker", "", "", "1976-02-02", "6411JJ", "4", "", ""),
    "nguyen": ("T.", "Thi Mai", "", "Nguyen", "", "", "1992-10-30", "1102MM", "150", "", ""),
    "schroder": ("U.", "Uwe", "", "Schröder", "", "", "1971-07-01", "7811AS", "29", "", ""),
    "haddou": ("F.", "Fatima Zahra", "", "Haddou ou Moussa", "", "", "1987-09-23", "3522CA", "17", "", ""),
    "karaca": ("E.", "Elif", "", "Karaca", "", "Yıldırım", "1995-01-31", "7543GG", "36", "", ""),
    "kowal": ("A.", "Agnieszka", "", "Kowalska", "", "Nowak", "1983-03-08", "5041EE", "72", "", ""),
    "smeets": ("J.", "Jo", "", "Smeets", "", "", "1955-08-12", "6211TT", "5", "", ""),
    "heuvel": ("M.", "Marloes", "van den", "Heuvel", "", "", "1998-02-14", "5701AB", "64", "", ""),
    "camp": ("G.", "Gerrit", "op den", "Camp", "", "", "1969-09-29", "6041KK", "13", "", ""),
    "dijk": ("C.", "Cornelia", "van", "Dijk", "", "", "1990-06-05", "2311SS", "22", "", ""),
}


BSN = numbers_for(PEOPLE, 12_300_000)

# How the 3rd of March 1991 is written.
BIRTH_DATES = ['geb. 03031991',
 "geboren 3 mrt. '91",
 "geboren op 3 mrt '91 te Utrecht",
 'geb.dat.: 1991.03.03',
 'geb 3/3/91',
 '(3-3-1991)',
 'geboortedatum 03 03 1991',
 'geboren: 3 maart 1991',
 "geb. 3.3.'91",
 "geb. 3-3-'91",
 'geb. d.d. 3-3-1991',
 '* 03-03-1991',
 'geb. 3-III-1991',
 'geboortedatum: 1991-03-03',
 'geboren 03‑03‑1991',
 'geb. 3 – 3 – 1991',
 'geb.: 03-mrt-91',
 'geboren op de 3e maart 1991',
 'geboren op drie maart 1991',
 "geb. 03-03-'91",
 'g.d. 03-03-1991',
 'geb.datum 03/03/1991',
 "geboren d.d. 3 Maart '91",
 '(geb. 910303)',
 'geb. 19910303',
 'DOB 3 March 1991',
 'geboren op zondag 3 maart 1991',
 'geb. mrt 3, 1991',
 'geb.:3-3-1991',
 'geboortedatum 3\nmaart 1991',
 'geb. 3 mrt 91',
 '03-03-1991 (geb.)',
 'geb: 3-mrt-1991',
 "geb. op 3 maart '91",
 'geboortedatum: 3.3.91',
 'geboren den 3den maart 1991',
 'born 3rd March 1991',
 'geboren in Utrecht, 3 maart 1991',
 'geb.03-03-1991',
 'geboren_03-03-1991',
 'geb.dat 3 MRT 1991',
 '(1991-3-3)']

# Names by a birth date.
NAMES = [('vries', 'Mevrouw De Vries'),
 ('vries', 'DE VRIES, J.M.'),
 ('vries', 'Vries, J.M. de'),
 ('vries', 'Vries de, Johanna'),
 ('vries', 'J. d. Vries'),
 ('vries', 'mevr. J.M. de Vríes'),
 ('vries', 'Johanna de Vries'),
 ('vries', 'Johanna Maria de Vries'),
 ('vries', 'Maria de Vries'),
 ('vries', 'mw J M de Vries'),
 ('vries', 'JM de Vries'),
 ('vries', 'J.M.de Vries'),
 ('vries', 'de Vries (Johanna)'),
 ('vries', 'VRIES, de, J.M. (v)'),
 ('jansen', 'Petra de Vries-Jansen'),
 ('jansen', 'P. Jansen-de Vries'),
 ('jansen', 'P. de Vries - Jansen'),
 ('jansen', 'mw. P. Jansen e/v De Vries'),
 ('jansen', 'Jansen, P.'),
 ('jansen', 'Mevr. De Vries-Jansen'),
 ('jansen', 'Petra Jansen'),
 ('jansen', 'mevrouw P. de Vries geboren Jansen'),
 ('jansen', 'DE VRIES-JANSEN'),
 ('veld', "H. in 't Veld"),
 ('veld', 'H. in ’t Veld'),
 ('veld', 'in het Veld, H.'),
 ('veld', "Veld, in 't, Hendrik"),
 ('veld', "dhr. In 't Veld"),
 ('veld', 'H. in `t Veld'),
 ('veld', 'Hendrik in t Veld'),
 ('veld', "IN 'T VELD H."),
 ('veld', 'Veld H. in ´t'),
 ('ozturk', 'Yıldız Öztürk'),
 ('ozturk', 'Yildiz Ozturk'),
 ('ozturk', 'YILDIZ ÖZTÜRK'),
 ('ozturk', 'Y. Oeztuerk'),
 ('ozturk', 'mevr. Öztűrk'),
 ('ozturk', 'YİLDİZ OZTURK'),
 ('amrani', 'M. el Amrani'),
 ('amrani', 'Mohammed El-Amrani'),
 ('amrani', 'Elamrani, M.'),
 ('amrani', 'dhr Amrani'),
 ('amrani', 'EL AMRANI Mohammed'),
 ('amrani', 'Mohamed El Amrani'),
 ('wojcik', 'Łukasz Wójcik'),
 ('wojcik', 'Lukasz Wojcik'),
 ('wojcik', 'L. Wojcik'),
 ('wojcik', 'WÓJCIK ŁUKASZ'),
 ('wojcik', 'Pan Wójcik'),
 ('grze', 'K.A. Grzegorzewska'),
 ('grze', 'Kasia Grzegorzewska'),
 ('grze', 'mevr. Grzegorszewska'),
 ('grze', 'Katarzyna GRZEGORZEWSKA'),
 ('ijz', 'L. van IJzendoorn'),
 ('ijz', 'L. van Yzendoorn'),
 ('ijz', 'Lucas van Ijzendoorn'),
 ('ijz', 'dhr. Van ĳzendoorn'),
 ('ijz', 'IJzendoorn, L. van'),
 ('ijz', 'L. v. IJzendoorn'),
 ('meijer', 'T. Meyer'),
 ('meijer', 'Tess Meijer'),
 ('meijer', 'mej. Meijer'),
 ('meijer', 'mevrouw T. Meier'),
 ('garcia', 'Gabriela García López'),
 ('garcia', 'G. Garcia Lopez'),
 ('garcia', 'Mevr. García'),
 ('garcia', 'G. García-López'),
 ('garcia', 'Garcia Lopez, G.'),
 ('garcia', 'mevr. G. Garcia Lopes'),
 ('garcia', 'mevr. G. Gracia Lopez'),
 ('berg', 'S. van der Meer-van den Berg'),
 ('berg', 'S. van den Berg'),
 ('berg', 'mevr. S. v.d. Berg'),
 ('berg', 'mw S. vd Berg'),
 ('berg', 'S. v/d Berg'),
 ('berg', 'Sanne vandenberg'),
 ('berg', 'van der Meer - van den Berg, S.'),
 ('berg', 'S. van der Meer'),
 ('berg', 'Mw. v.d. Meer-v.d. Berg'),
 ('li', 'D. Li'),
 ('li', 'dhr. Li'),
 ('li', 'Dan Li'),
 ('obrien', "C. O'Brien"),
 ('obrien', 'Ciara O’Brien'),
 ('obrien', 'mevr. OBrien'),
 ('obrien', 'C. O Brien'),
 ('ancona', "R. d'Ancona"),
 ('ancona', 'mevr. D’Ancona'),
 ('ancona', 'Roos dAncona'),
 ('ancona', "Ancona, R. d'"),
 ('sahin', 'Ümit Şahin'),
 ('sahin', 'U. Sahin'),
 ('sahin', 'dhr. SAHIN'),
 ('sahin', 'Umit Sahın'),
 ('benali', 'Nadia Ben Ali'),
 ('benali', 'N. Benali'),
 ('benali', 'mw. Ben-Ali'),
 ('santos', 'J. dos Santos'),
 ('santos', 'Joao dos Santos'),
 ('santos', 'dhr. Santos'),
 ('prins', 'R. Oosterhuis-Prins'),
 ('prins', 'mevr. Oosterhuis'),
 ('prins', 'R. Prins-Oosterhuis'),
 ('prins', 'mevr. R. Prins'),
 ('hof', "W. van 't Hof"),
 ('hof', 'Wim van het Hof'),
 ('hof', "W. v.'t Hof"),
 ('hof', 'dhr. van ’t Hof'),
 ('hof', "Hof, W. van 't"),
 ('bos', 'E. Bos'),
 ('bos', 'mevr. Bos'),
 ('bos', 'Emma Bos'),
 ('hendriks', 'I. Bakker-Hendriks'),
 ('hendriks', 'Ingrid Hendriks'),
 ('hendriks', 'mevr. I. Hendricks'),
 ('nguyen', 'T. Nguyen'),
 ('nguyen', 'Nguyen Thi Mai'),
 ('nguyen', 'mevr. Nguyễn'),
 ('nguyen', 'Thi Mai Nguyen'),
 ('schroder', 'Uwe Schröder'),
 ('schroder', 'U. Schroeder'),
 ('schroder', 'dhr. Schroder'),
 ('haddou', 'F.Z. Haddou ou Moussa'),
 ('haddou', 'Fatima Zahra Haddou'),
 ('haddou', 'mevr. Haddou-ou-Moussa'),
 ('haddou', 'Fatima Haddou Ou Moussa'),
 ('karaca', 'Elif Yıldırım-Karaca'),
 ('karaca', 'E. Karaca'),
 ('karaca', 'mevr. Yildirim'),
 ('kowal', 'A. Nowak-Kowalska'),
 ('kowal', 'Agnieszka Kowalska'),
 ('kowal', 'mevr. Kowalski'),
 ('heuvel', 'Marloes v.d. Heuvel'),
 ('heuvel', 'M. van de Heuvel'),
 ('heuvel', 'M. vanden Heuvel'),
 ('heuvel', 'Heuvel M. van den'),
 ('camp', 'G. op den Camp'),
 ('camp', 'Gerrit op de Camp'),
 ('camp', 'dhr. Opdencamp'),
 ('vries', 'De Vries, mevr. J.M.'),
 ('vries', 'mevrouw drs. J.M. de Vries'),
 ('vries', 'Mw. J.M. de Vries MSc'),
 ('vries', 'J. (Johanna) de Vries'),
 ('vries', 'Johanna M. de Vries'),
 ('vries', 'de Vries J.M. Mw'),
 ('vries', 'J.-M. de Vries'),
 ('vries', 'Devries J.M.'),
 ('vries', 'J.M. DeVries'),
 ('veld', 'H. int Veld'),
 ('veld', "H. in't Veld"),
 ('veld', 'H. in ‘t Veld'),
 ('veld', "dhr. Hendrik In 't Veld"),
 ('amrani', 'El-Amrani M.'),
 ('amrani', 'Mohammed Amrani'),
 ('wojcik', 'Lukasz Wojcik (dhr)'),
 ('berg', 'mw. van den Berg - van der Meer, S.'),
 ('berg', 'Mevr. van der Meer geb. van den Berg'),
 ('berg', 'S v d Berg'),
 ('karaca', 'E. Yildirim - Karaca'),
 ('kowal', 'Mevr. Kowalska Agnieszka'),
 ('kowal', 'A. Kowalska-Nowak'),
 ('garcia', 'GARCIA LOPEZ GABRIELA'),
 ('garcia', 'Gabriela GARCÍA-LÓPEZ'),
 ('ijz', 'Van ĲZENDOORN L.'),
 ('ijz', 'Lucas IJzendoorn')]

# Names by an address.
ADDRESSES = [('veld', "H. in 't Veld\nOude Delft 12-B\n2611CD Delft"),
 ('veld', "De heer H. in 't Veld\nOude Delft 12 B\n2611 CD  DELFT"),
 ('veld', "H. in 't Veld, Oude Delft 12b, 2611 CD Delft"),
 ('veld', "H. in 't Veld\nOude Delft 12\nB\n2611 CD Delft"),
 ('veld', "In 't Veld, Oude Delft nr. 12 hs, Delft (2611 CD)"),
 ('veld', "dhr. in 't Veld\n2611CD-12B"),
 ('veld', "dhr. in 't Veld, 2611 CD 12"),
 ('veld', "H. in 't Veld\n2611 cd, huisnummer 12"),
 ('amrani', 'El Amrani\nStraat van 1940 nummer 101-III\nNL-5611 AA Eindhoven'),
 ('amrani', 'M. el Amrani | Kruisstraat 101 | 5611AA | Eindhoven'),
 ('amrani', 'Naam: El Amrani\nStraat: Kruisstraat\nHuisnummer: 101\nPostcode: 5611 AA\nPlaats: Eindhoven'),
 ('amrani', 'Naam: El Amrani\nPostcode: 5611 AA\nHuisnummer: 101\nPlaats: Eindhoven'),
 ('boer1', 'A.B. de Boer, Dorpsstraat 1, 1811AA Alkmaar'),
 ('boer2', 'A.C. de Boer\nWeg 77\n9401 LL Assen'),
 ('prins', 'R. Oosterhuis\nKade 45\n\n9203 CC Drachten'),
 ('hof', "W. v.'t Hof\nUtrechtseweg 23 bis\n3901 XN  Veenendaal"),
 ('li', 'D. Li\nMarkt 9\n1315 TT Almere'),
 ('bakker', 'T. Bakker, Laan 4, 6411JJ Heerlen'),
 ('hendriks', 'I. Hendriks, Laan 4, 6411JJ Heerlen'),
 ('kowal', 'Agnieszka Kowalska ul. Gilzerbaan 72 5041EE Tilburg'),
 ('dijk', 'Fam. Van Dijk\np/a Rapenburg 22\n2311 SS Leiden'),
 ('garcia', 'Mw. G. Garcia Lopez\nHoutplein 210 /3\n2011 ZX Haarlem')]

# What a letter of 11 May 2026 says of a case, and when that began.
PERIODS = [('Per 1 april jl. ontvangt zij een zwangerschapsuitkering.', '2026-04-01'),
 ('De zwangerschapsuitkering gaat in vanaf 1-4-2026.', '2026-04-01'),
 ('Zij ontvangt, ingaande 6 april 2026, een zwangerschapsuitkering.', '2026-04-06'),
 ('De zwangerschapsuitkering wordt met terugwerkende kracht tot 2 februari 2026 toegekend.', '2026-02-02'),
 ('Over de periode 1 januari t/m 31 maart 2026 ontving zij een zwangerschapsuitkering.', '2026-01-01'),
 ('Over de periode 1 januari 2026 tot en met 31 maart 2026 ontving zij een zwangerschapsuitkering.', '2026-01-01'),
 ('Zij heeft van 5 januari 2026 tot en met 26 april 2026 recht op een zwangerschapsuitkering.', '2026-01-05'),
 ('Zwangerschapsverlof: 05-01-2026 t/m 26-04-2026.', '2026-01-05'),
 ('Zwangerschapsverlof (05-01-2026 – 26-04-2026).', '2026-01-05'),
 ('Stuur het formulier voor haar zwangerschapsuitkering vóór 1 mei 2026 terug.', None),
 ('Reageer uiterlijk 1 juni 2026 op deze brief over de zwangerschapsuitkering.', None),
 ('Op 12 mei 2026 hebben wij de aanvraag voor de zwangerschapsuitkering ontvangen.', None),
 ('Naar aanleiding van uw brief van 4 mei 2026 over de zwangerschapsuitkering, die op 1 maart 2026 is ingegaan.',
  '2026-03-01'),
 ('De eerste dag van de zwangerschapsuitkering is 9 maart 2026.', '2026-03-09'),
 ('Eerste ziektedag: 2 februari 2026. Ziekengeld.', '2026-02-02'),
 ('Zij is op 2 februari 2026 ziek geworden en krijgt ziekengeld.', '2026-02-02'),
 ('Zij is sinds maandag 2 februari 2026 ziekgemeld.', '2026-02-02'),
 ('Zij meldde zich ziek op 2 februari 2026; ziekengeld.', '2026-02-02'),
 ('De ziekmelding is van 2 februari 2026.', '2026-02-02'),
 ('Het zwangerschapsverlof begint 9 maart 2026 en eindigt 28 juni 2026.', '2026-03-09'),
 ('Het zwangerschapsverlof is begonnen op 9 maart 2026.', '2026-03-09'),
 ('De zwangerschapsuitkering start 9 maart 2026.', '2026-03-09'),
 ('Startdatum zwangerschapsuitkering: 9-3-2026', '2026-03-09'),
 ('Ingangsdatum van de zwangerschapsuitkering: 9-3-2026', '2026-03-09'),
 ('Begin zwangerschapsverlof\t9 maart 2026\nEinde zwangerschapsverlof\t28 juni 2026', '2026-03-09'),
 ('De zwangerschapsuitkering loopt van 9 maart tot en met 28 juni 2026.', '2026-03-09'),
 ('De zwangerschapsuitkering van 9 maart 2026 tot 28 juni 2026 is vastgesteld.', '2026-03-09'),
 ('Datum ingang zwangerschapsuitkering 09-03-2026.', '2026-03-09'),
 ('Met ingang van maandag 9 juni a.s. gaat de zwangerschapsuitkering in.', '2026-06-09'),
 ('M.i.v. 09/03/2026 zwangerschapsuitkering.', '2026-03-09'),
 ('Besluit van 11 mei 2026. Wij hebben besloten dat zij met ingang van 9 maart 2026 een zwangerschapsuitkering '
  'krijgt. U kunt bezwaar maken tot 22 juni 2026.',
  '2026-03-09'),
 ('Wij betalen de zwangerschapsuitkering per maand, voor het eerst op 23 maart 2026. De uitkering begint op 9 '
  'maart 2026.',
  '2026-03-09'),
 ('Vermoedelijke bevallingsdatum: 20 april 2026. Zwangerschapsuitkering vanaf 9 maart 2026.', '2026-03-09'),
 ('Her maternity benefit starts on 9 March 2026.', '2026-03-09'),
 ('Her maternity leave runs from March 9, 2026 until June 28, 2026.', '2026-03-09'),
 ('Her maternity leave began on Monday 9 March 2026.', '2026-03-09'),
 ('Vanaf vandaag kan zij inloggen voor haar zwangerschapsuitkering. Dagtekening 11 mei 2026.', None),
 ('Zij werkt sinds 1 juni 2015 bij u. De zwangerschapsuitkering gaat in op 9 maart 2026.', '2026-03-09'),
 ('Zij is in dienst vanaf 1 juni 2015. De ingangsdatum van de zwangerschapsuitkering is 9 maart 2026.',
  '2026-03-09'),
 ('Zwangerschapsuitkering toegekend m.i.v. 9 mrt. 2026', '2026-03-09'),
 ("Zwangerschapsuitkering toegekend per 9-3-'26", '2026-03-09'),
 ('Zwangerschapsuitkering over week 11 t/m 26 van 2026; verlof vanaf 09.03.2026', '2026-03-09'),
 ('De zwangerschapsuitkering, die loopt vanaf 9 maart dit jaar,', '2026-03-09'),
 ('Zwangerschapsuitkering per 9/3.', None),
 ('Op 9 maart 2026 ging haar zwangerschapsverlof in.', '2026-03-09'),
 ('Vanaf de negende maart 2026 zwangerschapsverlof.', '2026-03-09'),
 ('Vanaf 9 maart 2026 (maandag) heeft zij zwangerschapsverlof', '2026-03-09'),
 ('Tijdvak 1: 09-03-2026 - 28-06-2026, zwangerschapsuitkering', '2026-03-09'),
 ('Arbeidsongeschiktheid sedert 2 februari 2024', '2024-02-02'),
 ('Zij is vanaf 2 februari 2024 arbeidsongeschikt; WIA-uitkering per 31 januari 2026.', '2024-02-02'),
 ('zwangerschapsuitkering met ingang van 1 april j.l.', '2026-04-01'),
 ('zwangerschapsuitkering in de periode vanaf 1 januari 2026', '2026-01-01'),
 ("zwangerschapsuitkering van 1-4-'26 t/m 1-6-'26", '2026-04-01'),
 ('zwangerschapsuitkering, reageer voor 1 mei 2026', None),
 ('zwangerschapsuitkering, reageer vóór 1 mei', None),
 ('ziekengeld; eerste ziektedag was op 2 februari jl.', '2026-02-02'),
 ('ziekengeld, 1e ziektedag 2-2-2026', '2026-02-02'),
 ('ziekengeld, 1ste ziektedag: 2-2-2026', '2026-02-02'),
 ('ziekengeld, EZD 2-2-2026', '2026-02-02'),
 ('zwangerschapsverlof dat ingaat op 9 maart 2026', '2026-03-09'),
 ('zwangerschapsverlof gaat 9 maart 2026 in', '2026-03-09'),
 ('zwangerschapsverlof zal ingaan op 9 maart 2026', '2026-03-09'),
 ('zwangerschapsuitkering te beginnen op 9 maart 2026', '2026-03-09'),
 ('zwangerschapsverlof aanvangend 9 maart 2026', '2026-03-09'),
 ('zwangerschapsverlof startend op 9 maart 2026', '2026-03-09'),
 ('zwangerschapsverlof (ingang 9-3-2026)', '2026-03-09'),
 ('uw brief d.d. 4 mei 2026; zwangerschapsuitkering per 9 maart 2026', '2026-03-09'),
 ('zwangerschapsuitkering, uw aanvraag d.d. 4 mei 2026', None),
 ('ziekengeld; ziek uit dienst per 31 maart 2026', None),
 ('ziekengeld; uit dienst vanaf 1 april 2026; ziek sinds 2 februari 2026', '2026-02-02'),
 ('ziekengeld; contract eindigt per 31 maart 2026', None),
 ('zwangerschapsuitkering, betaling vanaf 23 maart 2026, ingangsdatum 9 maart 2026', '2026-03-09'),
 ('zwangerschapsuitkering eindigt met ingang van 28 juni 2026', None),
 ('ziekengeld beëindigd per 1 mei 2026', None),
 ('ziekengeld gestopt vanaf 1 mei 2026; eerste ziektedag 2 februari 2026', '2026-02-02')]

# What names nobody who is registered.
NOBODY = ['Nieuwsbrief: wie zwanger is kan een zwangerschapsuitkering aanvragen. Bel 0900-123 4567. Redactie: J. Bakker, S. '
 'Vos.',
 'Geachte heer De Vries, op 3 maart 1991 werd ons kantoor geopend. Met ziekengeld heeft dit niets te maken.',
 'Factuur 123456782, datum 3-3-1991, de Vries Installaties BV, zwangerschapsuitkering',
 'Vergadering op 5 mei 1970 werd geleid door de heer K. de Boer; thema ziekengeld.',
 'In het bos op 7-7-1994 stond een boom. Ziekengeld.',
 'Contact: J. Visser (afdeling Ziektewet), geboren communicator, 17-09-2021.',
 'D. Li heeft op 9 september 1999 de Ziektewet ingevoerd.',
 'Mevrouw A. Jansen, geboren 14-7-1988, ziekengeld',
 'De heer K. de Vries, geboren 3 maart 1991 te Assen: ziekengeld',
 'Mevr. J.M. de Vries, geb. 4 maart 1991: ziekengeld',
 'Mw. B. Bos (geb. 07-07-1995) ziekengeld',
 'De heer P. Visser, Zaanweg 14, 1506 BB Zaandam: ziekengeld',
 'Visser, K. geboren 17-9-2001 ziekengeld',
 'Rapenburg 22, 2311 SS Leiden is ons nieuwe adres. Ziekengeld.',
 'Mevrouw S. Vos is uw contactpersoon. Zij werkt hier sinds 24 december 2005. Ziekengeld.',
 'Wet van 30 juni 1978, Stb. 1978, artikel 5, Sahin-arrest, ziekengeld',
 'Linden, bomen: geplant 20-01-1986. Ziekengeld']

LETTERS = []
MATERNITY, SICKNESS, DISABILITY = ["maternity_benefit"], ["sickness_benefit"], ["disability_benefit"]


def _add(*letter, **facts):
    LETTERS.append(make_letter(*letter, **facts))


def _dutch(day, short=False):
    year, month, day = day.split("-")
    return f"{int(day)}-{int(month)}-{year[2:] if short else year}"


for written in BIRTH_DATES:
    _add(f"birth date {written!r}", f"Geachte heer, mevrouw,\n\nHet betreft mevrouw J.M. de Vries, {written}. Zij "
         "ontvangt een zwangerschapsuitkering.\n\nMet vriendelijke groet,\nA. Kuiper", "vries", cat=MATERNITY)
for number, (person, written) in enumerate(NAMES):
    born = PEOPLE[person][6]
    _add(f"name {written!r}", f"L.S.,\n\nHierbij informatie over {written}, geboren {_dutch(born)}, die sinds enige "
         "tijd ziekengeld ontvangt.\n\nHoogachtend,\nB. Koster", person)
    _add(f"name and bare date {written!r}", f"Dossier ziekengeld: {written} ({_dutch(born, number % 2)}).", person)
for person, written in ADDRESSES:
    _add(f"address {written!r}", f"Uitvoering\nPostbus 100\n1000 AA Amsterdam\n\n{written}\n\nBetreft: uw ziekengeld"
         "\n\nGeachte heer of mevrouw,\n\nU ontvangt ziekengeld.", person)
for written, began in PERIODS:
    _add(f"period {written!r}", "Amersfoort, 11 mei 2026\n\nGeachte heer, mevrouw,\n\nDit gaat over mevrouw J.M. de "
         f"Vries, geboren op 3 maart 1991.\n{written}\n\nHoogachtend,\nB. Koster", "vries", per=began)
for written in NOBODY:
    _add(f"nobody {written!r}", written, {})

_add("amb", "De heer of mevrouw A. de Boer, geboren 5 mei 1970: ziekengeld", "boer1 boer2", amb=True)
_add("amb-init", "Mevrouw A.C. de Boer, geboren 5 mei 1970: ziekengeld", "boer2", amb=False)
_add("amb-given", "Mevrouw Anja de Boer, geboren 5 mei 1970: ziekengeld", "boer2", amb=False)
_add("amb-pc", "Mevrouw De Boer, geboren 5 mei 1970, wonend te 9401 LL Assen: ziekengeld", "boer2", amb=False)
_add("twins", "B. Visser, geb. 17-09-2001: ziekengeld", "bram bart", amb=True)
_add("twins-given", "Bart Visser, geb. 17-09-2001: ziekengeld", "bart", amb=False)
_add("twins-adr", "B. Visser\nZaanweg 14\n1506 BB Zaandam\nziekengeld", "bram bart", amb=True)
_add("couple-adr", "De heer T. Bakker en mevrouw I. Hendriks\nLaan 4\n6411 JJ Heerlen\nziekengeld", "bakker hendriks")
_add("fam-adr", "Familie Bakker-Hendriks\nLaan 4\n6411 JJ Heerlen\nziekengeld", "hendriks bakker")
_add("fwd",
     "Ter info.\n\n-----Oorspronkelijk bericht-----\nVan: Jan <jan@extern.example>\n"
     f"Verzonden: dinsdag 12 mei 2026 10:11\nAan: post\nOnderwerp: zwangerschapsuitkering\n\n"
     f"> Mijn medewerkster Johanna de Vries (3-3-1991)\n> heeft vanaf 9 maart 2026 zwangerschapsverlof.\n",
     "vries",
     cat=MATERNITY,
     per="2026-03-09")
_add("fwd-wrap",
     "> > Het gaat om mevrouw J.M. de\n> > Vries, geboren 3\n> > maart 1991, zwangerschapsverlof",
     "vries",
     cat=MATERNITY)
_add("sig",
     "Met vriendelijke groet,\n\nPetra Jansen\npetra.jansen@post.example\n\n"
     "> zwangerschapsverlof van mw. De Vries, 03-03-1991",
     "jansen vries")
_add("subj", "Zie onderwerp, zwangerschapsverlof.", "linden", subject="F.J. van der Linden, geb. 20-01-1986")
_add("bsnspaces", f"BSN {BSN['dijk'][:3]} {BSN['dijk'][3:6]} {BSN['dijk'][6:]} ziekengeld", "dijk", conf="medium")
_add("bsndots",
     f"BSN: {BSN['dijk'][:4]}.{BSN['dijk'][4:6]}.{BSN['dijk'][6:]}, mevr. Van Dijk, ziekengeld",
     "dijk",
     conf="high")
_add("bsnname", f"{BSN['dijk']} C. van Dijk ziekengeld", "dijk", conf="medium")
_add("bsnhigh", f"burgerservicenummer {BSN['dijk']}, C. van Dijk, 05-06-1990 ziekengeld", "dijk", conf="high")
_add("bsnbare", f"kenmerk {BSN['dijk']} ziekengeld", {})
_add("bsnnl", f"Sofinr. {BSN['bos']}: mw Bos, ziekengeld", "bos", conf="high")
_add("bsnunder", f"{BSN['bos'][:5]}{BSN['bos'][5:]}_besluit.pdf mevr. Bos ziekengeld", "bos")
_add("dos", "Dossier DOS-2026 1234 ziekengeld", "vries")
_add("mailaddr", "Neem contact op met JM.deVries@post.example over ziekengeld", "vries", conf="medium")
_add("mailobf", "jm.devries (at) post.example ziekengeld", {})
_add("conf-med", "Mevrouw J.M. de Vries, geb. 3-3-1991, ziekengeld", "vries", conf="medium")
_add("conf-high",
     "Mevrouw J.M. de Vries, geb. 3-3-1991, Straat 12, 3511 AB Utrecht, ziekengeld",
     "vries",
     conf="high")
_add("tab-text",
     "Overzicht\n\nNaam\tGeb.datum\tUitkering\nVries, J.M. de\t03-03-1991\tZwangerschapsuitkering\n"
     "Wójcik, Ł.\t28-02-1985\tZiekengeld\nBos, E.\t07-07-1994\tWIA-uitkering\n",
     {"vries": {"cat": MATERNITY}, "wojcik": {"cat": SICKNESS}, "bos": {"cat": DISABILITY}})
_add("tab-space",
     "Naam               Geb.datum    Uitkering\nVries, J.M. de     03-03-1991   Zwangerschapsuitkering\n"
     "Wójcik, Ł.         28-02-1985   Ziekengeld\nBos, E.            07-07-1994   WIA-uitkering\n",
     "vries wojcik bos")
_add("tab-pipe",
     "| Naam | Geb.datum | Uitkering |\n|---|---|---|\n"
     "| Vries, J.M. de | 03-03-1991 | Zwangerschapsuitkering |\n| Wójcik, Ł. | 28-02-1985 | Ziekengeld |\n",
     "vries wojcik")
_add("csv",
     "zie bijlage",
     {"vries": {"cat": MATERNITY}, "wojcik": {"cat": SICKNESS}},
     files=[("lijst.csv","achternaam;tussenvoegsel;voorletters;geboortedatum;uitkering\nVries;de;J.M.;19910303;zwangerschapsuitkering\nWójcik;;Ł;19850228;ziekengeld\nde Wit;;;19700101;WIA-uitkering\n")])
_add("csvq",
     "zie bijlage",
     "vries wojcik berg",
     files=[("lijst.csv",'"naam","geb","pc"\n"Vries, J.M. de","3-3-1991","3511AB"\n"Wojcik, L.","28-2-1985",""\n"Berg, S. van den","21-6-1979",""\n')])
_add("html",
     "zie html",
     "vries",
     cat=MATERNITY,
     html="<p>Mevrouw J.M. de Vr<b>ie</b>s, geboren 3&nbsp;maart&nbsp;1991</p><p>zwanger&shy;schapsuitkering</p>")
_add("htmltab",
     "zie html",
     {"vries": {"cat": MATERNITY}, "wojcik": {"cat": SICKNESS}},
     html="<table><tr><th>Naam</th><th>Geboren</th><th>Soort</th></tr><tr><td>J.M. de Vries</td><td>3 mrt 1991</td><td>zwangerschapsuitkering</td></tr><tr><td>Ł. Wójcik</td><td>28 feb 1985</td><td>ziekengeld</td></tr></table>")
_add("kv",
     "Achternaam: Vries\nTussenvoegsel: de\nVoorletters: J.M.\nGeboortedatum: 03-03-1991\n"
     "Soort: zwangerschapsuitkering",
     "vries",
     cat=MATERNITY)
_add("kv2",
     "Voorletters\tJ.M.\nVoorvoegsel\tde\nAchternaam\tVries\nGeboren\t03-03-1991\nSoort\tzwangerschapsuitkering",
     "vries",
     cat=MATERNITY)
_add("kvnl", "Geboortedatum: 03-03-1991\nGeslacht: V\nAchternaam: de Vries\nziekengeld", "vries")
_add("two-letters-fwd",
     "Zie hieronder twee brieven.\n\n"
     "Mevrouw J.M. de Vries, geboren 3-3-1991, krijgt een zwangerschapsuitkering.\n\n"
     "De heer Ł. Wójcik, geboren 28-2-1985, krijgt ziekengeld.",
     "vries wojcik")
_add("list-dash",
     "Het betreft:\n- mevrouw J.M. de Vries (3-3-1991)\n- de heer Ł. Wójcik (28-2-1985)\n"
     "- mevrouw E. Bos (7-7-1994)\n- dhr. M. El Amrani (1-1-1980)\nAllen ontvangen ziekengeld.",
     "vries wojcik bos amrani")
_add("list-comma",
     "Ziekengeld: J.M. de Vries (3-3-1991), Ł. Wójcik (28-2-1985), E. Bos (7-7-1994) en M. El Amrani (1-1-1980).",
     "vries wojcik bos amrani")
_add("child",
     "Mevrouw J.M. de Vries (geb. 3-3-1991) en haar zoon Tim (geb. 1 mei 2020), zwangerschapsuitkering",
     "vries")
_add("spaced", "J . M . d e  V r i e s ,  3 - 3 - 1 9 9 1 ziekengeld", {})
_add("caps", "MEVROUW J.M. DE VRIES, GEBOREN 3 MAART 1991, ONTVANGT ZIEKENGELD", "vries")
_add("cyr", "Mevrouw J.M. dе Vriеs, geboren 3-3-1991 ziekengeld", "vries")
_add("zwsp", "Mevrouw J.M. de Vri\u200bes, geboren 3-\u200b3-1991 ziekengeld", "vries")
_add("fullw", "Ｍevrouw J.M. de Ｖries, geboren ３-３-１９９１ ziekengeld", "vries")
_add("sheet", "zie bijlage",
     {"vries": {"cat": MATERNITY, "per": "2026-03-09"}, "wojcik": {"cat": SICKNESS, "per": "2026-02-02"}},
     files=[("lijst.xlsx", documents.xlsx({("Blad1", "visible"): [
         ["Achternaam", "Tussenvoegsel", "Voorl.", "Geb.", "Regeling", "Ingangsdatum"],
         ["Vries", "de", "J.M.", "03-03-1991", "Zwangerschapsuitkering", "09-03-2026"],
         ["Wójcik", "", "Ł.", "28-02-1985", "Ziekengeld", "02-02-2026"]]}))])
_add("two letters attached", "zie bijlagen",
     {"vries": {"cat": MATERNITY, "per": "2026-03-09"}, "wojcik": {"cat": SICKNESS, "per": "2026-02-02"}},
     files=[("a.docx", documents.docx(["Mevrouw J.M. de Vries, geboren 3 maart 1991",
                                       "Zwangerschapsuitkering vanaf 9 maart 2026"])),
            ("b.docx", documents.docx(["De heer Ł. Wójcik, geboren 28 februari 1985",
                                       "Ziekengeld vanaf 2 februari 2026"]))])
