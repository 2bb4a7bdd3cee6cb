// What the values of a source row must look like, and the form they are kept in.
#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/text.hpp"
#include "mail/address.hpp"
#include "registry/source.hpp"

namespace postwacht::registry {
namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20U || c == '\x7F';
}

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_digit);
}

// Reads values of the current row; the first that is wrong makes the row bad, and the others are
// not looked at any more.
class RowReader {
  public:
    explicit RowReader(Row& row) : row_(&row) {}

    [[nodiscard]] bool good() const { return row_->good(); }

    std::string text(std::size_t column) const { return std::string(row_->text(column)); }

    // A name that stands for a subject or an organisation in logs and reports.
    std::string id(std::size_t column) {
        constexpr std::size_t longest = 200;
        const std::string_view value = row_->text(column);
        if (value.empty()) return reject(column, "is empty");
        if (value.size() > longest) return reject(column, "is longer than 200 bytes");
        if (std::any_of(value.begin(), value.end(), is_control)) {
            return reject(column, "holds a control character");
        }
        return std::string(value);
    }

    std::string bsn(std::size_t column) {
        std::string value(row_->text(column));
        if (value.empty()) return value;
        // A spreadsheet drops the zero in front.
        if (value.size() == 8) value.insert(value.begin(), '0');
        if (value.size() != 9 || !all_digits(value)) {
            return reject(column, "the BSN is not nine digits");
        }
        if (!bsn_valid(value)) return reject(column, "the BSN fails its check (11-test)");
        return value;
    }

    std::optional<Date> date(std::size_t column) {
        const std::string_view value = row_->text(column);
        if (value.empty()) return std::nullopt;
        auto parsed = parse_iso_date(value);
        if (!parsed) reject(column, "is not a date that exists, written YYYY-MM-DD");
        return parsed;
    }

    std::string postcode(std::size_t column) {
        std::string value;
        for (const char c : row_->text(column)) {
            if (c == ' ') continue;
            value.push_back(is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c);
        }
        if (value.empty()) return value;
        const bool valid = value.size() == 6 && value[0] != '0' &&
                           all_digits(std::string_view(value).substr(0, 4)) &&
                           std::all_of(value.begin() + 4, value.end(),
                                       [](char c) { return c >= 'A' && c <= 'Z'; });
        if (!valid) return reject(column, "the postcode is not four digits and two letters");
        return value;
    }

    // As matched: folded, without blanks ("12 A" -> "12a").
    std::string house_number(std::size_t column) { return normalise_other_id(row_->text(column)); }

    std::string email(std::size_t column) { return email_of(column, row_->text(column)); }

    std::vector<std::string> emails(std::size_t column) {
        return list(column, [&](std::string_view item) { return email_of(column, item); });
    }

    std::vector<std::string> other_ids(std::size_t column) {
        return list(column, [](std::string_view item) { return normalise_other_id(item); });
    }

    std::vector<std::string> domains(std::size_t column) {
        return list(column, [&](std::string_view item) { return domain_of(column, item); });
    }

    std::string relation_name(std::size_t column) {
        const std::string_view value = row_->text(column);
        const bool lower_snake = !value.empty() && is_lower(value.front()) && value.size() <= 64 &&
                                 std::all_of(value.begin(), value.end(), [](char c) {
                                     return is_lower(c) || is_digit(c) || c == '_';
                                 });
        if (!lower_snake) {
            return reject(column, "the relation is not a lower_snake word (a-z, 0-9, _)");
        }
        // These words are what Postwacht itself says of an addressee. A row that used one would
        // grant a stranger what a policy grants to the subject.
        constexpr std::array reserved{"self", "other_subject", "internal", "unrelated"};
        if (std::find(reserved.begin(), reserved.end(), value) != reserved.end() ||
            value.starts_with("former_") || value.starts_with("future_")) {
            return reject(column, "the relation has a name that Postwacht gives itself");
        }
        return std::string(value);
    }

    std::string reject(std::size_t column, std::string what) {
        row_->reject(column, std::move(what));
        return {};
    }

  private:
    // The values of a cell, separated by semicolons, each once.
    template <class Normalise>
    std::vector<std::string> list(std::size_t column, Normalise&& normalise) {
        std::vector<std::string> values;
        std::string_view rest = row_->text(column);
        while (!rest.empty() && good()) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            const std::string_view item = text::trim(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (item.empty()) continue;
            std::string value = normalise(item);
            if (std::find(values.begin(), values.end(), value) == values.end()) {
                values.push_back(std::move(value));
            }
        }
        return values;
    }

    std::string email_of(std::size_t column, std::string_view value) {
        if (value.empty()) return {};
        const mail::Address address = mail::parse_path(value);
        if (address.invalid || address.null || address.domain.empty() || address.local.empty()) {
            return reject(column, "is not an e-mail address");
        }
        return row_->mailboxes().key(address.key());
    }

    std::string domain_of(std::size_t column, std::string_view value) {
        // As the domain of an address, so that both are lower case in the same way.
        const mail::Address address = mail::parse_path(format("x@{}", value));
        const std::string& domain = address.domain;
        const auto part_of_a_name = [](char c) {
            return is_lower(c) || is_digit(c) || c == '-' || c == '_' || c == '.' ||
                   static_cast<unsigned char>(c) >= 0x80U;
        };
        const bool valid = !address.invalid && address.local == "x" &&
                           std::all_of(domain.begin(), domain.end(), part_of_a_name) &&
                           !domain.starts_with('.') && !domain.ends_with('.') &&
                           domain.find("..") == std::string::npos;
        if (!valid) return reject(column, "is not a domain (as in: jansen.example)");
        // A top-level domain would make everybody below it the organisation.
        if (domain.find('.') == std::string::npos) {
            return reject(column,
                          "the domain has no dot: it would stand for a whole top-level domain");
        }
        return domain;
    }

    Row* row_;
};

}  // namespace

bool bsn_valid(std::string_view nine_digits) noexcept {
    if (nine_digits.size() != 9 || !all_digits(nine_digits)) return false;
    constexpr std::array weights{9, 8, 7, 6, 5, 4, 3, 2, -1};
    int sum = 0;
    int digits = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const int digit = nine_digits[i] - '0';
        sum += weights[i] * digit;
        digits += digit;
    }
    return digits != 0 && sum % 11 == 0;
}

std::string read_id(Row& row, std::size_t column) {
    return row.good() ? RowReader(row).id(column) : std::string();
}

std::optional<Subject> read_subject(Row& source) {
    if (!source.good()) return std::nullopt;
    namespace column = subject_column;
    RowReader row(source);
    Subject subject;
    subject.id = row.id(column::subject_id);
    subject.bsn = row.bsn(column::bsn);
    // Ids appear in logs and verdicts, identifiers never.
    if (!subject.bsn.empty() && subject.id.find(subject.bsn) != std::string::npos) {
        row.reject(column::subject_id, "the subject_id holds the BSN, and would show it in logs");
    }
    subject.other_ids = row.other_ids(column::other_ids);
    subject.initials = row.text(column::initials);
    subject.given_names = row.text(column::given_names);
    subject.prefix = row.text(column::prefix);
    subject.surname = row.text(column::surname);
    subject.partner_prefix = row.text(column::partner_prefix);
    subject.partner_surname = row.text(column::partner_surname);
    subject.birth_date = row.date(column::birth_date);
    subject.postcode = row.postcode(column::postcode);
    subject.house_number = row.house_number(column::house_number);
    subject.emails = row.emails(column::emails);
    if (!row.good()) return std::nullopt;
    return subject;
}

std::optional<Organisation> read_organisation(Row& source) {
    if (!source.good()) return std::nullopt;
    namespace column = organisation_column;
    RowReader row(source);
    Organisation organisation;
    organisation.id = row.id(column::organisation_id);
    organisation.name = row.text(column::name);
    organisation.domains = row.domains(column::domains);
    organisation.addresses = row.emails(column::addresses);
    organisation.kvk = row.text(column::kvk);
    organisation.payroll_number = row.text(column::payroll_number);
    if (!row.good()) return std::nullopt;
    return organisation;
}

std::optional<RelationRow> read_relation(Row& source) {
    if (!source.good()) return std::nullopt;
    namespace column = relation_column;
    RowReader row(source);
    RelationRow read;
    read.subject_id = row.id(column::subject_id);
    read.relation.name = row.relation_name(column::relation);
    const bool has_organisation = !source.text(column::organisation_id).empty();
    const bool has_email = !source.text(column::email).empty();
    if (has_organisation && has_email) {
        row.reject(column::email, "both an organisation and an e-mail address: one is the party");
    } else if (has_organisation) {
        read.organisation_id = row.id(column::organisation_id);
    } else if (has_email) {
        read.relation.email = row.email(column::email);
    } else {
        row.reject(column::organisation_id, "neither an organisation nor an e-mail address");
    }
    read.relation.valid_from = row.date(column::valid_from);
    read.relation.valid_to = row.date(column::valid_to);
    if (read.relation.valid_from && read.relation.valid_to &&
        *read.relation.valid_to < *read.relation.valid_from) {
        row.reject(column::valid_to, "the relation ends before it begins");
    }
    if (!row.good()) return std::nullopt;
    return read;
}

}  // namespace postwacht::registry
