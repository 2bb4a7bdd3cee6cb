// A quarantine in memory that can be told to fail.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quarantine/store.hpp"

namespace postwacht {

class FakeStore final : public quarantine::Store {
  public:
    struct Held {
        std::string queue_id;
        std::vector<std::string> recipients;  // raw
        std::string message;
        std::string verdict_json;
        std::string rules;
        std::string reason;
    };
    std::vector<Held> held;
    std::optional<Error> failure;  // what hold() answers, if set

    Result<std::string> hold(const quarantine::NewItem& item) override {
        if (failure) return *failure;
        Held copy{std::string(item.queue_id), {},
                  std::string(item.message),  std::string(item.verdict_json),
                  std::string(item.rules),    std::string(item.reason)};
        for (const auto position : item.recipients)
            copy.recipients.push_back(item.envelope->recipients[position].raw);
        held.push_back(std::move(copy));
        return "Q-" + std::to_string(held.size());
    }
    Result<std::vector<quarantine::Item>> list(std::optional<quarantine::State>) override {
        return unexpected();
    }
    Result<quarantine::Item> find(std::string_view) override { return unexpected(); }
    Result<quarantine::Content> open(std::string_view, const crypto::Opener&) override {
        return unexpected();
    }
    Result<quarantine::Item> change(std::string_view, const Change&) override {
        return unexpected();
    }
    Result<void> discard_content(std::string_view) override { return unexpected(); }
    Result<std::uint64_t> recover() override { return unexpected(); }

  private:
    static Error unexpected() {
        return {ErrorCode::internal, "FakeStore", "not for this test", ""};
    }
};

}  // namespace postwacht
