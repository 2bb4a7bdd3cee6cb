// Public mailbox providers: having an address there says nothing about whom one works for.
//
// The list holds the providers of consumer mailboxes that are common in the Netherlands, those of
// access providers among them, and the large international ones.
#include <algorithm>
#include <array>

#include "policy/rules.hpp"

namespace postwacht::policy {

const std::vector<std::string>& default_public_mailbox_providers() {
    static const std::vector<std::string> domains{
        // International
        "gmail.com", "googlemail.com", "outlook.*", "outlook.com.*", "hotmail.*", "hotmail.co.*",
        "hotmail.com.*", "live.*", "live.co.*", "live.com.*", "msn.com", "yahoo.*", "yahoo.co.*",
        "yahoo.com.*", "ymail.com", "rocketmail.com", "aol.*", "aol.co.*", "aim.com", "icloud.com",
        "me.com", "mac.com", "proton.me", "protonmail.*", "pm.me", "tutanota.*", "tuta.com",
        "tuta.io", "tutamail.com", "gmx.*", "gmx.co.*", "web.de", "t-online.de", "freenet.de",
        "mail.com", "email.com", "zohomail.*", "yandex.*", "mail.ru", "fastmail.*", "hushmail.com",
        "hey.com", "orange.fr", "wanadoo.fr", "laposte.net", "free.fr", "libero.it", "wp.pl",
        "o2.pl", "onet.pl", "interia.pl", "abv.bg", "seznam.cz", "mailbox.org", "posteo.*",
        "duck.com",
        // The Netherlands
        "ziggo.nl", "ziggomail.com", "upcmail.nl", "home.nl", "casema.nl", "multiweb.nl",
        "quicknet.nl", "chello.nl", "zeelandnet.nl", "kpnmail.nl", "kpnplanet.nl", "planet.nl",
        "hetnet.nl", "xs4all.nl", "telfort.nl", "telfortglasvezel.nl", "tele2.nl", "versatel.nl",
        "zonnet.nl", "12move.nl", "tiscali.nl", "wanadoo.nl", "online.nl", "solcon.nl", "caiway.nl",
        "caiway.net", "kabelfoon.nl", "kabelfoon.net", "deltanet.nl", "freedom.nl", "hccnet.nl",
        "dds.nl", "freeler.nl", "soverin.net", "startmail.com", "vodafonevast.nl",
        "t-mobilethuis.nl",
        // Belgium
        "telenet.be", "skynet.be", "proximus.be", "scarlet.be", "voo.be"};
    return domains;
}

bool is_mailbox_provider(const Rules& rules, std::string_view domain) {
    const auto matches = [domain](const DomainGlob& glob) { return glob.matches(domain); };
    if (std::any_of(rules.public_mailbox_providers.begin(), rules.public_mailbox_providers.end(),
                    matches))
        return true;
    const auto& built_in = default_public_mailbox_providers();
    return std::any_of(built_in.begin(), built_in.end(), [&](const std::string& pattern) {
        const auto glob = DomainGlob::parse(pattern);
        return glob && matches(*glob);
    });
}

bool is_public_suffix(std::string_view domain) noexcept {
    static constexpr std::array<std::string_view, 12> registered_under{
        "ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "govt", "net", "or", "org"};
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) return true;
    return domain.size() - dot == 3 && std::find(registered_under.begin(), registered_under.end(),
                                                 domain.substr(0, dot)) != registered_under.end();
}

const std::vector<std::string>& default_dotless_domains() {
    static const std::vector<std::string> domains{"gmail.com", "googlemail.com"};
    return domains;
}

}  // namespace postwacht::policy
