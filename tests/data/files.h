#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <unistd.h>

namespace keraslike::tests {

// A file that is gone when the test ends.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& suffix, const std::string& bytes = "") {
    static std::atomic<int> count = 0;
    const std::string name = "keraslike_" + std::to_string(::getpid()) + "_" + std::to_string(count++) + suffix;
    path = (std::filesystem::temp_directory_path() / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::string path;
};

// A folder that is gone, with all in it, when the test ends.
struct TemporaryFolder {
  TemporaryFolder() : placeholder(".folder"), path(placeholder.path + ".d") {
    std::filesystem::create_directory(path);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }

  std::string file(const std::string& name) const { return path + "/" + name; }
  std::ptrdiff_t count() const {
    return std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator());
  }

  TemporaryFile placeholder;
  std::string path;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::string golden(const std::string& name) {
  return std::string(KERASLIKE_SOURCE_DIR) + "/tests/data/golden/" + name;
}

}  // namespace keraslike::tests
