// Where a dataset's values lie in an HDF5 file: in its header, in one piece, or in chunks that may be compressed.
#include <algorithm>
#include <cstring>
#include <set>

#include <zlib.h>

#include "keraslike/saving/hdf5_cursor.h"
#include "keraslike/saving/hdf5_values.h"

namespace keraslike::saving {

namespace {

enum Layout : uint8_t { compact = 0, contiguous = 1, chunked = 2, virtual_layout = 3 };
enum Filter : uint16_t { deflate = 1, shuffle = 2 };

// As Keras' own reader has them.
constexpr uint64_t kUnremarkable = uint64_t{4} << 30;  // datasets up to this size need not justify themselves
constexpr uint64_t kMostExpansion = 1000;
constexpr uint64_t kMostDeflated = 1100;  // zlib can not make a byte of more

[[noreturn]] void fail_too_short(uint64_t declared, uint64_t stored) {
  throw Hdf5Problem(fmt::format("it declares {} bytes, but stores {}", declared, stored));
}

std::vector<Filter> read_filters(std::string_view message) {
  std::vector<Filter> filters;
  if (message.empty()) return filters;
  Hdf5Cursor cursor(message);
  const uint8_t version = cursor.version("list of filters", 1, 2);
  const int count = cursor.byte();
  if (version == 1) cursor.skip(6);
  for (int i = 0; i < count; ++i) {
    const uint64_t filter = cursor.number(2);
    if (filter != deflate && filter != shuffle) {
      throw Hdf5Problem(fmt::format("its values are packed by the unknown filter {}", filter));
    }
    const uint64_t name = version == 1 ? cursor.number(2) : 0;
    cursor.skip(2);
    const uint64_t values = cursor.number(2);
    cursor.skip((name + 7) / 8 * 8 + values * 4);
    if (version == 1) cursor.align();
    filters.push_back(static_cast<Filter>(filter));
  }
  return filters;
}

std::string inflated(std::string_view packed, uint64_t size) {
  std::string result(size, '\0');
  uLongf count = result.size();
  const int code = uncompress(reinterpret_cast<Bytef*>(result.data()), &count,
                              reinterpret_cast<const Bytef*>(packed.data()), packed.size());
  if (code != Z_OK || count != size) throw Hdf5Problem("its compressed values are damaged");
  return result;
}

// First come the first bytes of all values, then the second ones.
std::string unshuffled(std::string_view bytes, uint64_t width) {
  std::string result(bytes);
  const uint64_t count = bytes.size() / width;
  for (uint64_t i = 0; i < width; ++i) {
    for (uint64_t j = 0; j < count; ++j) result[j * width + i] = bytes[i * count + j];
  }
  return result;
}

// Chunks of one shape, found through a B-tree, are put together to the whole. All of them must be there.
class Chunks {
 public:
  Chunks(std::string_view file, const Hdf5Dataset& dataset, Hdf5Cursor layout)
      : file_(file), width_(dataset.type.size), sizes_(dataset.shape), filters_(read_filters(dataset.filters)) {
    const size_t rank = layout.byte();
    tree_ = layout.address();
    if (rank != sizes_.size() + 1 || sizes_.empty()) throw Hdf5Problem("its chunks are damaged");
    chunk_bytes_ = width_;
    for (const int64_t size : sizes_) {
      const uint64_t part = layout.number(4);
      if (part == 0 || __builtin_mul_overflow(chunk_bytes_, part, &chunk_bytes_)) {
        throw Hdf5Problem("its chunks are damaged");
      }
      chunk_.push_back(static_cast<int64_t>(part));
      missing_ *= (static_cast<uint64_t>(size) + part - 1) / part;
    }
  }

  std::string read(uint64_t declared) {
    if (missing_ > 0) look_at_node(tree_, -1);
    if (missing_ > 0) throw Hdf5Problem(fmt::format("{} of its chunks are missing", missing_));
    if (declared > kUnremarkable && declared / kMostExpansion > stored_) fail_too_short(declared, stored_);
    std::string values(declared, '\0');
    for (const auto& chunk : found_) {
      const std::string bytes = unpacked(chunk);
      place(0, bytes.data(), chunk_bytes_, values.data(), declared, chunk.begin);
    }
    return values;
  }

 private:
  struct Chunk {
    std::string_view bytes;
    uint64_t skipped_filters;
    std::vector<int64_t> begin;
  };

  void look_at_node(uint64_t address, int expected_level) {
    if (!visited_.insert(address).second) throw Hdf5Problem("its list of chunks is damaged");
    Hdf5Cursor node(file_, address);
    node.expect("TREE");
    node.version("list of chunks", 1, 1);  // in truth the kind of tree
    const int level = node.byte();
    if (expected_level >= 0 && level != expected_level) throw Hdf5Problem("its list of chunks is damaged");
    const uint64_t count = node.number(2);
    node.skip(2 * 8);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t size = node.number(4);
      Chunk chunk{{}, node.number(4), {}};
      for (size_t axis = 0; axis < sizes_.size(); ++axis) chunk.begin.push_back(static_cast<int64_t>(node.number(8)));
      node.skip(8);
      const uint64_t child = node.address();
      if (level > 0) look_at_node(child, level - 1);
      else add(std::move(chunk), child, size);
    }
  }

  void add(Chunk chunk, uint64_t address, uint64_t size) {
    for (size_t axis = 0; axis < sizes_.size(); ++axis) {
      const int64_t begin = chunk.begin[axis];
      if (begin < 0 || begin >= sizes_[axis] || begin % chunk_[axis] != 0) throw Hdf5Problem("its chunks are damaged");
    }
    if (!begins_.insert(chunk.begin).second) throw Hdf5Problem("one of its chunks is there twice");
    chunk.bytes = Hdf5Cursor(file_, address).take(size);
    stored_ += size;
    if (chunk_bytes_ / kMostDeflated > size) fail_too_short(chunk_bytes_, size);
    if (stored_ > file_.size()) throw Hdf5Problem("its chunks lie in one another");
    --missing_;
    found_.push_back(std::move(chunk));
  }

  std::string unpacked(const Chunk& chunk) const {
    std::string bytes(chunk.bytes);
    for (size_t i = filters_.size(); i-- > 0;) {
      if ((chunk.skipped_filters >> i & 1) != 0) continue;
      bytes = filters_[i] == deflate ? inflated(bytes, chunk_bytes_) : unshuffled(bytes, width_);
    }
    if (bytes.size() != chunk_bytes_) throw Hdf5Problem("one of its chunks is of a wrong size");
    return bytes;
  }

  // Row by row, from the axis on; what of a chunk lies beyond the whole is left out. The widths are of one step along
  // the axis before.
  void place(size_t axis, const char* from, uint64_t from_width, char* to, uint64_t to_width,
             const std::vector<int64_t>& begin) const {
    const auto first = static_cast<uint64_t>(begin[axis]);
    const auto count = static_cast<uint64_t>(std::min(chunk_[axis], sizes_[axis] - begin[axis]));
    const uint64_t from_step = from_width / static_cast<uint64_t>(chunk_[axis]);
    const uint64_t to_step = to_width / static_cast<uint64_t>(sizes_[axis]);
    to += first * to_step;
    if (axis + 1 == sizes_.size()) {
      std::memcpy(to, from, count * width_);
      return;
    }
    for (uint64_t i = 0; i < count; ++i) {
      place(axis + 1, from + i * from_step, from_step, to + i * to_step, to_step, begin);
    }
  }

  std::string_view file_;
  uint64_t width_;
  Shape sizes_;
  std::vector<Filter> filters_;
  uint64_t tree_ = 0;
  Shape chunk_;
  uint64_t chunk_bytes_ = 0;
  uint64_t missing_ = 1;
  uint64_t stored_ = 0;
  std::vector<Chunk> found_;
  std::set<std::vector<int64_t>> begins_;
  std::set<uint64_t> visited_;
};

}  // namespace

std::string_view read_hdf5_values(std::string_view file, const Hdf5Dataset& dataset, std::string& unpacked) {
  Hdf5Cursor layout(dataset.layout);
  const uint8_t version = layout.version("layout", 3, 4);
  const uint8_t kind = layout.byte();
  const uint64_t declared = dataset.bytes();
  if (kind == virtual_layout) throw Hdf5Problem("its values lie in other datasets, which is not allowed");
  if (kind == chunked && version == 3) return unpacked = Chunks(file, dataset, layout).read(declared);
  if (kind > contiguous) throw Hdf5Problem("its values lie in a way that keraslike does not read");
  const uint64_t address = kind == contiguous ? layout.address() : 0;
  const uint64_t stored = layout.number(kind == contiguous ? 8 : 2);
  if (declared == 0) return {};
  if (stored < declared || address == kHdf5Nowhere) fail_too_short(declared, address == kHdf5Nowhere ? 0 : stored);
  return kind == contiguous ? Hdf5Cursor(file, address).take(declared) : layout.take(declared);
}

}  // namespace keraslike::saving
