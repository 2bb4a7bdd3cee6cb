// Fuzzes csv::Reader: it must come to an end, move forward with every call, give places that exist,
// and give the same records again when these are written out with every field quoted.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "registry/csv.hpp"

namespace {

using postwacht::registry::csv::Field;
using postwacht::registry::csv::Problem;
using postwacht::registry::csv::Reader;
using Records = std::vector<std::vector<std::string>>;

void require(bool condition) {
    if (!condition) std::abort();
}

Records read(std::string_view bytes, bool& problems) {
    Reader reader(bytes);
    std::vector<Field> record;
    Problem problem;
    Records records;
    problems = false;
    while (true) {
        const std::size_t before = reader.offset();
        const Reader::Next next = reader.next(record, problem);
        require(reader.offset() <= bytes.size());
        if (next == Reader::Next::end) {
            require(reader.offset() == bytes.size());
            return records;
        }
        require(reader.offset() > before);
        if (next == Reader::Next::problem) {
            problems = true;
            require(problem.line >= 1 && problem.column >= 1 && !problem.what.empty());
            continue;
        }
        require(!record.empty());
        records.emplace_back();
        for (const Field& field : record) {
            require(field.line >= 1 && field.column >= 1);
            records.back().push_back(field.text);
        }
    }
}

std::string write(const Records& records) {
    std::string bytes;
    for (const auto& record : records) {
        for (std::size_t i = 0; i < record.size(); ++i) {
            bytes += i == 0 ? "\"" : ",\"";
            for (const char c : record[i]) {
                if (c == '"') bytes += '"';
                bytes += c;
            }
            bytes += '"';
        }
        bytes += "\r\n";
    }
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    bool problems = false;
    const Records records = read(bytes, problems);
    const Records again = read(write(records), problems);
    require(!problems && again == records);
    return 0;
}
