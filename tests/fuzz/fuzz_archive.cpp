// Fuzzes the reader of archives and compressed files, with whatever they hold.
#include "fuzz_formats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return postwacht::extract::fuzz_formats(data, size);
}
