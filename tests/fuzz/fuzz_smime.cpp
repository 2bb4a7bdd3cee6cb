// Fuzzes what carries mails and files inside text and signatures: CMS, armour, mailboxes, uuencode.
#include "fuzz_formats.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return postwacht::extract::fuzz_formats(data, size);
}
