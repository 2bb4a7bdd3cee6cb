// A registry source in a folder of its own, with its index and its key beside it.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/format.hpp"
#include "registry/build.hpp"
#include "support/temporary_directory.hpp"

namespace postwacht::registry {

// The nine-digit number that begins with these eight digits and passes the 11-test; empty if there
// is none.
inline std::string bsn_from(std::uint32_t eight_digits) {
    for (char check = '0'; check <= '9'; ++check) {
        std::string bsn = format("{:08}{}", eight_digits, check);
        if (bsn_valid(bsn)) return bsn;
    }
    return {};
}

class SourceFolder {
  public:
    static constexpr std::string_view subject_header =
        "subject_id,bsn,other_ids,initials,given_names,prefix,surname,partner_prefix,"
        "partner_surname,birth_date,postcode,house_number,emails\n";
    static constexpr std::string_view organisation_header =
        "organisation_id,name,domains,addresses,kvk,payroll_number\n";
    static constexpr std::string_view relation_header =
        "subject_id,relation,organisation_id,email,valid_from,valid_to\n";

    // Two subjects, two organisations, three relations.
    SourceFolder() {
        std::filesystem::create_directory(source());
        write("subjects.csv",
              std::string(subject_header) +
                  "S-1,123456782,DOS-77;AB 12,J.M.,Johanna Maria,de,Wit,van der,Meer,1990-02-03,"
                  "1234 ab,12 A,J.deWit@Post.example;jo@thuis.example\n"
                  "S-2,111222333,,P.,Piet,,Jansen,,,,,,jo@thuis.example\n");
        write("organisations.csv",
              std::string(organisation_header) +
                  "O-1,\"Bakkerij Jansen, Zwolle\",Jansen.example;brood.example,"
                  "loon@kantoor.example,12345678,1L01\n"
                  "O-2,Zorg,zorg.jansen.example,,,\n");
        write("relations.csv", std::string(relation_header) +
                                   "S-1,employer,O-1,,2020-01-01,2025-12-31\n"
                                   "S-2,care_provider,O-2,,,\n"
                                   "S-1,representative,,Advocaat@Recht.example,2024-05-06,\n");
    }

    [[nodiscard]] std::filesystem::path source() const { return directory_ / "source"; }
    [[nodiscard]] std::filesystem::path index() const { return directory_ / "index.mdb"; }
    [[nodiscard]] std::filesystem::path folder() const { return directory_.path(); }
    [[nodiscard]] const crypto::SecretKey& key() const { return key_; }

    void write(std::string_view name, std::string_view content) const {
        std::ofstream(source() / name, std::ios::binary) << content;
    }

    // Makes subjects.csv of so many subjects, S-0 and on, all with this surname and nothing else.
    void write_many(std::uint32_t count, std::string_view surname) const {
        std::string rows(subject_header);
        for (std::uint32_t n = 0; n < count; ++n) {
            rows += format("S-{},,,,,,{},,,,,,s{}@post.example\n", n, surname, n);
        }
        write("subjects.csv", rows);
        write("relations.csv", relation_header);
    }

    Result<BuildReport> build(std::uint64_t max_bad_rows = 0) {
        bad_rows.clear();
        BuildOptions options;
        options.source = source();
        options.index = index();
        options.max_bad_rows = max_bad_rows;
        options.dotless_domains = dotless_domains;
        options.bad_row = [this](const BadRow& row) {
            bad_rows.push_back(format("{}:{}:{}: {}", row.file, row.line, row.column, row.what));
        };
        return registry::build(options, key_);
    }

    std::vector<std::string> bad_rows;  // of the last build
    std::vector<std::string> dotless_domains;

  private:
    TemporaryDirectory directory_;
    crypto::SecretKey key_ = crypto::SecretKey::generate().value();
};

}  // namespace postwacht::registry
