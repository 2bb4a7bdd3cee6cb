// Words that stand in letters about anything.
#include "policy/lint.hpp"

namespace postwacht::policy {

std::string_view common_words() noexcept {
    return " aan aantal adres afdeling al alle als altijd ander andere antwoord april augustus "
           "bedrag bellen beslissing besluit betaling bij bijlage brief contact daarom daarvoor "
           "dag dagen dank dat datum de deel deze dit document doen door duidelijk dus een eerste "
           "en er februari formulier geachte gebruik gebruiken geen gegevens geld gemaakt gemeente "
           "geven goed graag groet haar hallo hebben hebt heeft heer helpen het hier hoe hulp "
           "iedereen in informatie internet ja jaar januari juli juni kan kantoor keer klant "
           "komen kosten krijgen kunt kunnen laten later lees maand maar maart maken medewerker "
           "meer mei met mevrouw moet moeten mogelijk naam naar nee niet nieuw nieuwe nodig nog "
           "november nu nummer of oktober om onder ons onze ontvangen ook op opnieuw over pagina "
           "per periode persoon plaats post reactie recht regel samen schrijven september soms "
           "staat straat stuk stuur sturen te tegen telefoon tijd toen tot u uit uur uw vaak van "
           "vandaag veel verder via volgende voor vraag vragen vriendelijke waar wanneer was wat "
           "week weer website welke werk werken werkgever wet wie wij willen wordt worden www "
           "zaak zal zaterdag ze zelf zich zijn zo zoals zonder zullen zult "
           "about account after again all also always am an and any are as ask at attached "
           "available back be because been before best between bill but by call can case change "
           "check client code come contact copy could customer day days dear department did "
           "different do does each email end every example fact february few first for form "
           "friday from full get give go good had has have he hello help her here him his home "
           "hour how if information into is it january june just kind know last later let letter "
           "like line list long look made make many march may me meeting month more most much "
           "must my name need never new next no not note now number of office on one only open "
           "or order other our out over page part pay people person phone place please point "
           "post question read regards reply report right said same see send sent service she "
           "should sincerely so some such take team than thank thanks that the their them then "
           "there these they thing this time to today two under up us use very view want was way "
           "we week well were what when where which who will with within without work would "
           "write year years yes you your ";
}

}  // namespace postwacht::policy
