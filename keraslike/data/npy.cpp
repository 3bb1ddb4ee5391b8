#include "keraslike/data/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include <ATen/core/Tensor.h>

#include "keraslike/data/data.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/zip_file.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/registry.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::data {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMostHeader = 1 << 20;
constexpr size_t kMostAxes = 64;  // NumPy's own limit

struct Header {
  std::string letters;
  bool big_endian = false;
  bool fortran_order = false;
  Shape shape;
  size_t size = 0;  // of the header, before the values
};

[[noreturn]] void fail(const std::string& file, const std::string& problem) {
  throw FileError("'{}' can not be read as a NumPy array: {}.", file, problem);
}

size_t header_size(std::string_view bytes, const std::string& file) {
  if (bytes.size() < 10 || !bytes.starts_with(kMagic)) fail(file, "it does not begin as a .npy file does");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(bytes[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) fail(file, fmt::format("its format version is {}, known are 1 to 3", version));
  if (version == 1) return 10 + (byte(8) | byte(9) << 8);
  if (bytes.size() < 12) fail(file, "its header is cut off");
  return 12 + (byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24);
}

// Reads the Python dictionary of a header: names, texts, True and False, and tuples of numbers.
class HeaderText {
 public:
  HeaderText(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::string_view quoted(std::string_view key) const {
    const std::string_view rest = after(key);
    const size_t end = rest.size() > 1 && (rest[0] == '\'' || rest[0] == '"') ? rest.find(rest[0], 1) : rest.npos;
    if (end == rest.npos) fail(file_, fmt::format("'{}' in its header is no single type of number", key));
    return rest.substr(1, end - 1);
  }

  bool boolean(std::string_view key) const {
    const std::string_view rest = after(key);
    if (!rest.starts_with("True") && !rest.starts_with("False")) damaged(key);
    return rest.starts_with("True");
  }

  Shape shape(std::string_view key) const {
    std::string_view rest = after(key);
    if (!rest.starts_with("(")) damaged(key);
    rest = trimmed(rest.substr(1));
    Shape shape;
    while (!rest.starts_with(")")) {
      int64_t size = 0;
      const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
      if (problem == std::errc::result_out_of_range) too_large();
      if (problem != std::errc() || size < 0 || shape.size() >= kMostAxes) damaged(key);
      shape.push_back(size);
      rest = trimmed(rest.substr(static_cast<size_t>(end - rest.data())));
      if (rest.starts_with("L")) rest = trimmed(rest.substr(1));  // a long integer of Python 2
      if (rest.starts_with(",")) rest = trimmed(rest.substr(1));
      else if (!rest.starts_with(")")) damaged(key);
    }
    check_count(shape);
    return shape;
  }

 private:
  static std::string_view trimmed(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
  }

  std::string_view after(std::string_view key) const {
    const size_t begin = std::min(text_.find(fmt::format("'{}'", key)), text_.find(fmt::format("\"{}\"", key)));
    if (begin == text_.npos) damaged(key);
    const std::string_view rest = trimmed(text_.substr(begin + key.size() + 2));
    if (!rest.starts_with(":")) damaged(key);
    return trimmed(rest.substr(1));
  }

  // The largest element has 8 bytes; sizes of 0 do not excuse what stands beside them.
  void check_count(const Shape& shape) const {
    int64_t bytes = 8;
    for (const int64_t size : shape) {
      if (__builtin_mul_overflow(bytes, std::max<int64_t>(size, 1), &bytes)) too_large();
    }
  }

  [[noreturn]] void damaged(std::string_view key) const {
    fail(file_, fmt::format("'{}' in its header is missing or damaged", key));
  }
  [[noreturn]] void too_large() const { fail(file_, "its shape is too large"); }

  std::string_view text_;
  const std::string& file_;
};

Header parse_header(std::string_view bytes, const std::string& file) {
  Header header;
  header.size = header_size(bytes, file);
  if (header.size > kMostHeader || header.size > bytes.size()) fail(file, "its header is cut off");
  const HeaderText text(bytes.substr(10, header.size - 10), file);
  const std::string descr(text.quoted("descr"));
  header.fortran_order = text.boolean("fortran_order");
  header.shape = text.shape("shape");
  header.big_endian = descr.starts_with('>');
  header.letters = descr.substr(descr.find_first_not_of("<>|=") == 1 ? 1 : 0);
  return header;
}

Kind kind_for(const Header& header, const std::string& file) {
  static const std::vector<std::pair<std::string_view, Kind>> kTypes{
      {"b1", kind_of<bool>()},      {"u1", kind_of<uint8_t>()},  {"i1", kind_of<int8_t>()},
      {"i2", kind_of<int16_t>()},   {"i4", kind_of<int32_t>()},  {"i8", kind_of<int64_t>()},
      {"u2", kind_of<uint16_t>()},  {"u4", kind_of<uint32_t>()}, {"u8", kind_of<uint64_t>()},
      {"f4", kind_of<float>()},     {"f8", kind_of<double>()}};
  for (const auto& [letters, kind] : kTypes) {
    if (header.letters == letters) return kind;
  }
  fail(file, fmt::format("its values are of type '{}'; known are real numbers of 1 to 8 bytes",
                         header.letters.substr(0, 20)));
}

void swap_bytes(char* values, size_t size, size_t width) {
  for (size_t i = 0; i + width <= size; i += width) std::reverse(values + i, values + i + width);
}

// A column-first array is one of the reversed shape whose axes are then reversed.
Array with_axes(const Array& array, bool fortran_order) {
  if (!fortran_order || array.rank() < 2) return array;
  std::vector<int64_t> axes;
  for (int64_t axis = array.rank() - 1; axis >= 0; --axis) axes.push_back(axis);
  return Array(array.tensor().permute(axes));
}

// Several threads wait for the file's pages and for those of new memory at once.
void copy_bytes(std::string_view from, char* to) {
  constexpr int64_t kGrain = 1 << 20;
  const auto size = static_cast<int64_t>(from.size());
  utils::for_ranges(size, utils::threads_for(size, kGrain), kGrain, [&](int64_t begin, int64_t end) {
    std::memcpy(to + begin, from.data() + begin, static_cast<size_t>(end - begin));
  });
}

// In memory's order of bytes.
at::Tensor tensor_of(std::string_view values, const Shape& shape, DType dtype, bool turns) {
  at::Tensor tensor = utils::empty_large(shape, utils::scalar_type(dtype));
  if (values.empty()) return tensor;
  auto* target = static_cast<char*>(tensor.data_ptr());
  copy_bytes(values, target);
  if (turns) swap_bytes(target, values.size(), static_cast<size_t>(size_in_bytes(dtype)));
  return tensor;
}

// Unsigned integers that LibTorch has no type for: first as signed ones of their size.
at::Tensor widened(std::string_view values, const Shape& shape, Kind kind, bool turns, const std::string& file) {
  const DType same_size = kind == Kind::UInt16 ? DType::Int16 : kind == Kind::UInt32 ? DType::Int32 : DType::Int64;
  const at::Tensor narrow = tensor_of(values, shape, same_size, turns);
  const Source source(narrow.data_ptr(), kind, shape);
  try {
    source.check(file);
  } catch (const ValueError& error) {
    throw FileError(error.what());
  }
  return source.tensor();
}

Array parse(const saving::Bytes& npy, const std::string& file) {
  const std::string_view bytes = npy.view();
  const Header header = parse_header(bytes, file);
  const bool is_half = header.letters == "f2";
  const Kind kind = is_half ? Kind::Float16 : kind_for(header, file);
  const auto width = static_cast<size_t>(header.letters.back() - '0');
  const size_t expected = static_cast<size_t>(header.shape.count()) * width;
  if (bytes.size() - header.size < expected) {
    fail(file, fmt::format("its shape {} needs {} bytes, but {} are there", header.shape, expected,
                           bytes.size() - header.size));
  }
  const std::string_view values = bytes.substr(header.size, expected);
  const bool turns = header.big_endian != (std::endian::native == std::endian::big) && width > 1;
  Shape shape = header.shape;
  if (header.fortran_order) std::reverse(shape.begin(), shape.end());
  at::Tensor tensor = kind > Kind::Float64 ? widened(values, shape, kind, turns, file)
                                           : tensor_of(values, shape, static_cast<DType>(kind), turns);
  return with_axes(Array(std::move(tensor)), header.fortran_order);
}

std::string letters_for(DType dtype) {
  const std::string name = to_string(dtype);
  if (name == "bool") return "|b1";
  const char kind = name.front();
  if (name == "bfloat16") {
    throw ValueError("NumPy has no bfloat16. Convert the array first: `array.astype(DType::Float32)`.");
  }
  const int64_t bytes = size_in_bytes(dtype);
  return fmt::format("{}{}{}", bytes == 1 ? '|' : '<', kind, bytes);
}

std::string to_bytes(const Data& data, const std::string& argument) {
  constexpr size_t kAlignment = 64;
  const at::Tensor tensor = data.tensor(argument).cpu().contiguous();
  std::string shape;
  for (const int64_t size : tensor.sizes()) shape += fmt::format("{}{}", shape.empty() ? "" : ", ", size);
  if (tensor.dim() == 1) shape += ",";
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                                   letters_for(data.dtype(argument)), shape);
  header.append(kAlignment - (10 + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  bytes += header;
  if (tensor.numel() > 0) bytes.append(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
  return bytes;
}

}  // namespace

Array load_npy(const std::string& path) { return parse(saving::map_file(path), path); }

const Array& Npz::operator[](const std::string& name) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == name; });
  if (found != entries_.end()) return found->second;
  throw ValueError("The archive has no array '{}'. {}", name, utils::describe_names(name, names()));
}

bool Npz::contains(const std::string& name) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.first == name; });
}

std::vector<std::string> Npz::names() const {
  std::vector<std::string> result;
  for (const auto& [name, array] : entries_) result.push_back(name);
  return result;
}

Npz load_npz(const std::string& path) {
  const saving::ZipReader archive(path);
  std::vector<Npz::Entry> entries;
  for (std::string name : archive.names()) {
    const Array array = parse(archive.bytes(name), fmt::format("{}:{}", path, name));
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    entries.emplace_back(std::move(name), array);
  }
  return Npz(std::move(entries));
}

void save_npy(const std::string& path, const Data& array) { saving::write_file(path, to_bytes(array, "array")); }

void save_npz(const std::string& path, const Data& arrays) {
  if (arrays.is_none()) throw ValueError("save_npz expects `arrays` to hold one array at least. Received: none.");
  saving::ZipWriter archive(path);
  for (int64_t i = 0; i < arrays.count(); ++i) {
    const std::string name = arrays.is_named() ? arrays.names()[static_cast<size_t>(i)] : fmt::format("arr_{}", i);
    archive.add(name + ".npy", to_bytes(arrays[i], name));
  }
  archive.replace_file();
}

}  // namespace keraslike::data
