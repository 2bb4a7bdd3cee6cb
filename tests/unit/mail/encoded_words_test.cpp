#include <catch2/catch.hpp>

#include "mail/header_values.hpp"

using postwacht::mail::decode_text;

TEST_CASE("of several words in base64 all are read, padded or not") {
    // "aa", "bb", "cc" and "\u00E9" in halves.
    CHECK(decode_text("=?utf-8?B?YWE=?= =?utf-8?B?YmI=?=\r\n =?utf-8?b?Y2M=?=") == "aabbcc");
    CHECK(decode_text("=?utf-8?B?YWE=?= tussen =?utf-8?Q?bb?=") == "aa tussen bb");
    CHECK(decode_text("=?utf-8?B?YWFh?= =?utf-8?B?YmI=?=") == "aaabb");
    CHECK(decode_text("=?utf-8?B?YcM=?= =?utf-8?B?qWI=?=") == "a\u00E9b");
    CHECK(decode_text("=?utf-8?B?YWE=?= =?utf-8?X?YmI=?= =?utf-8?B?Y2M") ==
          "aa =?utf-8?X?YmI=?= =?utf-8?B?Y2M");
}
