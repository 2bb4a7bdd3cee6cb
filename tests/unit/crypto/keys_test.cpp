#include "crypto/keys.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace postwacht::crypto {
namespace {

// 000102...1f
const std::string counting_key = [] {
    std::array<std::uint8_t, SecretKey::size> bytes{};
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return to_hex(bytes);
}();

void write(const std::filesystem::path& path, std::string_view content, mode_t mode = 0600) {
    std::ofstream(path, std::ios::binary) << content;
    REQUIRE(::chmod(path.c_str(), mode) == 0);
}

SecretKey counting_secret() {
    const TemporaryDirectory directory;
    write(directory / "key", counting_key + "\n");
    return SecretKey::load(directory / "key").value();
}

}  // namespace

TEST_CASE("a saved key is loaded again, and nobody else may read its file") {
    const TemporaryDirectory directory;
    const SecretKey key = SecretKey::generate().value();
    REQUIRE(key.save_new(directory / "a.key"));
    struct stat status {};
    REQUIRE(::stat((directory / "a.key").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);
    const auto again = SecretKey::load(directory / "a.key");
    REQUIRE(again);
    CHECK(std::ranges::equal(again->bytes(), key.bytes()));
}

TEST_CASE("saving never replaces a key") {
    const TemporaryDirectory directory;
    write(directory / "a.key", counting_key);
    const auto saved = SecretKey::generate().value().save_new(directory / "a.key");
    REQUIRE_FALSE(saved);
    CHECK(saved.error().code == ErrorCode::conflict);
    CHECK(read_file(directory / "a.key").value() == counting_key);
}

TEST_CASE("generated keys differ") {
    std::set<std::string> seen;
    for (int i = 0; i < 50; ++i) seen.insert(to_hex(SecretKey::generate().value().bytes()));
    CHECK(seen.size() == 50);
}

TEST_CASE("the digits of a key may be of either case and end in any line end") {
    const TemporaryDirectory directory;
    std::string upper = counting_key;
    for (char& c : upper) c = (c >= 'a' && c <= 'f') ? static_cast<char>(c - 32) : c;
    for (const std::string& text :
         {counting_key, counting_key + "\n", counting_key + "\r\n", upper + "\n"}) {
        write(directory / "key", text, 0640);
        const auto key = SecretKey::load(directory / "key");
        REQUIRE(key);
        CHECK(to_hex(key->bytes()) == counting_key);
    }
}

TEST_CASE("what is no key is refused without being shown") {
    const TemporaryDirectory directory;
    const std::string secret = "deadbeef";
    std::string wrong_digit = counting_key;
    wrong_digit[63] = 'g';
    for (const std::string& text :
         {std::string(), std::string("\n"), secret, counting_key.substr(1), counting_key + "0",
          counting_key + "\n\n", " " + counting_key, wrong_digit, std::string(70'000, 'a')}) {
        write(directory / "key", text);
        const auto key = SecretKey::load(directory / "key");
        REQUIRE_FALSE(key);
        CHECK(key.error().code == ErrorCode::crypto);
        CHECK(key.error().message().find(secret) == std::string::npos);
        CHECK(key.error().message().find(counting_key.substr(0, 8)) == std::string::npos);
    }
}

TEST_CASE("a key that others may use is refused with the command that mends it") {
    const TemporaryDirectory directory;
    for (const mode_t mode : {0604U, 0602U, 0601U, 0644U, 0666U}) {
        write(directory / "key", counting_key, mode);
        const auto key = SecretKey::load(directory / "key");
        REQUIRE_FALSE(key);
        CHECK(key.error().code == ErrorCode::crypto);
        CHECK(key.error().hint.find("chmod") == 0);
    }
    for (const mode_t mode : {0400U, 0440U, 0600U, 0640U, 0660U}) {
        write(directory / "key", counting_key, mode);
        CHECK(SecretKey::load(directory / "key"));
    }
}

TEST_CASE("a missing key, a folder and a FIFO are errors, not hangs") {
    const TemporaryDirectory directory;
    REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
    for (const char* name : {"missing", ".", "fifo"}) {
        const auto key = SecretKey::load(directory / name);
        REQUIRE_FALSE(key);
        CHECK(key.error().code == ErrorCode::crypto);
    }
}

TEST_CASE("derived keys are HKDF-SHA-256 with the purpose as info") {
    // Computed apart, by RFC 5869 without salt.
    const SecretKey key = counting_secret();
    CHECK(to_hex(key.derive("registry records").value().bytes()) ==
          "d894d1141853e4d2e39cd82e736e9e705be7385c56ccee60b36bb6d87ec8a926");
    CHECK(to_hex(key.derive("").value().bytes()) ==
          "37ad29109f43265287804b674e2653d0a513718907f97fca97c95bded8104bbf");
}

TEST_CASE("the keyed hash is HMAC-SHA-256 of domain, NUL, value") {
    const KeyedHash hash = KeyedHash::create(counting_secret()).value();
    const auto hex = [&](std::string_view domain, std::string_view value) {
        return to_hex(hash.hash(domain, value));
    };
    // Computed apart.
    CHECK(hex("bsn", "123456782") ==
          "3060646ddecbb903b9266ad783672de902328ebe860f258877e5727bb0683b86");
    CHECK(hex("", "") == "e711546e3faad4c7c4aa756bc26cad6abea8241984a0f6b0839c70ca61c4ef88");
    CHECK(hex("email", std::string(1000, 'x')) ==
          "16d2b7ead105b9a199c3ed96a750b3d6bc8f126038f28799107470ccdcf0ea44");
    CHECK(hex("bs", "n123456782") != hex("bsn", "123456782"));
}

TEST_CASE("one keyed hash serves many threads at once") {
    const KeyedHash hash = KeyedHash::create(counting_secret()).value();
    std::vector<std::string> expected;
    for (int i = 0; i < 200; ++i) expected.push_back(to_hex(hash.hash("n", std::to_string(i))));
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (int& mistakes : wrong) {
        threads.emplace_back([&hash, &expected, &mistakes] {
            for (int round = 0; round < 20; ++round) {
                for (std::size_t i = 0; i < expected.size(); ++i) {
                    if (to_hex(hash.hash("n", std::to_string(i))) != expected[i]) ++mistakes;
                }
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == std::vector<int>(4, 0));
}

TEST_CASE("SHA-256 of bytes and of files agrees with FIPS 180-4") {
    const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    CHECK(to_hex(sha256("abc")) == abc);
    CHECK(to_hex(sha256("")) == empty);
    const TemporaryDirectory directory;
    write(directory / "abc", "abc");
    write(directory / "empty", "");
    write(directory / "long", std::string(600'000, 'q'));
    CHECK(to_hex(sha256_file(directory / "abc").value()) == abc);
    CHECK(to_hex(sha256_file(directory / "empty").value()) == empty);
    CHECK(sha256_file(directory / "long").value() == sha256(std::string(600'000, 'q')));
    CHECK(sha256_file(directory / "missing").error().code == ErrorCode::io);
}

}  // namespace postwacht::crypto
