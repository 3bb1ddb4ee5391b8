#include "keraslike/data/npy.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <regex>
#include <string_view>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <zip.h>

#include "keraslike/data/data.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike::data {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMostHeader = 1 << 20;
constexpr uint64_t kUnremarkable = uint64_t{256} << 20;  // members up to this size need not justify themselves
constexpr uint64_t kMostExpansion = 1000;

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

size_t header_size(const std::string& bytes, const std::string& file) {
  if (bytes.size() < 10 || !bytes.starts_with(kMagic)) fail(file, "it does not begin as a .npy file does");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(bytes[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) fail(file, fmt::format("its format version is {}, known are 1 to 3", version));
  if (version == 1) return 10 + (byte(8) | byte(9) << 8);
  if (bytes.size() < 12) fail(file, "its header is cut off");
  return 12 + (byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24);
}

Shape shape_from(const std::string& text, const std::string& file) {
  Shape shape;
  int64_t count = 1;
  const std::regex number("[0-9]+");
  for (std::sregex_iterator match(text.begin(), text.end(), number), end; match != end; ++match) {
    const std::string digits = match->str();
    if (digits.size() > 15) fail(file, fmt::format("its shape ({}) is too large", text.substr(0, 60)));
    shape.push_back(std::stoll(digits));
    if (__builtin_mul_overflow(count, std::max<int64_t>(shape.back(), 1), &count)) {
      fail(file, fmt::format("its shape ({}) is too large", text.substr(0, 60)));
    }
  }
  return shape;
}

Header parse_header(const std::string& bytes, const std::string& file) {
  Header header;
  header.size = header_size(bytes, file);
  if (header.size > kMostHeader || header.size > bytes.size()) fail(file, "its header is cut off");
  const std::string text = bytes.substr(10, header.size - 10);
  const auto find = [&](const char* pattern) {
    std::smatch match;
    if (!std::regex_search(text, match, std::regex(pattern))) fail(file, "its header is damaged");
    return match[1].str();
  };
  const std::string descr = find(R"('descr'\s*:\s*'([^']{1,20})')");
  header.fortran_order = find(R"('fortran_order'\s*:\s*(True|False))") == "True";
  header.shape = shape_from(find(R"('shape'\s*:\s*\(([0-9,\sL]*)\))"), file);
  header.big_endian = descr.front() == '>';
  header.letters = descr.substr(std::string_view("<>|=").find(descr.front()) == std::string_view::npos ? 0 : 1);
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
  fail(file, fmt::format("its values are of type '{}'; known are numbers of 1 to 8 bytes", header.letters));
}

void swap_bytes(std::string& values, size_t width) {
  for (size_t i = 0; i + width <= values.size(); i += width) std::reverse(&values[i], &values[i] + width);
}

// A column-first array is one of the reversed shape whose axes are then reversed.
Array with_axes(const Array& array, bool fortran_order) {
  if (!fortran_order || array.rank() < 2) return array;
  std::vector<int64_t> axes;
  for (int64_t axis = array.rank() - 1; axis >= 0; --axis) axes.push_back(axis);
  return Array(array.tensor().permute(axes));
}

Array half_array(const std::string& values, const Shape& shape) {
  at::Tensor tensor = at::empty(shape, at::kHalf);
  std::memcpy(tensor.data_ptr(), values.data(), values.size());
  return Array(std::move(tensor));
}

Array parse(const std::string& bytes, const std::string& file) {
  const Header header = parse_header(bytes, file);
  const bool is_half = header.letters == "f2";
  const Kind kind = is_half ? kind_of<int16_t>() : kind_for(header, file);
  const auto width = static_cast<size_t>(header.letters.back() - '0');
  const size_t expected = static_cast<size_t>(header.shape.count()) * width;
  if (bytes.size() - header.size < expected) {
    fail(file, fmt::format("its shape {} needs {} bytes, but {} are there", header.shape, expected,
                           bytes.size() - header.size));
  }
  std::string values = bytes.substr(header.size, expected);
  if (header.big_endian != (std::endian::native == std::endian::big) && width > 1) swap_bytes(values, width);
  Shape shape = header.shape;
  if (header.fortran_order) std::reverse(shape.begin(), shape.end());
  if (is_half) return with_axes(half_array(values, shape), header.fortran_order);
  const Source source(values.data(), kind, shape);
  source.check(file);
  return with_axes(Array(source.tensor()), header.fortran_order);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw FileError("File not found: '{}'. Please ensure that it is a file that can be read.", path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string letters_for(const Array& array) {
  const std::string name = to_string(array.dtype());
  if (name == "bool") return "|b1";
  const char kind = name.front();
  if (name == "bfloat16") {
    throw ValueError("NumPy has no bfloat16. Convert the array first: `array.astype(DType::Float32)`.");
  }
  const int64_t bytes = size_in_bytes(array.dtype());
  return fmt::format("{}{}{}", bytes == 1 ? '|' : '<', kind, bytes);
}

std::string to_bytes(const Array& array) {
  constexpr size_t kAlignment = 64;
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (", letters_for(array));
  for (const int64_t size : array.shape()) header += fmt::format("{}, ", size);
  header += "), }";
  header.append(kAlignment - (10 + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  bytes += header;
  const at::Tensor& tensor = array.tensor();
  bytes.append(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
  return bytes;
}

using Archive = std::unique_ptr<zip_t, void (*)(zip_t*)>;

std::string read_member(zip_t* archive, zip_uint64_t index, const std::string& path) {
  zip_stat_t stat;
  if (zip_stat_index(archive, index, 0, &stat) != 0) throw FileError("'{}' has a damaged list of members.", path);
  const std::string name = fmt::format("{}:{}", path, stat.name);
  if (stat.size > kUnremarkable && stat.size / kMostExpansion > stat.comp_size) {
    throw FileError("'{}' declares {} bytes in {} stored ones, which is not believable.", name, stat.size, stat.comp_size);
  }
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> member(zip_fopen_index(archive, index, 0), zip_fclose);
  std::string bytes;
  std::vector<char> block(1 << 20);
  while (member) {
    const zip_int64_t count = zip_fread(member.get(), block.data(), block.size());
    if (count < 0) throw FileError("'{}' is damaged: {}.", name, zip_file_strerror(member.get()));
    if (count == 0) return bytes;
    bytes.append(block.data(), static_cast<size_t>(count));
    if (bytes.size() > stat.size) throw FileError("'{}' holds more than it declares.", name);
  }
  throw FileError("'{}' can not be opened: {}.", name, zip_strerror(archive));
}

}  // namespace

Array load_npy(const std::string& path) { return parse(read_file(path), path); }

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
  if (!std::filesystem::is_regular_file(path)) {
    throw FileError("File not found: '{}'. Please ensure that it is a file that can be read.", path);
  }
  int code = 0;
  const Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code), [](zip_t* opened) {
    if (opened != nullptr) zip_discard(opened);
  });
  if (!archive) throw FileError("'{}' can not be read as a .npz archive: it is not a zip file, or damaged.", path);
  std::vector<Npz::Entry> entries;
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    std::string name = zip_get_name(archive.get(), index, 0);
    const std::string bytes = read_member(archive.get(), index, path);
    const Array array = parse(bytes, fmt::format("{}:{}", path, name));
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    entries.emplace_back(std::move(name), array);
  }
  return Npz(std::move(entries));
}

void save_npy(const std::string& path, const Array& array) {
  const std::string bytes = to_bytes(array);
  const std::string unfinished = path + ".part";
  std::ofstream file(unfinished, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code problem;
  if (file) std::filesystem::rename(unfinished, path, problem);
  if (file && !problem) return;
  std::filesystem::remove(unfinished, problem);
  throw FileError("'{}' can not be written: is the folder there, and is there room?", path);
}

void save_npz(const std::string& path, const std::vector<Npz::Entry>& arrays) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code), [](zip_t* opened) { zip_discard(opened); });
  if (!archive) throw FileError("'{}' can not be written: is the folder there, and is there room?", path);
  std::vector<std::string> kept;  // libzip reads the members when it closes the archive
  kept.reserve(arrays.size());
  for (const auto& [name, array] : arrays) {
    kept.push_back(to_bytes(array));
    zip_source_t* source = zip_source_buffer(archive.get(), kept.back().data(), kept.back().size(), 0);
    const zip_int64_t index = zip_file_add(archive.get(), (name + ".npy").c_str(), source, ZIP_FL_OVERWRITE);
    if (index < 0) {
      zip_source_free(source);
      throw FileError("'{}' can not take the array '{}': {}.", path, name, zip_strerror(archive.get()));
    }
    zip_set_file_compression(archive.get(), static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
  }
  if (zip_close(archive.get()) != 0) throw FileError("'{}' can not be written: {}.", path, zip_strerror(archive.get()));
  archive.release();
}

}  // namespace keraslike::data
