#include "programs/login_name.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/format.hpp"
#include "base/text.hpp"

namespace postwacht::programs {

std::string login_name() {
    const uid_t user = ::getuid();
    const char* behind_sudo = std::getenv("SUDO_USER");
    if (user == 0 && behind_sudo != nullptr && *behind_sudo != '\0')
        return text::printable(behind_sudo, 100);
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return format("uid {}", user);
}

}  // namespace postwacht::programs
