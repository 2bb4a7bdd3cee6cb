"""Made-up names with the spread that names have in the Netherlands. Nothing here is shared with the matcher.

surnames() gives some three thousand surnames, composed of places, trades, given names and endings, the commonest
first, and weights() how often each occurs: 0.4 % of people have the commonest, and of two people one pair in a
thousand shares a surname, as a rank law (Zipf, Mandelbrot) has it. spread() makes of both a list to draw from by one
number, which is several times faster than random.choices().
"""

PLACES = ("berg dijk meer linden heuvel ven veen hout woud akker beek broek brink bosch dam donk dorp eijk es gracht "
          "haar hagen ham heide hoek hof hoeve horst hul kamp kerk kolk laar land leeuw loo maas mark molen "
          "molengraaf nes oever oord pas plas poel pol polder put rijn rijt sande schans schoot sluis spek steen "
          "stok straat toorn velde vliet voort waal wal water weide werf wetering wiel wijk zand zee zijl "
          "aalst arnhem baarle breda delden elst emmen gelder haren hattum kampen leusden meppel norden "
          "ommen raalte rossum soest tiel utrecht vianen weert zutphen zwol").split()
PREFIXES = ["van", "van de", "van den", "van der", "", "ter", "ten", "in 't", "van 't", "op de"]
TRADES = ("Bakker Visser Smit Mulder Brouwer Dekker Kuiper Schipper Timmer Schilder Slager Kramer Koster Meijer Boer "
          "Herder Wever Kleer Molenaar Zwager Schouten Kok Hoedemaker Bouwman Boogaard Rademaker Pannekoek Snijder "
          "Schoenmaker Scholten Ridder Koning Prins Keizer Bisschop Monnik Post Vos Haan Valk Wolf Leeuw Vogel Groot "
          "Klein Wit Zwart Bruin Lang Kort Jong Oud Blauw Rood Sterk Blom Roos Doorn Bloem").split()
STEMS = ("Jan Piet Hendrik Willem Klaas Gerrit Cornelis Jacob Dirk Peter Arend Adriaan Bart Claes Daniel Evert Frans "
         "Geert Harm Huib Ide Joost Karst Lambert Maarten Nico Otto Paul Rein Simon Teun Ulke Wessel Ype Wiebe Sjoerd "
         "Tjeerd Douwe Bouke Hotze Jelle Meint Oene Popke Rinse Sietse Tiete Wigger Alber Berend Egbert Gijsbert Hein "
         "Koen Ludo Mees Rutger Tijmen Wouter Zeger").split()
ENDINGS = ["sen", "s", "se", "stra", "ma", "sma", "ing", "ink", "man", "mans", "kes", "ssen", "inga", "ers"]
FOREIGN = ("Yılmaz|Kaya|Demir|Şahin|Çelik|Yıldız|Öztürk|Aydın|Arslan|Doğan|Kılıç|Aslan|Çetin|Kara|Koç|Kurt|Özdemir|"
           "Şimşek|Polat|Korkmaz|Çakır|Erdoğan|Güneş|El Amrani|El Idrissi|Ben Ali|Ait Ali|El Khattabi|Bouzid|Haddou|"
           "Aziz|Bakkali|Chaoui|Daoudi|El Fassi|Hamdaoui|Jabri|Kaddouri|Lahlou|Mansouri|Naciri|Ouali|Rahmani|Saidi|"
           "Tahiri|Ziani|Kowalski|Nowak|Wiśniewski|Wójcik|Kamiński|Lewandowski|Zieliński|Szymański|Dąbrowski|"
           "Kozłowski|Jankowski|Mazur|Krawczyk|Nguyen|Tran|Pham|Singh|Kumar|Ramdin|Khan|Ali|Mohamed|Ahmed|Hassan|"
           "García López|Fernández|Da Silva|Pereira|Santos|Rossi|Müller|Schmidt|Schröder|Weber|Popescu|Ivanov|Kovács").split("|")

MALE = ("Jan Johannes Cornelis Hendrik Willem Pieter Gerrit Jacobus Petrus Adrianus Daan Sem Lucas Finn Bram Thijs "
        "Jesse Lars Milan Luuk Tim Thomas Ruben Stijn Max Julian Levi Noah Gijs Sander Mark Jeroen Dennis Martijn Erik "
        "Rob Marcel Peter Hans Ron Frank Edwin Paul Richard Arjan Bas Wouter Joost Maarten Niels Rick Kevin Stefan "
        "Mohammed Youssef Ahmed Ali Hassan Omar Ibrahim Mustafa Emre Mehmet Hamza Bilal Rachid Karim Piotr Tomasz "
        "Krzysztof Łukasz Michał José João Carlos Sjoerd Jelle Wiebe Douwe Tjeerd Sietse Harm Roelof Albert Evert Arie "
        "Kees Leendert Teunis Huibert Otto Egbert Derk Berend Harmen René André Joël").split()
FEMALE = ("Maria Johanna Anna Cornelia Elisabeth Wilhelmina Hendrika Catharina Petronella Adriana Emma Sophie Julia "
          "Mila Tess Saar Fleur Lotte Eva Zoë Lisa Anouk Sanne Iris Noor Femke Roos Isa Lynn Fenna Naomi Laura Kim "
          "Linda Monique Esther Sandra Petra Ingrid Marjan Annemarie Yvonne Karin Wilma Anja Marieke Mariska Chantal "
          "Bianca Nicole Miranda Fatima Aïcha Khadija Meryem Samira Naima Latifa Zeynep Ayşe Elif Esra Büşra Emine "
          "Agnieszka Katarzyna Małgorzata Magdalena Joanna Ana Carmen Lucía Tjitske Sietske Hiske Froukje Geertje "
          "Trijntje Aaltje Grietje Hilde Riet Truus Willy Bep Marga Desirée Renée Chloë").split()


def surnames():
    """(prefix, surname), each once, in an order that mixes their kinds."""
    kinds = [
        [(prefix, place.capitalize()) for prefix in PREFIXES[:4] for place in PLACES],
        [("", stem + ending) for ending in ENDINGS for stem in STEMS],
        [("" if i % 3 else "de", trade) for i, trade in enumerate(TRADES)],
        [("", trade + ending) for ending in ("s", "sma", "man", "huis", "stra") for trade in TRADES],
        [("", name) for name in FOREIGN],
        [(prefix, place.capitalize()) for prefix in PREFIXES[4:] for place in PLACES],
        [(prefix, first.capitalize() + second) for prefix in ("", "van", "van den") for first in PLACES[:40]
         for second in ("berg", "dijk", "hout", "veld", "horst", "kamp", "man", "stra") if first != second],
    ]
    mixed, seen = [], set()
    for rank in range(max(map(len, kinds))):
        for kind in kinds:
            if rank < len(kind) and kind[rank] not in seen:
                seen.add(kind[rank])
                mixed.append(kind[rank])
    return mixed


def weights(count, flat):
    """The share of each rank, which falls off behind `flat` common ones; they make 1 together."""
    shares = [1 / (rank + flat) for rank in range(1, count + 1)]
    total = sum(shares)
    return [share / total for share in shares]


def spread(names, flat, slots=100_000):
    """Each name as often as its weight says, once at least: draw with spread[int(random() * len(spread))]."""
    drawn = []
    for name, weight in zip(names, weights(len(names), flat)):
        drawn += [name] * max(1, round(weight * slots))
    return drawn
