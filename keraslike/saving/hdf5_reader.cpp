#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string_view>

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include "keraslike/saving/hdf5.h"
#include "keraslike/saving/hdf5_cursor.h"
#include "keraslike/saving/hdf5_objects.h"
#include "keraslike/saving/hdf5_values.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::saving {

namespace {

constexpr int kMostDepth = 100;
constexpr size_t kMostObjects = size_t{1} << 20;

struct Node {
  enum class Kind { group, dataset, other };

  Kind kind = Kind::group;
  Hdf5Object object;
  std::vector<std::string> children;
  std::string problem;  // of what is neither group nor dataset
};

std::string joined(const std::string& path, const std::string& name) { return path.empty() ? name : path + "/" + name; }

bool is_other_order(const Hdf5Type& type) {
  return type.is_big_endian != (std::endian::native == std::endian::big) && type.size > 1;
}

// From values in the file's order of bytes, and narrower ones that grow by zeros, to memory's.
void copy_values(std::string_view values, const Hdf5Type& type, char* target, uint64_t width) {
  const bool turns = is_other_order(type);
  if (!turns && width == type.size) {
    std::memcpy(target, values.data(), values.size());
    return;
  }
  for (uint64_t i = 0; i < values.size(); i += type.size, target += width) {
    std::memset(target, 0, width);
    std::memcpy(target, values.data() + i, type.size);
    if (turns) std::reverse(target, target + type.size);
  }
}

}  // namespace

struct Hdf5Reader::File {
  Bytes whole;
  std::string_view bytes;
  std::string subject;
  std::map<std::string, Node> nodes;
  std::set<uint64_t> groups;  // their addresses
  uint64_t messages = 0;      // of all objects

  // What is wrong in `action` is said to be wrong with the object at `path`.
  template <class Action>
  auto about(const std::string& path, Action action) const {
    try {
      return action();
    } catch (const Hdf5Problem& problem) {
      throw FileError("'{}', '{}': {}.", subject, path.empty() ? "/" : path, problem.what());
    }
  }

  void open() {
    if (!bytes.starts_with("\x89HDF\r\n\x1a\n")) {
      throw FileError("'{}' is not an HDF5 file: it does not begin as one does.", subject);
    }
    uint64_t root = 0;
    try {
      root = hdf5_root(bytes);
    } catch (const Hdf5Problem& problem) {
      throw FileError("'{}' can not be read as an HDF5 file: {}.", subject, problem.what());
    }
    visit("", root, 0);
  }

  // Looks at all there is once, so that no path leads anywhere else later.
  void visit(const std::string& path, uint64_t address, int depth) {
    const auto links = about(path, [&] {
      if (depth > kMostDepth) throw Hdf5Problem("it lies too deep");
      return look_at(path, address);
    });
    for (const auto& link : links) {
      const std::string child = joined(path, link.name);
      about(child, [&] { check_new(child, link.name); });
      nodes[path].children.push_back(link.name);
      if (link.problem.empty()) visit(child, link.address, depth + 1);
      else nodes[child] = {Node::Kind::other, {}, {}, link.problem};
    }
    auto& names = nodes[path].children;
    std::sort(names.begin(), names.end());
  }

  std::vector<Hdf5Link> look_at(const std::string& path, uint64_t address) {
    Node& node = nodes[path];
    node.object = read_hdf5_object(bytes, address);
    // Each message takes 8 bytes at least, and no two lie in one another unless the file is damaged.
    messages += node.object.messages.size();
    if (messages > bytes.size() / 8) throw Hdf5Problem("its header is damaged");
    if (node.object.is_group()) {
      if (!groups.insert(address).second) throw Hdf5Problem("its group stands in two places, which is not allowed");
      return read_hdf5_links(bytes, node.object);
    }
    if (node.object.is_dataset()) node.kind = Node::Kind::dataset;
    else node = {Node::Kind::other, {}, {}, "it is neither a group nor a dataset"};
    return {};
  }

  void check_new(const std::string& path, const std::string& name) const {
    if (name.empty() || name.find('/') != name.npos) throw Hdf5Problem("its name is damaged");
    if (nodes.contains(path)) throw Hdf5Problem("it is there twice");
    if (nodes.size() >= kMostObjects) throw Hdf5Problem("it is one of too many");
  }

  const Node& node(const std::string& path) const {
    const auto found = nodes.find(path);
    if (found == nodes.end()) throw FileError("'{}' holds no '{}'.", subject, path);
    if (!found->second.problem.empty()) about(path, [&]() -> void { throw Hdf5Problem(found->second.problem); });
    return found->second;
  }

  bool is(Node::Kind kind, const std::string& path) const {
    const auto found = nodes.find(path);
    return found != nodes.end() && found->second.kind == kind;
  }

  std::vector<std::string> children(const std::string& path, Node::Kind kind) const {
    const Node& parent = node(path);
    if (parent.kind != Node::Kind::group) throw FileError("'{}', '{}': it is a dataset, not a group.", subject, path);
    std::vector<std::string> result;
    for (const auto& name : parent.children) {
      if (is(kind, joined(path, name))) result.push_back(name);
    }
    return result;
  }

  Hdf5Dataset dataset(const std::string& path) const {
    const Node& found = node(path);
    return about(path, [&] {
      if (found.kind != Node::Kind::dataset) throw Hdf5Problem("it is a group, not a dataset");
      return read_hdf5_dataset(bytes, found.object);
    });
  }

  std::optional<std::vector<std::string>> texts(const std::string& path, const std::string& name) const {
    const Node& owner = node(path);
    return about(path, [&]() -> std::optional<std::vector<std::string>> {
      const auto attribute = find_hdf5_attribute(owner.object, name);
      if (!attribute) return std::nullopt;
      return read_hdf5_texts(bytes, *attribute);
    });
  }
};

Hdf5Reader::Hdf5Reader(Bytes bytes, std::string subject) : file_(std::make_unique<File>()) {
  file_->whole = std::move(bytes);
  file_->bytes = file_->whole.view();
  file_->subject = std::move(subject);
  file_->open();
}

Hdf5Reader::~Hdf5Reader() = default;
Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;
Hdf5Reader& Hdf5Reader::operator=(Hdf5Reader&&) noexcept = default;

bool Hdf5Reader::contains(const std::string& path) const {
  return file_->is(Node::Kind::group, path) || file_->is(Node::Kind::dataset, path);
}

bool Hdf5Reader::is_group(const std::string& path) const { return file_->is(Node::Kind::group, path); }

std::vector<std::string> Hdf5Reader::groups(const std::string& path) const {
  return file_->children(path, Node::Kind::group);
}

std::vector<std::string> Hdf5Reader::datasets(const std::string& path) const {
  return file_->children(path, Node::Kind::dataset);
}

Shape Hdf5Reader::shape(const std::string& path) const { return file_->dataset(path).shape; }

DType Hdf5Reader::dtype(const std::string& path) const { return file_->dataset(path).type.dtype; }

at::Tensor Hdf5Reader::read(const std::string& path) const {
  const Hdf5Dataset dataset = file_->dataset(path);
  std::string unpacked;
  const auto values = file_->about(path, [&] { return read_hdf5_values(file_->bytes, dataset, unpacked); });
  at::Tensor tensor = utils::empty_large(dataset.shape, utils::scalar_type(dataset.type.dtype));
  if (tensor.numel() == 0) return tensor;
  const auto width = static_cast<uint64_t>(tensor.element_size());
  copy_values(values, dataset.type, static_cast<char*>(tensor.data_ptr()), width);
  if (dataset.type.dtype == DType::Bool) {
    auto* bytes = static_cast<uint8_t*>(tensor.data_ptr());
    std::transform(bytes, bytes + tensor.numel(), bytes, [](uint8_t byte) { return byte != 0 ? 1 : 0; });
  }
  return tensor;
}

at::Tensor Hdf5Reader::borrow(const std::string& path) const {
  const Hdf5Dataset dataset = file_->dataset(path);
  const DType dtype = dataset.type.dtype;
  std::string unpacked;
  const auto values = file_->about(path, [&] { return read_hdf5_values(file_->bytes, dataset, unpacked); });
  const bool lies_as_in_memory = unpacked.empty() && !values.empty() && dtype != DType::Bool &&
                                 !is_other_order(dataset.type) &&
                                 dataset.type.size == static_cast<uint64_t>(size_in_bytes(dtype)) &&
                                 reinterpret_cast<uintptr_t>(values.data()) % dataset.type.size == 0;
  if (!lies_as_in_memory) return read(path);
  void* memory = const_cast<char*>(values.data());  // LibTorch knows no constant memory
  return at::from_blob(
      memory, dataset.shape, [owner = file_->whole.owner()](void*) mutable { owner.reset(); },
      at::TensorOptions().dtype(utils::scalar_type(dtype)));
}

std::optional<std::string> Hdf5Reader::text(const std::string& path, const std::string& name) const {
  const auto texts = file_->texts(path, name);
  if (!texts) return std::nullopt;
  if (texts->size() == 1) return texts->front();
  throw FileError("'{}', '{}': its attribute '{}' holds {} texts, not one.", file_->subject, path.empty() ? "/" : path,
                  name, texts->size());
}

std::optional<std::vector<std::string>> Hdf5Reader::texts(const std::string& path, const std::string& name) const {
  auto result = file_->texts(path, name);
  if (result) return result;
  for (size_t i = 0;; ++i) {
    const auto part = file_->texts(path, fmt::format("{}{}", name, i));
    if (!part) return result;
    if (!result) result.emplace();
    result->insert(result->end(), part->begin(), part->end());
  }
}

}  // namespace keraslike::saving
