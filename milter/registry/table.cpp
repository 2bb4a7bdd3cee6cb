#include "registry/table.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::registry {
namespace {

std::string names_of(std::span<const Column> columns) {
    std::string names;
    for (const Column& column : columns) {
        if (!names.empty()) names += ",";
        names += column.name;
    }
    return names;
}

}  // namespace

Result<ColumnPlaces> find_columns(std::string_view table, const std::vector<csv::Field>& header,
                                  std::span<const Column> wanted) {
    const auto error = [table](const csv::Field& field, std::string detail, std::string hint) {
        return Error{ErrorCode::source, format("{}:{}:{}", table, field.line, field.column),
                     std::move(detail), std::move(hint)};
    };
    const std::string all = "the columns are: " + names_of(wanted);
    ColumnPlaces places;
    places.width = header.size();
    places.positions.assign(wanted.size(), std::nullopt);
    std::vector<std::string_view> names;
    for (const Column& column : wanted) names.push_back(column.name);
    for (std::size_t position = 0; position < header.size(); ++position) {
        const csv::Field& field = header[position];
        const std::string_view name = text::trim(field.text);
        const auto known = std::find(names.begin(), names.end(), name);
        if (known == names.end()) {
            const std::string_view nearest = text::nearest(name, names);
            return error(
                field, format("unknown column '{}'", text::printable(name, 40)),
                name.find(';') != std::string_view::npos
                    ? "fields are separated by commas; a semicolon separates values in one field"
                : nearest.empty() ? all
                                  : format("did you mean '{}'?", nearest));
        }
        auto& place = places.positions[static_cast<std::size_t>(known - names.begin())];
        if (place) return error(field, format("column '{}' is there twice", name), all);
        place = position;
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i].required && !places.positions[i])
            return error({{}, 1, 1}, format("column '{}' is missing", wanted[i].name), all);
    }
    return places;
}

}  // namespace postwacht::registry
