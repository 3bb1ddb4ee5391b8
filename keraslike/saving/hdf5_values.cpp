#include "keraslike/saving/hdf5_values.h"

#include <algorithm>
#include <array>
#include <map>

#include "keraslike/saving/hdf5_cursor.h"

namespace keraslike::saving {

namespace {

constexpr int kMostAxes = 32;  // HDF5's own limit

enum class Class : uint8_t { integer = 0, floating = 1, text = 3, opaque = 5, enumeration = 8, variable = 9 };

Hdf5Type number(DType dtype, uint64_t size, bool is_big_endian) {
  return {Hdf5Type::Kind::number, size, dtype, is_big_endian, '\0'};
}

Hdf5Type integer_type(unsigned bits, uint64_t size, Hdf5Cursor& cursor) {
  const bool is_whole = cursor.number(2) == 0 && cursor.number(2) == size * 8;
  const bool is_big_endian = (bits & 1) != 0;
  const bool is_signed = (bits & 8) != 0;
  if (!is_whole) return {};
  switch (size) {
    case 1: return number(is_signed ? DType::Int8 : DType::UInt8, size, is_big_endian);
    case 2: return number(is_signed ? DType::Int16 : DType::Int32, size, is_big_endian);
    case 4: return number(is_signed ? DType::Int32 : DType::Int64, size, is_big_endian);
    case 8: return is_signed ? number(DType::Int64, size, is_big_endian) : Hdf5Type{};
    default: return {};
  }
}

// Only IEEE's: where sign, exponent and fraction are, and the exponent's bias.
Hdf5Type floating_type(unsigned bits, uint64_t size, Hdf5Cursor& cursor) {
  struct Known {
    DType dtype;
    std::array<uint64_t, 9> fields;  // size, sign, offset, precision; position and size of exponent, of fraction; bias
  };
  constexpr std::array<Known, 3> kKnown{{{DType::Float16, {2, 15, 0, 16, 10, 5, 0, 10, 15}},
                                         {DType::Float32, {4, 31, 0, 32, 23, 8, 0, 23, 127}},
                                         {DType::Float64, {8, 63, 0, 64, 52, 11, 0, 52, 1023}}}};
  std::array<uint64_t, 9> fields{size, bits >> 8 & 0xff};
  constexpr std::array<size_t, 7> kWidths{2, 2, 1, 1, 1, 1, 4};
  for (size_t i = 0; i < kWidths.size(); ++i) fields[i + 2] = cursor.number(kWidths[i]);
  const bool is_ieee = (bits & 0x40) == 0 && (bits >> 4 & 3) == 2;  // neither VAX's order nor a written leading 1
  for (const auto& known : kKnown) {
    if (is_ieee && fields == known.fields) return number(known.dtype, size, (bits & 1) != 0);
  }
  return {};
}

Hdf5Type read_type(Hdf5Cursor cursor);

// h5py's bool: FALSE is 0 and TRUE is 1.
Hdf5Type enumeration_type(unsigned version, unsigned bits, uint64_t size, Hdf5Cursor& cursor) {
  constexpr size_t kBase = 12;
  const Hdf5Type base = read_type(Hdf5Cursor(cursor.take(kBase)));
  if (size != 1 || base.dtype != DType::Int8 || (bits & 0xffff) != 2) return {};
  std::array<std::string, 2> names;
  for (auto& name : names) {
    name = cursor.text();
    if (version < 3) cursor.skip((8 - (name.size() + 1) % 8) % 8);
  }
  const bool is_bool = names[0] == "FALSE" && names[1] == "TRUE" && cursor.byte() == 0 && cursor.byte() == 1;
  return is_bool ? number(DType::Bool, size, false) : Hdf5Type{};
}

Hdf5Type read_type(Hdf5Cursor cursor) {
  const unsigned head = cursor.byte();
  const auto bits = static_cast<unsigned>(cursor.number(3));
  const uint64_t size = cursor.number(4);
  const unsigned version = head >> 4;
  if (version < 1 || version > 3) throw Hdf5Problem(fmt::format("its type is of the unknown version {}", version));
  switch (static_cast<Class>(head & 15)) {
    case Class::integer: return integer_type(bits, size, cursor);
    case Class::floating: return floating_type(bits, size, cursor);
    case Class::enumeration: return enumeration_type(version, bits, size, cursor);
    case Class::opaque: return {Hdf5Type::Kind::opaque, size};
    case Class::text: return {Hdf5Type::Kind::text, size, {}, false, (bits & 15) == 2 ? ' ' : '\0'};
    case Class::variable:
      if ((bits & 15) == 1 && size == 16) return {Hdf5Type::Kind::variable_text, size};
      return {};
    default: return {};
  }
}

Shape read_shape(std::string_view message) {
  Hdf5Cursor cursor(message);
  const uint8_t version = cursor.version("shape", 1, 2);
  const int rank = cursor.byte();
  cursor.skip(1);
  const bool is_null = cursor.byte() == 2 && version == 2;
  if (is_null) throw Hdf5Problem("it holds nothing, not even a shape");
  if (version == 1) cursor.skip(4);
  if (rank > kMostAxes) throw Hdf5Problem("its shape is damaged");
  Shape shape;
  int64_t bytes = 16;  // of the largest element; sizes of 0 do not excuse what stands beside them
  for (int axis = 0; axis < rank; ++axis) {
    const uint64_t size = cursor.number(8);
    if (__builtin_mul_overflow(bytes, std::max<uint64_t>(size, 1), &bytes)) throw Hdf5Problem("its shape is too large");
    shape.push_back(static_cast<int64_t>(size));
  }
  return shape;
}

// A message in an attribute; those of the first version fill multiples of 8 bytes.
std::string_view take_part(Hdf5Cursor& cursor, uint64_t size, uint8_t version) {
  const std::string_view part = cursor.take(size);
  if (version == 1) cursor.align();
  return part;
}

// Nothing if it has another name.
std::optional<Hdf5Attribute> read_attribute(std::string_view message, const std::string& wanted) {
  Hdf5Cursor cursor(message);
  const uint8_t version = cursor.version("attribute", 1, 3);
  const unsigned flags = cursor.byte();
  const uint64_t name_size = cursor.number(2);
  const uint64_t type_size = cursor.number(2);
  const uint64_t shape_size = cursor.number(2);
  if (version == 3) cursor.skip(1);
  if (Hdf5Cursor(take_part(cursor, name_size, version)).text() != wanted) return std::nullopt;
  if (version > 1 && (flags & 3) != 0) throw Hdf5Problem(fmt::format("its attribute '{}' is of a shared type", wanted));
  Hdf5Attribute attribute;
  attribute.type = read_type(Hdf5Cursor(take_part(cursor, type_size, version)));
  attribute.shape = read_shape(take_part(cursor, shape_size, version));
  attribute.values = cursor.take(cursor.left());
  return attribute;
}

std::string without_padding(std::string_view text, char padding) {
  if (padding == '\0') text = text.substr(0, text.find('\0'));
  return std::string(text.substr(0, text.find_last_not_of(padding) + 1));
}

// The texts of variable length, which lie in collections of numbered objects.
class Heap {
 public:
  explicit Heap(std::string_view file) : file_(file), text_left_(file.size()), collections_left_(file.size()) {}

  std::string text(Hdf5Cursor& values) {
    const uint64_t size = values.number(4);
    const uint64_t address = values.address();
    const uint64_t index = values.number(4);
    if (size == 0) return "";
    const auto& objects = collection(address);
    const auto found = objects.find(index);
    if (found == objects.end() || size > found->second.size()) throw Hdf5Problem("its texts are damaged");
    spend(size, text_left_);
    return std::string(found->second.substr(0, size));
  }

 private:
  using Objects = std::map<uint64_t, std::string_view>;

  // Together they are no longer than the file, unless many lead to the same place.
  static void spend(uint64_t size, uint64_t& left) {
    if (size > left) throw Hdf5Problem("its texts are damaged");
    left -= size;
  }

  const Objects& collection(uint64_t address) {
    if (const auto known = collections_.find(address); known != collections_.end()) return known->second;
    Hdf5Cursor head(file_, address);
    head.expect("GCOL");
    head.version("list of texts", 1, 1);
    head.skip(3);
    constexpr uint64_t kHead = 16;
    const uint64_t size = head.number(8);
    spend(size, collections_left_);
    Hdf5Cursor cursor(head.take(size < kHead ? 0 : size - kHead));
    Objects objects;
    while (cursor.left() >= kHead) {
      const uint64_t index = cursor.number(2);
      cursor.skip(6);
      const uint64_t length = cursor.number(8);
      if (index == 0) break;  // the rest is free
      objects[index] = cursor.take(length);
      cursor.align();
    }
    return collections_[address] = std::move(objects);
  }

  std::string_view file_;
  uint64_t text_left_;
  uint64_t collections_left_;
  std::map<uint64_t, Objects> collections_;
};

}  // namespace

std::optional<Hdf5Attribute> find_hdf5_attribute(const Hdf5Object& object, const std::string& name) {
  for (const auto& message : object.messages) {
    if (message.type != Hdf5Message::attribute || message.is_shared) continue;
    if (auto attribute = read_attribute(message.data, name)) return attribute;
  }
  return std::nullopt;
}

std::vector<std::string> read_hdf5_texts(std::string_view file, const Hdf5Attribute& attribute) {
  const auto count = static_cast<uint64_t>(attribute.shape.count());
  if (count == 0) return {};
  const auto& type = attribute.type;
  const bool is_variable = type.kind == Hdf5Type::Kind::variable_text;
  if (!is_variable && type.kind != Hdf5Type::Kind::text) throw Hdf5Problem("it has an attribute that is no text");
  if (type.size == 0 || count > attribute.values.size() / type.size) throw Hdf5Problem("its texts are cut off");
  std::vector<std::string> texts;
  Hdf5Cursor values(attribute.values);
  Heap heap(file);
  for (uint64_t i = 0; i < count; ++i) {
    texts.push_back(is_variable ? heap.text(values) : without_padding(values.take(type.size), type.padding));
  }
  return texts;
}

Hdf5Dataset read_hdf5_dataset(std::string_view file, const Hdf5Object& object) {
  if (object.find(Hdf5Message::external_files) != nullptr) {
    throw Hdf5Problem("its values lie in another file, which is not allowed");
  }
  Hdf5Dataset dataset;
  dataset.layout = object.data(Hdf5Message::layout, "layout");
  const bool is_packed = object.find(Hdf5Message::filters) != nullptr;
  if (is_packed) dataset.filters = object.data(Hdf5Message::filters, "list of filters");
  dataset.shape = read_shape(object.data(Hdf5Message::dataspace, "shape"));
  dataset.type = read_type(Hdf5Cursor(object.data(Hdf5Message::datatype, "type")));
  if (dataset.type.kind == Hdf5Type::Kind::opaque && dataset.type.size == 2) {
    const auto name = find_hdf5_attribute(object, "dtype");
    const bool is_bfloat16 = name && read_hdf5_texts(file, *name) == std::vector<std::string>{"bfloat16"};
    if (is_bfloat16) dataset.type = number(DType::BFloat16, 2, false);
  }
  if (dataset.type.kind == Hdf5Type::Kind::number) return dataset;
  throw Hdf5Problem("its values are of an unknown type; known are bool, integers and floating numbers");
}

}  // namespace keraslike::saving
