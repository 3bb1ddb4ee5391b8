#include "keraslike/saving/files.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "keraslike/utils/errors.h"

namespace keraslike::saving {

namespace {

constexpr size_t kBlock = size_t{1} << 20;

std::string system_reason() { return std::generic_category().message(errno); }

[[noreturn]] void fail_to_read(const std::string& path, const std::string& reason) {
  throw FileError("'{}' can not be read: {}.", path, reason);
}

[[noreturn]] void fail_to_write(const std::string& path, const std::string& reason) {
  throw FileError("'{}' can not be written: {}.", path, reason);
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags, mode_t mode = 0)
      : number_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~Descriptor() {
    if (is_open()) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

// The size that the system tells; a pipe tells none.
uint64_t check_kind(const Descriptor& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail_to_read(path, system_reason());
  if (S_ISDIR(status.st_mode)) fail_to_read(path, "it is a folder");
  if (S_ISFIFO(status.st_mode)) return 0;
  if (!S_ISREG(status.st_mode)) fail_to_read(path, "it is no regular file");
  return static_cast<uint64_t>(status.st_size);
}

void check_opened(const Descriptor& file, const std::string& path) {
  if (file.is_open()) return;
  if (errno == ENOENT || errno == ENOTDIR) {
    throw FileError("File not found: '{}'. Please ensure that it is a file that can be read.", path);
  }
  fail_to_read(path, system_reason());
}

// 0 at the end of the file.
size_t read_some(const Descriptor& file, char* target, size_t size, const std::string& path) {
  while (true) {
    const ssize_t count = ::read(file.number(), target, size);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno != EINTR) fail_to_read(path, system_reason());
  }
}

bool write_all(const Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.number(), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

// Where the links at `path` lead: the last of them may name a file that is still to come.
std::filesystem::path without_links(const std::string& path) {
  constexpr int kMostLinks = 40;  // as many as the system follows
  std::filesystem::path target = path;
  std::error_code problem;
  for (int i = 0; i < kMostLinks; ++i) {
    if (!std::filesystem::is_symlink(std::filesystem::symlink_status(target, problem))) return target;
    target = target.parent_path() / std::filesystem::read_symlink(target, problem);
    if (problem) fail_to_write(path, problem.message());
  }
  errno = ELOOP;
  fail_to_write(path, system_reason());
}

// What stands at the target now, if anything does.
std::optional<struct stat> existing(const std::filesystem::path& target, const std::string& path) {
  struct stat status {};
  if (::stat(target.c_str(), &status) != 0) return std::nullopt;
  if (S_ISDIR(status.st_mode)) fail_to_write(path, "it is a folder");
  if (!S_ISREG(status.st_mode)) fail_to_write(path, "it is no regular file");
  // A file that is protected from writing could still be replaced.
  if (::access(target.c_str(), W_OK) != 0) fail_to_write(path, system_reason());
  return status;
}

// A file beside the target that takes its place, or is gone.
class Replacement {
 public:
  Replacement(const std::filesystem::path& target, const std::string& path)
      : target_(target), path_(path), name_(free_name(target)) {
    check(Descriptor(name_, O_WRONLY | O_CREAT | O_EXCL, 0666).is_open());
  }
  ~Replacement() {
    if (!is_done_) ::unlink(name_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  const std::string& name() const { return name_; }

  // Once it is written.
  void take_place(const std::optional<struct stat>& old) {
    const Descriptor file(name_, O_RDONLY);
    check(file.is_open());
    if (old) keep_permissions(file, *old);
    check(::fsync(file.number()) == 0);
    check(std::rename(name_.c_str(), target_.c_str()) == 0);
    is_done_ = true;
    // The new name outlasts a power failure once the folder is on the disk. Not every file system can do this.
    const Descriptor folder(folder_of(target_), O_RDONLY | O_DIRECTORY);
    if (folder.is_open()) ::fsync(folder.number());
  }

 private:
  void keep_permissions(const Descriptor& file, const struct stat& old) const {
    // Only the system's administrator may give a file away; for others it is their own already.
    if (::fchown(file.number(), old.st_uid, old.st_gid) != 0) errno = 0;
    check(::fchmod(file.number(), old.st_mode & 07777) == 0);
  }

  static std::string folder_of(const std::filesystem::path& target) {
    return target.has_parent_path() ? target.parent_path().string() : ".";
  }

  // Short, since the target's own name may be as long as the system allows.
  static std::string free_name(const std::filesystem::path& target) {
    static std::atomic<uint64_t> count = 0;
    std::string name;
    do {
      name = fmt::format("{}/.keraslike-{}-{}.part", folder_of(target), ::getpid(), count++);
    } while (::access(name.c_str(), F_OK) == 0);
    return name;
  }

  void check(bool is_well) const {
    if (!is_well) fail_to_write(path_, system_reason());
  }

  const std::filesystem::path& target_;
  const std::string& path_;
  std::string name_;
  bool is_done_ = false;
};

}  // namespace

void check_readable(const std::string& path) {
  // Opening a pipe waits for its other end, and takes what comes from it.
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  check_opened(file, path);
  check_kind(file, path);
}

std::string read_file(const std::string& path, uint64_t most_bytes) {
  const Descriptor file(path, O_RDONLY);
  check_opened(file, path);
  const uint64_t told = check_kind(file, path);
  const auto check_size = [&](uint64_t size) {
    if (size > most_bytes) fail_to_read(path, fmt::format("it has {} bytes or more, the most is {}", size, most_bytes));
  };
  check_size(told);
  std::string bytes(static_cast<size_t>(told) + 1, '\0');  // one more, to see the end without another block
  size_t size = 0;
  while (const size_t count = read_some(file, bytes.data() + size, bytes.size() - size, path)) {
    size += count;
    check_size(size);
    if (size == bytes.size()) bytes.resize(size + std::max(size, kBlock));
  }
  bytes.resize(size);
  return bytes;
}

Bytes map_file(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  check_opened(file, path);
  const auto size = static_cast<size_t>(check_kind(file, path));
  if (size == 0) return read_file(path);  // a pipe, or nothing to map
  // Whoever writes to it writes to pages of his own.
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file.number(), 0);
  if (memory == MAP_FAILED) return read_file(path);  // not every file system can map
  std::shared_ptr<const void> owner(memory, [size](void* mapped) { ::munmap(mapped, size); });
  return {std::string_view(static_cast<const char*>(memory), size), std::move(owner)};
}

void write_file(const std::string& path, std::string_view bytes) {
  replace_file(path, [&](const std::string& part) {
    Descriptor file(part, O_WRONLY);
    if (!file.is_open() || !write_all(file, bytes) || !file.close()) fail_to_write(path, system_reason());
  });
}

void replace_file(const std::string& path, const std::function<void(const std::string& part)>& write) {
  const std::filesystem::path target = without_links(path);
  const std::optional<struct stat> old = existing(target, path);
  Replacement replacement(target, path);
  write(replacement.name());
  replacement.take_place(old);
}

}  // namespace keraslike::saving
