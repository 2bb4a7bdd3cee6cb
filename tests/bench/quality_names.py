"""What the people and letters of quality.py are made of. Nothing here is shared with the matcher."""

import composed_names

FEMALE = ("Marloes Willemijn Jolanda Saskia Petronella Wilhelmina Geertruida Hilde Naima Samira Elif Zeynep "
          "Agnieszka Małgorzata Chantal Désirée Loïs Inge Bregje Aaltje Tjitske Yvonne Ute Fatma").split()
MALE = ("Gijs Teun Wouter Hendrik Theodorus Christiaan Philippus Jeroen Ruud Ferdi Karim Abdelhak Mehmet Oğuz "
        "Łukasz Krzysztof René Joël Sietse Hidde Ype IJsbrand Otto Nuno Ismaël Mohamed").split()
# prefix|surname, commoner ones several times, so that namesakes exist.
SURNAMES = [tuple(name.split("|")) for name in (
    "|Jansen;|Jansen;|Jansen;de|Vries;de|Vries;de|Vries;van den|Berg;van den|Berg;|Bakker;|Bakker;van|Dijk;van|Dijk;"
    "|Visser;|Visser;|Smit;|Meijer;|Meyer;de|Boer;de|Boer;|Mulder;de|Groot;|Bos;|Vos;|Peters;|Hendriks;van|Leeuwen;"
    "|Dekker;|Brouwer;de|Wit;|Dijkstra;|Smits;de|Graaf;van der|Meer;van der|Linden;|Kok;de|Haan;|Vermeulen;van de|Ven;"
    "in 't|Veld;'t|Hart;op den|Camp;van 't|Hof;ter|Horst;ten|Brink;uit den|Bogaard;d'|Ancona;von|Bergen;|Hoogeveen;"
    "|Zijlstra;|IJsselstein;van|IJzendoorn;|Nijhuis;|Wijnands;|Cuijpers;|Kuyper;|Yılmaz;|Şahin;|Doğan;|Öztürk;|Çelik;"
    "|El Amrani;|El Khattabi;|Al-Hashimi;|Ben Ali;|Benali;|Bouzid;|Kowalski;|Wałęsa;|Wójcik;|Grzegorzewska;|Müller;"
    "|Schröder;|Nguyen;|Li;|Ng;|Singh;|García López;|Da Silva;dos|Santos;|O'Brien;|Fernández;|Oosterhuis-Prins").split(";")]
STREETS = ["Dorpsstraat", "Kerklaan", "Molenweg", "Stationsplein", "Nieuwegracht", "Beatrixlaan", "Plein 1944",
           "Wilgenhof", "Burg. de Vosstraat", "2e Kruisstraat", "Laan van Oost", "1 Meiplein"]
TOWNS = ["Amersfoort", "'s-Gravenhage", "Bergen op Zoom", "Ede", "DEN HELDER", "Zwolle", "Nieuwegein"]
TRADES = "Bouwgroep Zorgcentrum Garage Kapsalon Transport Drukkerij Horeca Advies".split()
MONTHS = "januari februari maart april mei juni juli augustus september oktober november december".split()
SHORT_MONTHS = [month.replace("maart", "mrt")[:3] for month in MONTHS]
ENGLISH = ("January February March April May June July August September October November December").split()
# Names as often as they occur; of so many people the name is one of those above, written in many ways.
COMMON = composed_names.spread(composed_names.surnames(), 60)
GIVEN = {True: composed_names.spread(composed_names.FEMALE, 10, 4_000),
         False: composed_names.spread(composed_names.MALE, 10, 4_000)}
ODD_NAMES = 0.3
