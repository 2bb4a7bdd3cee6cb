// RecordCipher: AES-256-GCM for the records of the registry index.
//
// A sealed record is nonce (12 bytes) | ciphertext | tag (16 bytes). `context` (the record's key in
// the index) is authenticated but not stored, so a record moved to another place does not open.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/keys.hpp"

namespace postwacht::crypto {

class RecordCipher {
    struct State;

  public:
    static constexpr std::size_t overhead = 12 + 16;

    static Result<RecordCipher> create(const SecretKey& key);
    RecordCipher(RecordCipher&&) noexcept;
    RecordCipher& operator=(RecordCipher&&) noexcept;
    ~RecordCipher();

    // Random nonces: safe for 2^32 records under one key (NIST SP 800-38D section 8.3).
    Result<std::string> seal(std::string_view plain, std::string_view context) const;
    // Error (damaged) where the record was changed, moved, or sealed under another key.
    Result<std::string> open(std::string_view sealed, std::string_view context) const;

    // Seals one record after the other, as seal() does, in about a third of the time: the key is
    // set up once, and random numbers are drawn for many at a time. For one thread, in one process
    // (after a fork both would use the same nonces), and no longer than the cipher is there.
    class Sealer {
      public:
        Sealer(Sealer&&) noexcept;
        Sealer& operator=(Sealer&&) noexcept;
        ~Sealer();
        Result<std::string> seal(std::string_view plain, std::string_view context);

      private:
        friend class RecordCipher;
        struct Batch;
        explicit Sealer(std::unique_ptr<Batch> batch);
        std::unique_ptr<Batch> batch_;
    };
    Result<Sealer> sealer() const;

    // As the first two, with a context that comes in pieces, as many as there are until an empty
    // one: what is larger than memory can go by.
    using Pieces = std::function<std::string_view()>;
    Result<std::string> seal(std::string_view plain, const Pieces& context) const;
    Result<std::string> open(std::string_view sealed, const Pieces& context) const;

  private:
    RecordCipher();
    std::unique_ptr<State> state_;
};

}  // namespace postwacht::crypto
