// Fuzzes the reader of winmail.dat.
#include "fuzz_formats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return postwacht::extract::fuzz_formats(data, size);
}
