// The words used where a policy gives none. Dutch and English, folded when compiled. A hyphen in
// them also stands for a blank or for nothing (vocabulary.hpp).
#include <initializer_list>

#include "match/vocabulary.hpp"

namespace postwacht::match {

const std::vector<std::string>& default_bsn_keywords() {
    static const std::vector<std::string> words = {
        "bsn",
        "bsnr",
        "b.s.n",
        "b.s.n.",
        "b s n",
        "bsn-nummer",
        "bsn-nr",
        "burger-service-nummer",
        "burger-service-nummers",
        "burger-service-nr",
        "burgerservicenr.",
        "bsn's",
        "bsns",
        "sofi",
        "sofi-nummer",
        "sofi-nr",
        "sociaal-fiscaal nummer",
        "sofinr.",
        "sv-nummer",
        "sv-nr",
        "svnr",
        "sociaal-verzekerings-nummer",
        "sociaal-verzekerings-nr",
        "fiscaal nummer",
        "persoonsnummer",
        "persoonlijk nummer",
        "citizen service number",
        "citizen service no",
        "social security number",
        "ssn",
    };
    return words;
}

const std::vector<std::string>& default_period_cues() {
    static const std::vector<std::string> words = {
        "ingangsdatum",
        "datum ingang",
        "met ingang van",
        "m.i.v.",
        "m.i.v",
        "miv",
        "ingaande",
        "gaat in op",
        "gaat in per",
        "ingegaan op",
        "ingegaan per",
        "ingang",
        "per",
        "begint op",
        "begint per",
        "begon op",
        "start op",
        "startte op",
        "gestart op",
        "aanvang",
        "ziekmelding",
        "in te gaan op",
        "begindatum",
        "startdatum",
        "aanvangsdatum",
        "vanaf",
        "sinds",
        "sedert",
        "periode",
        "tijdvak",
        "eerste ziektedag",
        "eerste dag van ziekte",
        "eerste dag van uw ziekte",
        "eerste verzuimdag",
        "eerste dag van",
        "met terugwerkende kracht tot",
        "met terugwerkende kracht tot en met",
        "1e ziektedag",
        "1ste ziektedag",
        "ezd",
        "gaat",
        "ingaat",
        "ingaan op",
        "ingaan per",
        "te beginnen op",
        "te beginnen per",
        "aanvangend",
        "startend op",
        "startend per",
        "begint",
        "begon",
        "begonnen op",
        "begonnen per",
        "start",
        "begin van",
        "begin verlof",
        "begin zwangerschapsverlof",
        "begin uitkering",
        "ziek op",
        "ziek per",
        "ziek geworden op",
        "ziek geworden per",
        "uitgevallen op",
        "uitgevallen per",
        "viel uit op",
        "viel uit per",
        "ziek uitgevallen op",
        "eerste arbeidsongeschiktheidsdag",
        "1e arbeidsongeschiktheidsdag",
        "datum eerste arbeidsongeschiktheid",
        "eerste ao-dag",
        "1e ao-dag",
        "ead",
        "werkt terug tot",
        "werkt terug tot en met",
        "eerste dag van arbeidsongeschiktheid",
        "eerste werkloosheidsdag",
        "eerste verlofdag",
        "datum ziekmelding",
        "ziek gemeld op",
        "ziek gemeld per",
        "ziekgemeld op",
        "verlof van",
        "uitkering van",
        "start date",
        "starts on",
        "started on",
        "begins on",
        "began on",
        "beginning on",
        "commencing",
        "commencement date",
        "from",
        "starting date",
        "starting on",
        "starting from",
        "effective date",
        "effective from",
        "effective as of",
        "with effect from",
        "as of",
        "as from",
        "since",
        "period",
        "first day of",
        "first day of illness",
        "first day of sickness",
        "first day of sick leave",
        "first day of leave",
        "first day of incapacity",
    };
    return words;
}

const std::vector<std::string>& default_period_cues_behind() {
    static const std::vector<std::string> words = {
        "ingegaan",          "gaat",           "ging",    "begonnen", "begint",     "begon",
        "gestart",           "start",          "startte", "ziek",     "ziekgemeld", "uitgevallen",
        "arbeidsongeschikt", "started",        "starts",  "began",    "begins",     "fell ill",
        "reported sick",     "called in sick",
    };
    return words;
}

namespace {

// Each of `words` before each of `prepositions`: "in dienst vanaf".
void add_pairs(std::initializer_list<const char*> words,
               std::initializer_list<const char*> prepositions, std::vector<std::string>& to) {
    for (const char* word : words)
        for (const char* preposition : prepositions)
            to.push_back(std::string(word) + ' ' + preposition);
}

std::vector<std::string> make_other_date_cues() {
    std::vector<std::string> words = {
        "datum",
        "dagtekening",
        "briefdatum",
        "brief van",
        "besluit van",
        "beslissing van",
        "besluitdatum",
        "aanvraag van",
        "aanvraagdatum",
        "aangevraagd op",
        "ontvangen op",
        "ontvangstdatum",
        "verzonden",
        "verzenddatum",
        "afdrukdatum",
        "printdatum",
        "tot",
        "tot en met",
        "t/m",
        "einddatum",
        "uiterlijk",
        "vervaldatum",
        "overleden",
        "date",
        "dated",
        "letter of",
        "decision of",
        "sent",
        "received on",
        "until",
        "end date",
        "ends on",
        "no later than",
        "deceased",
        "indiensttreding",
        "gepubliceerd",
        "gepubliceerd op",
        "publicatiedatum",
        "verschenen op",
        "opgericht",
        "opgericht op",
        "oprichtingsdatum",
        "behaald",
        "behaald op",
        "afgegeven",
        "afgegeven op",
        "datum afgifte",
        "gehuwd",
        "gehuwd op",
        "getrouwd",
        "gescheiden",
        "huwelijksdatum",
        "datum huwelijk",
        "ondertekend",
        "getekend",
        "published",
        "published on",
        "founded",
        "founded in",
        "established",
        "married",
        "divorced",
        "issued",
        "issued on",
        "signed",
        "signed on",
    };
    // What begins or ends there is something else than the case.
    add_pairs({"in dienst",    "in dienst getreden",
               "uit dienst",   "dienstverband",
               "werkt",        "werkzaam",
               "klant",        "woont",
               "woonachtig",   "getrouwd",
               "eindigt",      "beeindigd",
               "gestopt",      "stopt",
               "vervalt",      "hersteld",
               "beter gemeld", "betaling",
               "betalen",      "betaald"},
              {"op", "per", "vanaf", "sinds", "met ingang van", "m.i.v."}, words);
    add_pairs(
        {"employed", "works", "working", "worked", "ended", "ends", "stopped", "recovered", "paid"},
        {"as of", "from", "since", "with effect from"}, words);
    return words;
}

}  // namespace

const std::vector<std::string>& default_other_date_cues() {
    static const std::vector<std::string> words = make_other_date_cues();
    return words;
}

const std::vector<std::string>& default_birth_cues() {
    static const std::vector<std::string> words = {
        "geboren",
        "geboorte-datum",
        "geboorte-dag",
        "geb-datum",
        "geb-dat",
        "geb",
        "geb.",
        "geb.datum",
        "geb. datum",
        "geb.dat.",
        "gebdatum",
        "birth-date",
        "date of birth",
        "day of birth",
        "born",
        "dob",
        "d.o.b.",
        "d.o.b",
        "geboorte-jaar",
        "geboorte-jaar en -datum",
        "geboorte-jaar en -dag",
        "geboorte-plaats",
        "geboorte-plaats en -datum",
        "geb-plaats en -datum",
        "geb. plaats en datum",
        "birth day",
        // Of those who work across the border, and of papers from abroad.
        "geburtsdatum",
        "geburts-datum",
        "geburtstag",
        "date de naissance",
        "ne le",
        "nee le",
        "ne(e) le",
        "data urodzenia",
        "urodzony",
        "urodzona",
        "ur.",
        "dogum tarihi",
        "fecha de nacimiento",
        "nacido el",
        "nacida el",
        "data de nascimento",
        "data di nascita",
        "nato il",
        "nata il",
        "data nasterii",
    };
    return words;
}

Words default_words() {
    Words words;
    words.bsn_keywords = default_bsn_keywords();
    words.period_cues = default_period_cues();
    words.period_cues_behind = default_period_cues_behind();
    words.other_date_cues = default_other_date_cues();
    words.birth_cues = default_birth_cues();
    return words;
}

}  // namespace postwacht::match
