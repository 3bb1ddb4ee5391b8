#pragma once

// For sources.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace keraslike::saving {

// What is wrong with an object in an HDF5 file: "its shape is too large". Hdf5Reader says which one.
struct Hdf5Problem : std::runtime_error {
  explicit Hdf5Problem(const std::string& problem) : std::runtime_error(problem) {}
};

// Where nothing is, as HDF5 writes it.
constexpr uint64_t kHdf5Nowhere = std::numeric_limits<uint64_t>::max();

// Takes numbers and bytes from a part of an HDF5 file, never beyond its end.
class Hdf5Cursor {
 public:
  explicit Hdf5Cursor(std::string_view bytes, uint64_t at = 0) : bytes_(bytes), at_(at) {
    if (at > bytes.size()) fail();
  }

  uint64_t left() const { return bytes_.size() - at_; }

  std::string_view take(uint64_t size) {
    if (size > left()) fail();
    const std::string_view result = bytes_.substr(at_, size);
    at_ += size;
    return result;
  }
  void skip(uint64_t size) { take(size); }

  // Little-endian, of up to 8 bytes.
  uint64_t number(size_t width) {
    uint64_t result = 0;
    const std::string_view bytes = take(width);
    for (size_t i = width; i-- > 0;) result = result << 8 | static_cast<unsigned char>(bytes[i]);
    return result;
  }
  uint8_t byte() { return static_cast<uint8_t>(number(1)); }
  uint64_t address() { return number(8); }

  // The zero that ends it is taken too.
  std::string text() {
    const size_t end = bytes_.find('\0', at_);
    if (end == bytes_.npos) fail();
    std::string result(take(end - at_));
    skip(1);
    return result;
  }

  // What follows begins at a multiple of 8.
  void align() { skip(std::min((8 - at_ % 8) % 8, left())); }

  void expect(std::string_view signature) {
    if (take(signature.size()) != signature) throw Hdf5Problem(fmt::format("its part '{}' is damaged", signature));
  }

  // A part whose version is one of `first` to `last`.
  uint8_t version(std::string_view part, int first, int last) {
    const uint8_t version = byte();
    if (version >= first && version <= last) return version;
    throw Hdf5Problem(fmt::format("its {} is of the unknown version {}", part, version));
  }

 private:
  [[noreturn]] static void fail() { throw Hdf5Problem("it is damaged: it leads beyond the end of the file"); }

  std::string_view bytes_;
  uint64_t at_;
};

}  // namespace keraslike::saving
