#include "extract/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace postwacht::extract {

std::string inflate_zlib(std::string_view packed, Collector& out, std::size_t expected) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) {
        out.incomplete(Why::damaged);
        return {};
    }
    std::string result;
    std::array<unsigned char, std::size_t{64} << 10U> chunk;
    // zlib takes its input through a pointer to bytes it does not change.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in =
        static_cast<uInt>(std::min<std::size_t>(packed.size(), std::numeric_limits<uInt>::max()));
    int state = Z_OK;
    while (state == Z_OK && out.time_left()) {
        stream.next_out = chunk.data();
        stream.avail_out = static_cast<uInt>(chunk.size());
        state = inflate(&stream, Z_NO_FLUSH);
        const std::size_t got = chunk.size() - stream.avail_out;
        if (result.size() + got > out.budget().bytes_left()) {
            out.incomplete(Why::over_budget);
            break;
        }
        result.append(reinterpret_cast<const char*>(chunk.data()), got);
    }
    inflateEnd(&stream);
    const bool all = expected > 0 && result.size() == expected;
    if (state != Z_STREAM_END && state != Z_OK && !all) out.incomplete(Why::damaged);
    return result;
}

std::string inflate_gzip(std::string_view packed, Collector& out) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    z_stream stream{};
    std::string result;
    if (inflateInit2(&stream, gzip_only) != Z_OK) {
        out.incomplete(Why::over_budget);
        return result;
    }
    std::array<unsigned char, std::size_t{64} << 10U> chunk;
    std::string_view rest = packed;
    int state = Z_STREAM_END;
    while (out.time_left()) {
        if (state == Z_STREAM_END) {
            // The next member; blocks of tapes are filled up with zeros.
            rest.remove_prefix(std::min(rest.find_first_not_of('\0'), rest.size()));
            if (rest.empty()) break;
            if (inflateReset(&stream) != Z_OK) break;
        }
        const std::size_t given =
            std::min<std::size_t>(rest.size(), std::numeric_limits<uInt>::max());
        // zlib takes its input through a pointer to bytes it does not change.
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
        stream.avail_in = static_cast<uInt>(given);
        stream.next_out = chunk.data();
        stream.avail_out = static_cast<uInt>(chunk.size());
        state = inflate(&stream, Z_NO_FLUSH);
        rest.remove_prefix(given - stream.avail_in);
        const std::size_t got = chunk.size() - stream.avail_out;
        const std::uint64_t size = result.size() + got;
        if (size > out.budget().bytes_left() || out.budget().is_bomb(packed.size(), size)) {
            out.incomplete(Why::over_budget);
            break;
        }
        result.append(reinterpret_cast<const char*>(chunk.data()), got);
        if (state == Z_STREAM_END) continue;
        if (state != Z_OK || (got == 0 && rest.empty())) {
            out.incomplete(Why::damaged);
            break;
        }
    }
    inflateEnd(&stream);
    return result;
}

}  // namespace postwacht::extract
