// FamiliarPictures: the logos and banners that stand in letter after letter, so that the words of
// each are recognised once and not for every letter of a mail merge.
//
// Pictures are compared dot by dot, so none is taken for another. Only small ones with few words
// and no digit are kept: what a letter says about somebody does not stay behind. Those that were
// not seen for longest make room. Not thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "extract/picture.hpp"

namespace postwacht::extract {

class FamiliarPictures {
  public:
    static constexpr std::size_t most = 24;
    static constexpr std::int64_t most_dots = 1'000'000;

    // Its words, if it is one of them.
    [[nodiscard]] std::optional<std::string> words_of(const Picture& picture);
    void remember(const Picture& picture, const std::string& words);

  private:
    struct Known {
        Picture picture;
        std::string words;
    };
    std::deque<Known> known_;  // the one that was seen last is the first
};

}  // namespace postwacht::extract
