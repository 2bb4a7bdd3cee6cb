// Cases: a policy's own tests, in its own words (`*.cases` beside the policy; TOML).
//
//   today = 2026-03-12                  # for every case that gives none
//   sender = "brief@uwv.example"
//
//   [[party]]                           # an addressee that cases may name by its address
//   address = "hr@jansen.example"
//   ties = [ { relation = "employer", to = 2025-12-31 } ]      # to every subject of a case
//
//   [[case]]
//   name = "maternity notice to the former employer"
//   subjects = [ { id = "S-1", categories = ["maternity_benefit"], period = 2026-02-01 } ]
//   incomplete = ["encrypted"]
//   expect = { "hr@jansen.example" = "quarantine" }
//   because = "disclosure"              # a rule id that must be among the reasons; or a list
//
// A case may also give: today, sender, from (addresses of the From field), visible (of To and Cc),
// unregistered (numbers given as a BSN that are nobody's),
// registry_age ("80h") or registry = "unavailable", run ("share" or "shift": it is a letter of a
// run that went wrong by that), and recipients of its own:
//   recipients = [ { address = "a@b.example", ties = [ { subject = "S-1", relation = "self" } ] } ]
// A subject may give: id, categories, confidence (high unless given), period, hidden (true: it
// stands in hidden content), contradicted_by (a list of "salutation", "address_block", "file_name"
// and "file_number": there the letter names somebody else), count (so many subjects like this one,
// "S-1#2" and so on). A tie: subject (all of them unless given), relation ("self" and
// "other_subject" too), from, to. The recipients of a case are its own and the parties that
// `expect` names; each needs its expectation.
//
// Instead of subjects and the rest, a case may give a mail (a path, from the folder of the cases):
//   mail = "letters/wazo.eml"
//   expect = { "hr@jansen.example" = "accept" }
// It goes to those whom `expect` names, and is judged with a registry, as the milter would.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/coverage.hpp"
#include "policy/policy.hpp"

namespace postwacht::policy {

struct CaseResult {
    std::string name;
    std::string where;  // file:line
    bool passed = false;
    std::string
        difference;  // "hr@jansen.example: expected quarantine, got accept (disclosure ...)"
};

// A mail of a case.
struct CaseMail {
    std::filesystem::path file;
    mail::Address sender;
    std::vector<mail::Address> recipients;
    Date today;
};
// The verdict on it, with a recipient for each of `recipients` and in their order. Error: there is
// no such file, or no registry.
using MailJudge = std::function<Result<Verdict>(const CaseMail&)>;

// `coverage` takes note of what the cases ask. Error: the file does not read as cases, or a mail
// cannot be judged.
Result<std::vector<CaseResult>> run_cases(const Policy& policy, std::string_view toml_text,
                                          std::string file, Coverage* coverage = nullptr,
                                          const MailJudge& judge_mail = {});

}  // namespace postwacht::policy
