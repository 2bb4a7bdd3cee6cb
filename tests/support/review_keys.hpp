// A review certificate and its key, made once per test program, with what seals to and opens with
// them.
#pragma once

#include <stdexcept>

#include "crypto/seal.hpp"
#include "support/temporary_directory.hpp"

namespace postwacht {

class ReviewKeys {
  public:
    ReviewKeys() {
        if (!crypto::make_review_certificate(certificate(), private_key(), "Postwacht test"))
            throw std::runtime_error("cannot make a review certificate");
    }
    [[nodiscard]] std::filesystem::path certificate() const { return folder_ / "review.crt"; }
    [[nodiscard]] std::filesystem::path private_key() const { return folder_ / "review.key"; }
    [[nodiscard]] crypto::Opener opener() const {
        auto opener = crypto::Opener::load(certificate(), private_key());
        if (!opener) throw std::runtime_error("cannot load the review key");
        return std::move(*opener);
    }

    static const ReviewKeys& shared() {
        static const ReviewKeys keys;
        return keys;
    }

  private:
    TemporaryDirectory folder_;
};

}  // namespace postwacht
