// Envelope: who a message is from and for, as the MTA said it.
#pragma once

#include <string>
#include <vector>

#include "mail/address.hpp"

namespace postwacht::mail {

struct Recipient {
    std::string raw;  // exactly as RCPT gave it, brackets and all: what smfi_delrcpt must get
    Address address;
};

struct Envelope {
    std::string sender_raw;  // as MAIL gave it
    Address sender;
    std::vector<Recipient> recipients;  // in the order of RCPT, duplicates kept
    std::string queue_id;               // empty where the MTA gave none
    std::string auth;                   // {auth_authen}; empty if not authenticated
    std::string client;                 // the client's address; empty if unknown
};

}  // namespace postwacht::mail
