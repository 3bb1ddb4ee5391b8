#include "keraslike/data/idx.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <zlib.h>

#include "keraslike/saving/files.h"
#include "keraslike/utils/errors.h"

namespace keraslike::data {

namespace {

constexpr int64_t kMostBytes = int64_t{1} << 33;
constexpr unsigned char kUnsignedByte = 0x08;

class File {
 public:
  explicit File(const std::string& path) : path_(path), file_(open(path), gzclose) {
    if (!file_) throw FileError("'{}' can not be read: out of memory.", path);
  }

  void read(void* target, int64_t bytes) {
    const int count = gzread(file_.get(), target, static_cast<unsigned>(bytes));
    if (count != bytes) throw FileError("'{}' ends before all of its values have come, or is damaged.", path_);
  }

  // Memory grows with what has come, not with what the file says is coming.
  std::vector<unsigned char> read_values(int64_t bytes) {
    constexpr int64_t kBlock = 1 << 24;
    std::vector<unsigned char> values;
    while (bytes > 0) {
      const int64_t part = std::min(bytes, kBlock);
      values.resize(values.size() + static_cast<size_t>(part));
      read(values.data() + values.size() - part, part);
      bytes -= part;
    }
    return values;
  }

  bool at_end() {
    char extra = 0;
    return gzread(file_.get(), &extra, 1) == 0;
  }

 private:
  static gzFile open(const std::string& path) {
    saving::check_readable(path);
    return gzopen(path.c_str(), "rb");
  }

  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

int64_t read_size(File& file) {
  std::array<unsigned char, 4> bytes{};
  file.read(bytes.data(), 4);
  return int64_t{bytes[0]} << 24 | int64_t{bytes[1]} << 16 | int64_t{bytes[2]} << 8 | int64_t{bytes[3]};
}

}  // namespace

Array load_idx(const std::string& path) {
  File file(path);
  std::array<unsigned char, 4> magic{};
  file.read(magic.data(), 4);
  if (magic[0] != 0 || magic[1] != 0 || magic[2] != kUnsignedByte || magic[3] == 0) {
    throw FileError("'{}' is not an IDX file of bytes: it begins with {:02x}{:02x}{:02x}{:02x}.", path, magic[0],
                    magic[1], magic[2], magic[3]);
  }
  Shape shape;
  int64_t bytes = 1;  // of all values; an axis of 0 does not excuse the others
  for (int axis = 0; axis < magic[3]; ++axis) {
    shape.push_back(read_size(file));
    if (__builtin_mul_overflow(bytes, std::max<int64_t>(shape.back(), 1), &bytes) || bytes > kMostBytes) {
      throw FileError("'{}' declares a shape that is too large: {}.", path, shape);
    }
  }
  Array values(file.read_values(shape.count()));
  if (!file.at_end()) throw FileError("'{}' holds more values than its shape {} says.", path, shape);
  return values.reshape(shape);
}

}  // namespace keraslike::data
