#include "keraslike/saving/safetensors.h"

#include <array>
#include <cstring>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::saving {

namespace {

constexpr size_t kLengthBytes = 8;
constexpr size_t kAlignment = 8;

constexpr std::array<std::pair<const char*, DType>, 10> kTypes{{{"BOOL", DType::Bool},
                                                                {"U8", DType::UInt8},
                                                                {"I8", DType::Int8},
                                                                {"I16", DType::Int16},
                                                                {"I32", DType::Int32},
                                                                {"I64", DType::Int64},
                                                                {"F16", DType::Float16},
                                                                {"BF16", DType::BFloat16},
                                                                {"F32", DType::Float32},
                                                                {"F64", DType::Float64}}};

const char* name_of(DType dtype) {
  for (const auto& [name, type] : kTypes) {
    if (type == dtype) return name;
  }
  throw ValueError("safetensors has no type for {}.", to_string(dtype));
}

DType type_of(const std::string& name, const std::string& subject) {
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  throw FileError("{} holds values of the type '{}', which is not known here.", subject, name.substr(0, 20));
}

uint64_t length_at(const std::string& bytes) {
  uint64_t length = 0;
  for (size_t i = kLengthBytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  return length;
}

std::string length_bytes(uint64_t length) {
  std::string bytes;
  for (size_t i = 0; i < kLengthBytes; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xff);
  return bytes;
}

// One tensor out of the values, after all that its entry says has been checked.
at::Tensor tensor_from(const Json& entry, std::string_view values, const std::string& subject) {
  const DType dtype = type_of(entry.at("dtype").get<std::string>(), subject);
  const auto sizes = entry.at("shape").get<std::vector<int64_t>>();
  const auto begin = entry.at("data_offsets").at(0).get<uint64_t>();
  const auto end = entry.at("data_offsets").at(1).get<uint64_t>();
  uint64_t count = 1;
  for (const int64_t size : sizes) {
    if (size < 0 || (size > 0 && count > values.size() / static_cast<uint64_t>(size))) count = values.size() + 1;
    if (count <= values.size()) count *= static_cast<uint64_t>(size);
  }
  const bool fits = begin <= end && end <= values.size() && count <= values.size() &&
                    end - begin == count * static_cast<uint64_t>(size_in_bytes(dtype));
  if (!fits) {
    throw FileError("{} declares shape {} and bytes {} to {}, which do not fit.", subject, Shape(sizes), begin, end);
  }
  const at::Tensor tensor = at::empty(sizes, utils::scalar_type(dtype));
  if (end > begin) std::memcpy(tensor.data_ptr(), values.data() + begin, end - begin);
  return tensor;
}

}  // namespace

std::string write_safetensors(const NamedTensors& tensors) {
  Json header = Json::object();
  std::string values;
  for (const auto& [name, given] : tensors) {
    const at::Tensor tensor = given.detach().cpu().contiguous();
    const size_t begin = values.size();
    if (tensor.numel() > 0) values.append(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
    header[name] = {{"dtype", name_of(utils::dtype_of(tensor.scalar_type(), "`" + name + "`"))},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {begin, values.size()}}};
  }
  std::string text = header.dump();
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');
  return length_bytes(text.size()) + text + values;
}

NamedTensors read_safetensors(const std::string& bytes, const std::string& subject) {
  if (bytes.size() < kLengthBytes || length_at(bytes) > bytes.size() - kLengthBytes) {
    throw FileError("{} is no safetensors file: its header does not fit into it.", subject);
  }
  const uint64_t length = length_at(bytes);
  const std::string_view values = std::string_view(bytes).substr(kLengthBytes + length);
  NamedTensors tensors;
  try {
    const Json header = parse_json(bytes.substr(kLengthBytes, length), subject);
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") continue;
      tensors.emplace_back(name, tensor_from(entry, values, fmt::format("{}:{}", subject, name.substr(0, 80))));
    }
  } catch (const nlohmann::json::exception&) {
    throw FileError("{} has a header that does not say type, shape and data_offsets of each tensor.", subject);
  } catch (const ValueError& error) {
    throw FileError(std::string(error.what()));
  }
  return tensors;
}

}  // namespace keraslike::saving
