// Fuzzes the reader of OLE2 compound files: Word, Excel, PowerPoint, Outlook and what they embed.
#include "fuzz_formats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return postwacht::extract::fuzz_formats(data, size);
}
