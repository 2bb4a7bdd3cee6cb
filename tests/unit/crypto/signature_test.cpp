#include "crypto/signature.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "base/files.hpp"
#include "support/catch_result.hpp"
#include "support/temporary_directory.hpp"

namespace postwacht::crypto {
namespace {

// Runs openssl(1) in `directory`; `arguments` are for the shell.
void openssl(const TemporaryDirectory& directory, const std::string& arguments) {
    const std::string command = "cd '" + directory.path().string() + "' && umask 077 && openssl " +
                                arguments + " >/dev/null 2>&1";
    REQUIRE(std::system(command.c_str()) == 0);
}

void make_keys(const TemporaryDirectory& directory, const std::string& name,
               const std::string& kind = "ed25519") {
    openssl(directory, "genpkey -algorithm " + kind + " -out " + name + ".key");
    openssl(directory, "pkey -in " + name + ".key -pubout -out " + name + ".pub");
}

void write(const std::filesystem::path& file, std::string_view text) {
    std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("a signature is valid of the bytes and the key that it was made with, and of no others") {
    const TemporaryDirectory folder;
    make_keys(folder, "ours");
    make_keys(folder, "theirs");
    const std::string text = "name = \"agency\"\n";
    const std::string signature = sign(folder / "ours.key", text).value();
    CHECK(signature.size() == signature_size);

    const auto ours = SignatureVerifier::load({folder / "ours.pub"}).value();
    CHECK(ours.verify(text, signature));
    CHECK_FALSE(ours.verify(text + " ", signature));
    CHECK_FALSE(ours.verify(text, ""));
    CHECK_FALSE(ours.verify(text, signature.substr(1)));
    CHECK_FALSE(ours.verify(text, signature + "x"));
    const auto theirs = SignatureVerifier::load({folder / "theirs.pub"}).value();
    CHECK_FALSE(theirs.verify(text, signature));
    const auto both = SignatureVerifier::load({folder / "theirs.pub", folder / "ours.pub"}).value();
    CHECK(both.verify(text, signature));
}

TEST_CASE("of several signatures one will do, wherever it stands") {
    const TemporaryDirectory folder;
    make_keys(folder, "ours");
    const auto keys = SignatureVerifier::load({folder / "ours.pub"}).value();
    const std::string old_one = sign(folder / "ours.key", "old").value();
    const std::string new_one = sign(folder / "ours.key", "new").value();
    CHECK(keys.verify("old", old_one + new_one));
    CHECK(keys.verify("new", old_one + new_one));
    CHECK_FALSE(keys.verify("other", old_one + new_one));
    std::string many;
    for (std::size_t i = 0; i < most_signatures; ++i) many += old_one;
    CHECK(keys.verify("old", many));
    CHECK_FALSE(keys.verify("old", many + old_one));
}

TEST_CASE("what openssl signs is valid here, and openssl finds valid what we sign") {
    const TemporaryDirectory folder;
    make_keys(folder, "ours");
    write(folder / "policy.toml", "text\n");
    openssl(folder, "pkeyutl -sign -rawin -inkey ours.key -in policy.toml -out policy.toml.sig");
    const auto keys = SignatureVerifier::load({folder / "ours.pub"}).value();
    CHECK(keys.verify("text\n", read_file(folder / "policy.toml.sig").value()));

    write(folder / "ours.sig", sign(folder / "ours.key", "text\n").value());
    openssl(folder,
            "pkeyutl -verify -rawin -pubin -inkey ours.pub -in policy.toml "
            "-sigfile ours.sig");
}

TEST_CASE("keys that will not do are told apart by an error") {
    const TemporaryDirectory folder;
    make_keys(folder, "ours");
    make_keys(folder, "rsa", "RSA");
    write(folder / "none.pub", "no key\n");
    CHECK_FALSE(SignatureVerifier::load({}));
    for (const char* name : {"missing.pub", "none.pub", "rsa.pub", "ours.key"}) {
        INFO(name);
        const auto keys = SignatureVerifier::load({folder / name});
        REQUIRE_FALSE(keys);
        CHECK(keys.error().code == ErrorCode::crypto);
        CHECK(keys.error().where.find(name) != std::string::npos);
    }
    CHECK_FALSE(sign(folder / "rsa.key", "text"));
    CHECK_FALSE(sign(folder / "ours.pub", "text"));
    REQUIRE(::chmod((folder / "ours.key").c_str(), 0644) == 0);
    CHECK_FALSE(sign(folder / "ours.key", "text"));
}

}  // namespace postwacht::crypto
