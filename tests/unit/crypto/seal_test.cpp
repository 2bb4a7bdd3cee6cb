#include "crypto/seal.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace postwacht::crypto {
namespace {

// Runs openssl(1) in `directory`; `arguments` are for the shell.
bool openssl(const TemporaryDirectory& directory, const std::string& arguments) {
    const std::string command =
        "cd '" + directory.path().string() + "' && openssl " + arguments + " >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
}

void make_with_openssl(const TemporaryDirectory& directory, const std::string& name,
                       const std::string& key_options, const std::string& days = "-days 30") {
    REQUIRE(openssl(directory, "req -x509 -nodes -subj /CN=" + name + " " + days + " -newkey " +
                                   key_options + " -keyout " + name + ".key -out " + name +
                                   ".crt"));
    REQUIRE(::chmod((directory / (name + ".key")).c_str(), 0600) == 0);
}

void make_ec(const TemporaryDirectory& directory, const std::string& name) {
    REQUIRE(make_review_certificate(directory / (name + ".crt"), directory / (name + ".key"),
                                    "Review " + name));
}

Opener opener(const TemporaryDirectory& directory, const std::string& name) {
    return Opener::load(directory / (name + ".crt"), directory / (name + ".key")).value();
}

// A letter with every byte value in it, and line ends that a text mode would change.
std::string letter(std::size_t size) {
    std::string text = "From: a\r\n\nbare LF\rbare CR\r\n";
    while (text.size() < size) text.push_back(static_cast<char>(text.size() * 7 % 256));
    return text.substr(0, size);
}

}  // namespace

TEST_CASE("a sealed message opens with the key, for RSA and EC, of any size") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    make_with_openssl(directory, "rsa", "rsa:2048");
    make_with_openssl(directory, "p384", "ec -pkeyopt ec_paramgen_curve:P-384");
    for (const char* name : {"ours", "rsa", "p384"}) {
        const Sealer sealer = Sealer::load({directory / (std::string(name) + ".crt")}).value();
        const Opener key = opener(directory, name);
        for (const std::size_t size : {0U, 1U, 16U, 4095U, 4096U, 4097U, 300'000U}) {
            const std::string text = letter(size);
            const auto sealed = sealer.seal({text});
            REQUIRE(sealed);
            CHECK(key.open(*sealed).value() == text);
            if (size > 20) CHECK(sealed->find(text.substr(0, 20)) == std::string::npos);
        }
    }
}

TEST_CASE("pieces are sealed one after the other") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    const Sealer sealer = Sealer::load({directory / "ours.crt"}).value();
    const std::string body = letter(3'000'000);
    const std::string sealed = sealer.seal({"header\n", "", body, "end"}).value();
    CHECK(opener(directory, "ours").open(sealed).value() == "header\n" + body + "end");
    CHECK(opener(directory, "ours").open(sealer.seal({}).value()).value().empty());
}

TEST_CASE("openssl(1) opens what was sealed, with any recipient's key") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    make_ec(directory, "second");
    make_with_openssl(directory, "rsa", "rsa:3072");
    // Two certificates in one file, a third in another.
    std::ofstream(directory / "both.crt")
        << read_file(directory / "ours.crt").value() << read_file(directory / "second.crt").value();
    const Sealer sealer = Sealer::load({directory / "both.crt", directory / "rsa.crt"}).value();
    const std::string text = letter(70'000);
    REQUIRE(write_file_durably(directory / "sealed.cms", sealer.seal({text}).value(), 0600));
    for (const std::string name : {"ours", "second", "rsa"}) {
        REQUIRE(openssl(directory, "cms -decrypt -binary -inform DER -in sealed.cms -out " + name +
                                       ".out -inkey " + name + ".key -recip " + name + ".crt"));
        CHECK(read_file(directory / (name + ".out")).value() == text);
        CHECK(opener(directory, name).open(read_file(directory / "sealed.cms").value()).value() ==
              text);
    }
}

TEST_CASE("a key that is not among the recipients opens nothing") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    make_ec(directory, "stranger");
    const std::string sealed =
        Sealer::load({directory / "ours.crt"}).value().seal({"text"}).value();
    const auto opened = opener(directory, "stranger").open(sealed);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::damaged);
}

TEST_CASE("no byte of a changed message comes out") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    make_with_openssl(directory, "rsa", "rsa:2048");
    for (const char* name : {"ours", "rsa"}) {
        const Opener key = opener(directory, name);
        const std::string text = letter(200);
        const std::string sealed =
            Sealer::load({directory / (std::string(name) + ".crt")}).value().seal({text}).value();
        std::size_t opened_all_the_same = 0;
        for (std::size_t at = 0; at < sealed.size(); ++at) {
            for (const unsigned change : {0x01U, 0x80U, 0xFFU}) {
                std::string changed = sealed;
                changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ change);
                const auto opened = key.open(changed);
                // A few bytes say nothing about the content, such as the version number.
                if (opened) {
                    CHECK(*opened == text);
                    ++opened_all_the_same;
                }
            }
            CHECK_FALSE(key.open(sealed.substr(0, at)));
        }
        CHECK(opened_all_the_same < 100);
        // Ciphertext and tag are the end of the blob.
        for (std::size_t at = sealed.size() - 16 - 2 - text.size(); at < sealed.size(); ++at) {
            std::string changed = sealed;
            changed[at] = static_cast<char>(changed[at] ^ 0x10);
            CHECK_FALSE(key.open(changed));
        }
    }
}

TEST_CASE("a tag cut short does not open, though it would be right as far as it goes") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    std::string sealed = Sealer::load({directory / "ours.crt"}).value().seal({letter(300)}).value();
    const Opener key = opener(directory, "ours");
    // The message ends in 04 10 and the sixteen bytes of the tag. Take twelve of them away and
    // mend the lengths of the three elements round it, each 30 82 hh ll or a0 82 hh ll.
    REQUIRE(sealed.substr(sealed.size() - 18, 2) == std::string("\x04\x10"));
    std::string cut = sealed.substr(0, sealed.size() - 12);
    cut[cut.size() - 5] = 4;
    const auto shorten = [&cut](std::size_t at) {
        REQUIRE(cut[at + 1] == '\x82');
        const unsigned length = static_cast<unsigned char>(cut[at + 2]) * 256U +
                                static_cast<unsigned char>(cut[at + 3]) - 12U;
        cut[at + 2] = static_cast<char>(length >> 8U);
        cut[at + 3] = static_cast<char>(length & 0xFFU);
    };
    const std::size_t type_size = 2 + 11;
    shorten(0);
    shorten(4 + type_size);
    shorten(4 + type_size + 4);
    CHECK_FALSE(key.open(cut));
    CHECK(key.open(sealed));
    // The parameters (RFC 5084) say the length of the tag too: 30 11 04 0c nonce 02 01 10.
    const std::size_t parameter = cut.find(std::string("\x02\x01\x10"));
    REQUIRE(parameter != std::string::npos);
    cut[parameter + 2] = 4;
    CHECK_FALSE(key.open(cut));
}

TEST_CASE("any bytes may be handed to the opener") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    const Opener key = opener(directory, "ours");
    REQUIRE(openssl(directory,
                    "cms -encrypt -aes256 -binary -outform DER -in ours.crt -out "
                    "unauthenticated.cms ours.crt"));
    for (const std::string& bytes :
         {std::string(), std::string("\x30"), std::string("\x30\x80\0\0", 4),
          std::string("\x30\x84\xff\xff\xff\xff"), std::string(5000, '\x30'), letter(4000),
          read_file(directory / "unauthenticated.cms").value()}) {
        const auto opened = key.open(bytes);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::damaged);
    }
}

TEST_CASE("many threads seal with one sealer") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    make_with_openssl(directory, "rsa", "rsa:2048");
    const Sealer sealer = Sealer::load({directory / "ours.crt", directory / "rsa.crt"}).value();
    std::vector<std::string> sealed(4);
    std::vector<std::thread> threads;
    for (auto& out : sealed) {
        threads.emplace_back([&] {
            for (int i = 0; i < 10; ++i) out = sealer.seal({"same text"}).value();
        });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& bytes : sealed) {
        CHECK(opener(directory, "ours").open(bytes).value() == "same text");
        CHECK(opener(directory, "rsa").open(bytes).value() == "same text");
    }
}

TEST_CASE("a certificate that cannot be used is refused when it is loaded") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    // Ended yesterday.
    REQUIRE(
        openssl(directory, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out o.key"));
    REQUIRE(openssl(directory, "req -new -key o.key -subj /CN=old -out old.csr"));
    REQUIRE(openssl(directory, "x509 -req -in old.csr -signkey o.key -days -1 -out old.crt"));
    make_with_openssl(directory, "ed", "ed25519");
    std::ofstream(directory / "empty.crt");
    std::ofstream(directory / "broken.crt")
        << read_file(directory / "ours.crt").value() << "-----BEGIN CERTIFICATE-----\nAAAA\n"
        << "-----END CERTIFICATE-----\n";
    for (const char* name :
         {"old.crt", "ed.crt", "empty.crt", "broken.crt", "missing.crt", "ours.key"}) {
        INFO(name);
        const auto sealer = Sealer::load({directory / "ours.crt", directory / name});
        REQUIRE_FALSE(sealer);
        CHECK(sealer.error().code == ErrorCode::crypto);
        CHECK(sealer.error().where == (directory / name).string());
    }
    CHECK_FALSE(Sealer::load({}));
}

TEST_CASE("an opener needs the key that belongs to its certificate, kept from others") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    make_ec(directory, "other");
    const auto refused = [&](const char* certificate, const char* key) {
        const auto loaded = Opener::load(directory / certificate, directory / key);
        return !loaded && loaded.error().code == ErrorCode::crypto;
    };
    CHECK(refused("ours.crt", "other.key"));
    CHECK(refused("ours.crt", "ours.crt"));
    CHECK(refused("ours.key", "ours.key"));
    CHECK(refused("ours.crt", "missing.key"));
    REQUIRE(openssl(directory, "pkey -in ours.key -aes256 -passout pass:x -out locked.key"));
    CHECK(refused("ours.crt", "locked.key"));
    REQUIRE(::chmod((directory / "ours.key").c_str(), 0644) == 0);
    CHECK(refused("ours.crt", "ours.key"));
    REQUIRE(::chmod((directory / "ours.key").c_str(), 0640) == 0);
    CHECK_FALSE(refused("ours.crt", "ours.key"));
}

TEST_CASE("making a review certificate replaces nothing and leaves no half") {
    const TemporaryDirectory directory;
    make_ec(directory, "ours");
    struct stat status {};
    REQUIRE(::stat((directory / "ours.key").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600);
    const std::string before = read_file(directory / "ours.key").value();
    CHECK_FALSE(make_review_certificate(directory / "new.crt", directory / "ours.key", "Again"));
    CHECK(read_file(directory / "ours.key").value() == before);
    CHECK_FALSE(std::filesystem::exists(directory / "new.crt"));
    CHECK_FALSE(make_review_certificate(directory / "ours.crt", directory / "new.key", "Again"));
    CHECK_FALSE(std::filesystem::exists(directory / "new.key"));
    CHECK_FALSE(
        make_review_certificate(directory / "x.crt", directory / "x.key", std::string(65, 'x')));
    CHECK(openssl(directory, "x509 -in ours.crt -noout -checkend 315000000"));
    CHECK_FALSE(openssl(directory, "x509 -in ours.crt -noout -checkend 316000000"));
}

}  // namespace postwacht::crypto
