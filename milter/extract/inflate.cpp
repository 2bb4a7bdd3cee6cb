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

}  // namespace postwacht::extract
