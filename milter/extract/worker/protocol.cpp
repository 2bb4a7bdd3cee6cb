#include "extract/worker/protocol.hpp"

#include <cstring>
#include <type_traits>

namespace postwacht::extract::worker {
namespace {

constexpr std::uint32_t request_mark = 0x51525750;   // "PWRQ"
constexpr std::uint32_t answer_mark = 0x41525750;    // "PWRA"
constexpr std::uint32_t greeting_mark = 0x48525750;  // "PWRH"
constexpr std::uint32_t reading_mark = 0x44525750;   // "PWRD"
constexpr std::size_t longest_word = 4096;

class Packer {
  public:
    template <class Integer>
    void integer(Integer value) {
        static_assert(std::is_integral_v<Integer>);
        char bytes[sizeof(value)];
        std::memcpy(bytes, &value, sizeof(value));
        out_.append(bytes, sizeof(value));
    }
    void text(std::string_view value) {
        integer(static_cast<std::uint64_t>(value.size()));
        out_ += value;
    }
    void reserve(std::size_t size) { out_.reserve(size); }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

// Reads what a Packer wrote. Once something is missing every further value is empty.
class Unpacker {
  public:
    explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

    template <class Integer>
    Integer integer() {
        Integer value{};
        if (rest_.size() < sizeof(value)) {
            fail();
            return value;
        }
        std::memcpy(&value, rest_.data(), sizeof(value));
        rest_.remove_prefix(sizeof(value));
        return value;
    }
    std::string text() {
        const auto size = integer<std::uint64_t>();
        if (size > rest_.size()) {
            fail();
            return {};
        }
        std::string value(rest_.substr(0, static_cast<std::size_t>(size)));
        rest_.remove_prefix(value.size());
        return value;
    }
    bool flag() { return integer<std::uint8_t>() != 0; }
    // A number of items that take at least `least` bytes each, so that memory follows what is
    // there.
    std::uint64_t count(std::size_t least) {
        const auto value = integer<std::uint64_t>();
        if (value > rest_.size() / least) {
            fail();
            return 0;
        }
        return value;
    }
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool finished() const noexcept { return ok_ && rest_.empty(); }

  private:
    void fail() {
        ok_ = false;
        rest_ = {};
    }
    std::string_view rest_;
    bool ok_ = true;
};

void pack(Packer& out, const PartInfo& part) {
    out.text(part.path);
    out.text(part.name);
    out.text(part.type);
    out.integer(part.bytes);
    out.integer(static_cast<std::uint8_t>(part.macro));
    out.text(part.claims);
}

void pack(Packer& out, const Fragment& fragment) {
    out.integer(fragment.part);
    out.text(fragment.where);
    out.integer(static_cast<std::uint8_t>(fragment.hidden));
    out.integer(static_cast<std::uint8_t>(fragment.ocr));
    out.text(fragment.text);
}

PartInfo unpack_part(Unpacker& in) {
    PartInfo part;
    part.path = in.text();
    part.name = in.text();
    part.type = in.text();
    part.bytes = in.integer<std::uint64_t>();
    part.macro = in.flag();
    part.claims = in.text();
    return part;
}

Fragment unpack_fragment(Unpacker& in) {
    Fragment fragment;
    fragment.part = in.integer<std::uint32_t>();
    fragment.where = in.text();
    fragment.hidden = in.flag();
    fragment.ocr = in.flag();
    fragment.text = in.text();
    return fragment;
}

std::optional<Why> why_of(std::uint8_t value) {
    switch (static_cast<Why>(value)) {
        case Why::encrypted:
        case Why::damaged:
        case Why::unsupported:
        case Why::over_budget:
            return static_cast<Why>(value);
    }
    return std::nullopt;
}

}  // namespace

std::string encode(const Request& request) {
    Packer out;
    out.integer(request_mark);
    out.integer(request.bytes);
    out.integer(static_cast<std::int64_t>(request.limits.wall_time.count()));
    out.integer(static_cast<std::int64_t>(request.limits.cpu_time.count()));
    out.integer(request.limits.unpacked_bytes);
    out.integer(request.limits.ratio);
    out.integer(request.limits.text_bytes);
    out.integer(static_cast<std::uint64_t>(request.limits.parts));
    out.integer(static_cast<std::uint64_t>(request.limits.fragments));
    out.integer(static_cast<std::uint64_t>(request.limits.depth));
    out.integer(static_cast<std::uint64_t>(request.limits.pages));
    out.integer(static_cast<std::uint64_t>(request.limits.scan_pages));
    out.integer(static_cast<std::int64_t>(request.limits.scan_time.count()));
    out.text(std::string_view(request.declared_type).substr(0, longest_word));
    out.text(std::string_view(request.charset).substr(0, longest_word));
    out.text(std::string_view(request.name).substr(0, longest_word));
    return out.take();
}

std::optional<Request> decode_request(std::string_view packet) {
    Unpacker in(packet);
    if (in.integer<std::uint32_t>() != request_mark) return std::nullopt;
    Request request;
    request.bytes = in.integer<std::uint64_t>();
    request.limits.wall_time = std::chrono::milliseconds(in.integer<std::int64_t>());
    request.limits.cpu_time = std::chrono::milliseconds(in.integer<std::int64_t>());
    request.limits.unpacked_bytes = in.integer<std::uint64_t>();
    request.limits.ratio = in.integer<std::uint64_t>();
    request.limits.text_bytes = in.integer<std::uint64_t>();
    request.limits.parts = in.integer<std::uint64_t>();
    request.limits.fragments = in.integer<std::uint64_t>();
    request.limits.depth = in.integer<std::uint64_t>();
    request.limits.pages = in.integer<std::uint64_t>();
    request.limits.scan_pages = in.integer<std::uint64_t>();
    request.limits.scan_time = std::chrono::milliseconds(in.integer<std::int64_t>());
    request.declared_type = in.text();
    request.charset = in.text();
    request.name = in.text();
    if (!in.finished()) return std::nullopt;
    return request;
}

std::string encode(const Greeting& greeting) {
    Packer out;
    out.integer(greeting_mark);
    out.integer(static_cast<std::uint8_t>(greeting.files_guarded));
    return out.take();
}

std::optional<Greeting> decode_greeting(std::string_view packet) {
    Unpacker in(packet);
    if (in.integer<std::uint32_t>() != greeting_mark) return std::nullopt;
    Greeting greeting;
    greeting.files_guarded = in.flag();
    if (!in.finished()) return std::nullopt;
    return greeting;
}

std::string encode(const Answer& answer) {
    Packer out;
    out.integer(answer_mark);
    out.integer(answer.bytes);
    out.integer(static_cast<std::int64_t>(answer.spent.cpu_time.count()));
    out.integer(answer.spent.unpacked_bytes);
    out.integer(answer.spent.text_bytes);
    out.integer(static_cast<std::uint64_t>(answer.spent.parts));
    out.integer(static_cast<std::uint64_t>(answer.spent.fragments));
    out.integer(static_cast<std::uint64_t>(answer.spent.pages));
    out.integer(static_cast<std::uint64_t>(answer.spent.scan_pages));
    out.integer(static_cast<std::int64_t>(answer.spent.scan_time.count()));
    out.integer(static_cast<std::uint8_t>(answer.spent.scan_refused));
    return out.take();
}

std::optional<Answer> decode_answer(std::string_view packet) {
    Unpacker in(packet);
    if (in.integer<std::uint32_t>() != answer_mark) return std::nullopt;
    Answer answer;
    answer.bytes = in.integer<std::uint64_t>();
    answer.spent.cpu_time = std::chrono::milliseconds(in.integer<std::int64_t>());
    answer.spent.unpacked_bytes = in.integer<std::uint64_t>();
    answer.spent.text_bytes = in.integer<std::uint64_t>();
    answer.spent.parts = in.integer<std::uint64_t>();
    answer.spent.fragments = in.integer<std::uint64_t>();
    answer.spent.pages = in.integer<std::uint64_t>();
    answer.spent.scan_pages = in.integer<std::uint64_t>();
    answer.spent.scan_time = std::chrono::milliseconds(in.integer<std::int64_t>());
    answer.spent.scan_refused = in.integer<std::uint8_t>() != 0;
    if (!in.finished()) return std::nullopt;
    return answer;
}

std::string encode(const Reading& reading) {
    Packer out;
    std::size_t size = 256;
    for (const auto& fragment : reading.fragments)
        size += fragment.text.size() + fragment.where.size() + 32;
    out.reserve(size);
    out.integer(reading_mark);
    out.integer(static_cast<std::uint64_t>(reading.parts.size()));
    for (const auto& part : reading.parts) pack(out, part);
    out.integer(static_cast<std::uint64_t>(reading.fragments.size()));
    for (const auto& fragment : reading.fragments) pack(out, fragment);
    out.integer(static_cast<std::uint64_t>(reading.incomplete.size()));
    for (const auto& item : reading.incomplete) {
        out.text(item.path);
        out.text(item.name);
        out.integer(static_cast<std::uint8_t>(item.why));
    }
    out.integer(reading.coverage.parts);
    out.integer(reading.coverage.read);
    out.integer(reading.coverage.bytes);
    return out.take();
}

std::optional<Reading> decode_reading(std::string_view bytes) {
    Unpacker in(bytes);
    if (in.integer<std::uint32_t>() != reading_mark) return std::nullopt;
    Reading reading;
    for (auto left = in.count(33); left > 0 && in.ok(); --left)
        reading.parts.push_back(unpack_part(in));
    for (auto left = in.count(22); left > 0 && in.ok(); --left) {
        reading.fragments.push_back(unpack_fragment(in));
        if (reading.fragments.back().part >= reading.parts.size()) return std::nullopt;
    }
    for (auto left = in.count(17); left > 0 && in.ok(); --left) {
        Incomplete item;
        item.path = in.text();
        item.name = in.text();
        const auto why = why_of(in.integer<std::uint8_t>());
        if (!why) return std::nullopt;
        item.why = *why;
        reading.incomplete.push_back(std::move(item));
    }
    reading.coverage.parts = in.integer<std::uint64_t>();
    reading.coverage.read = in.integer<std::uint64_t>();
    reading.coverage.bytes = in.integer<std::uint64_t>();
    if (!in.finished() || reading.parts.empty() || !reading.parts.front().path.empty())
        return std::nullopt;
    return reading;
}

}  // namespace postwacht::extract::worker
