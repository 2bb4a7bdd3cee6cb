#include "mail/raw_message.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/files.hpp"

namespace postwacht::mail {
namespace {

// A file without a name, so that a crash leaves nothing. Older network file systems cannot make
// one; there a named file is unlinked at once.
Result<UniqueFd> make_spool_file(const std::filesystem::path& directory) {
    UniqueFd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file) return file;
    if (errno != EOPNOTSUPP && errno != EISDIR)
        return system_error("spool file in " + directory.string(), errno);
    std::string pattern = (directory / "postwacht-XXXXXX").string();
    file.reset(::mkostemp(pattern.data(), O_CLOEXEC));
    if (!file) return system_error("spool file in " + directory.string(), errno);
    if (::unlink(pattern.c_str()) != 0) return system_error("unlink of a spool file", errno);
    return file;
}

// LF without a CR before it becomes CRLF, as the message will be on the wire.
std::string with_crlf(std::string_view value) {
    std::string out;
    out.reserve(value.size() + 8);
    char previous = '\0';
    for (const char c : value) {
        if (c == '\n' && previous != '\r') out += '\r';
        out += c;
        previous = c;
    }
    return out;
}

}  // namespace

RawMessage::RawMessage(std::filesystem::path spool_directory, std::size_t memory_limit)
    : spool_directory_(std::move(spool_directory)), memory_limit_(memory_limit) {}

RawMessage RawMessage::from_bytes(std::string bytes) {
    RawMessage message({}, bytes.size());
    message.size_ = bytes.size();
    message.memory_ = std::move(bytes);
    return message;
}

RawMessage::RawMessage(RawMessage&& other) noexcept
    : spool_directory_(std::move(other.spool_directory_)),
      memory_limit_(other.memory_limit_),
      size_(std::exchange(other.size_, 0)),
      memory_(std::move(other.memory_)),
      file_(std::move(other.file_)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      mapped_size_(std::exchange(other.mapped_size_, 0)) {
    other.memory_.clear();
}

RawMessage& RawMessage::operator=(RawMessage&& other) noexcept {
    RawMessage moved(std::move(other));
    std::swap(spool_directory_, moved.spool_directory_);
    std::swap(memory_limit_, moved.memory_limit_);
    std::swap(size_, moved.size_);
    std::swap(memory_, moved.memory_);
    std::swap(file_, moved.file_);
    std::swap(mapping_, moved.mapping_);
    std::swap(mapped_size_, moved.mapped_size_);
    return *this;
}

RawMessage::~RawMessage() {
    if (mapping_ != nullptr) ::munmap(mapping_, mapped_size_);
}

Result<void> RawMessage::append(std::string_view data) {
    if (!file_ && size_ + data.size() > memory_limit_) {
        POSTWACHT_TRY(file, make_spool_file(spool_directory_));
        POSTWACHT_CHECK(write_all(file.get(), memory_));
        file_ = std::move(file);
        memory_ = std::string();  // gives the heap back, which clear() would not
    }
    if (file_) {
        POSTWACHT_CHECK(write_all(file_.get(), data));
    } else {
        memory_.append(data);
    }
    size_ += data.size();
    return {};
}

Result<void> RawMessage::add_header(std::string_view name, std::string_view value) {
    std::string line;
    line.reserve(name.size() + value.size() + 8);
    line.append(name).append(":").append(with_crlf(value)).append("\r\n");
    return append(line);
}

Result<void> RawMessage::end_headers() {
    return append("\r\n");
}

Result<void> RawMessage::add_body(std::string_view chunk) {
    return append(chunk);
}

Result<std::string_view> RawMessage::bytes() const {
    if (!file_) return std::string_view(memory_);
    if (mapping_ != nullptr && mapped_size_ != size_) {
        ::munmap(mapping_, mapped_size_);
        mapping_ = nullptr;
    }
    if (mapping_ == nullptr) {
        void* const mapping = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_.get(), 0);
        if (mapping == MAP_FAILED) return system_error("mapping of a spool file", errno);
        mapping_ = mapping;
        mapped_size_ = size_;
    }
    return std::string_view(static_cast<const char*>(mapping_), mapped_size_);
}

}  // namespace postwacht::mail
