// Lets Catch2 show a Result in a failed CHECK: its error, or that it holds a value.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "base/result.hpp"

namespace Catch {

template <class T>
struct StringMaker<postwacht::Result<T>> {
    static std::string convert(const postwacht::Result<T>& result) {
        return result ? "a value" : "error: " + result.error().message();
    }
};

}  // namespace Catch
