#include "keraslike/saving/hdf5_objects.h"

#include <algorithm>
#include <set>

#include "keraslike/saving/hdf5_cursor.h"

namespace keraslike::saving {

namespace {

constexpr uint32_t kSoftLink = 2;

// A group's names and addresses, in a B-tree whose leaves are lists of symbols.
class SymbolTable {
 public:
  SymbolTable(std::string_view file, std::string_view message) : file_(file) {
    Hdf5Cursor cursor(message);
    const uint64_t tree = cursor.address();
    Hdf5Cursor heap(file, cursor.address());
    heap.expect("HEAP");
    heap.version("heap", 0, 0);
    heap.skip(3);
    const uint64_t size = heap.number(8);
    heap.skip(8);
    names_ = Hdf5Cursor(file, heap.address()).take(size);
    read_node(tree, -1);
  }

  std::vector<Hdf5Link> take() { return std::move(links_); }

 private:
  // A level of -1 is the root's: any.
  void read_node(uint64_t address, int expected_level) {
    if (!visited_.insert(address).second) throw Hdf5Problem("its list of names is damaged");
    Hdf5Cursor node(file_, address);
    node.expect("TREE");
    node.version("list of names", 0, 0);  // in truth the kind of tree
    const int level = node.byte();
    if (expected_level >= 0 && level != expected_level) throw Hdf5Problem("its list of names is damaged");
    const uint64_t count = node.number(2);
    node.skip(2 * 8);
    for (uint64_t i = 0; i < count; ++i) {
      node.skip(8);
      const uint64_t child = node.address();
      if (level > 0) read_node(child, level - 1);
      else read_leaf(child);
    }
  }

  void read_leaf(uint64_t address) {
    if (!visited_.insert(address).second) throw Hdf5Problem("its list of names is damaged");
    Hdf5Cursor leaf(file_, address);
    leaf.expect("SNOD");
    leaf.version("list of names", 1, 1);
    leaf.skip(1);
    const uint64_t count = leaf.number(2);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t name = leaf.number(8);
      const uint64_t object = leaf.address();
      const bool is_soft = leaf.number(4) == kSoftLink;
      leaf.skip(4 + 16);
      links_.push_back({read_name(name), object, is_soft ? "it is a soft link, which is not allowed" : ""});
    }
  }

  // All of them together are no longer than what holds them, unless it is damaged.
  std::string read_name(uint64_t at) {
    std::string name = Hdf5Cursor(names_, at).text();
    taken_ += name.size() + 1;
    if (taken_ > names_.size()) throw Hdf5Problem("its list of names is damaged");
    return name;
  }

  std::string_view file_;
  std::string_view names_;
  uint64_t taken_ = 0;
  std::vector<Hdf5Link> links_;
  std::set<uint64_t> visited_;
};

// A link of a group in which creation order counts, or names go beyond ASCII.
Hdf5Link read_link(std::string_view message) {
  Hdf5Cursor cursor(message);
  cursor.version("link", 1, 1);
  const unsigned flags = cursor.byte();
  const unsigned type = (flags & 8) != 0 ? cursor.byte() : 0;
  if ((flags & 4) != 0) cursor.skip(8);
  if ((flags & 16) != 0) cursor.skip(1);
  const uint64_t size = cursor.number(size_t{1} << (flags & 3));
  std::string name(cursor.take(size));
  if (type == 0) return {std::move(name), cursor.address(), ""};
  return {std::move(name), kHdf5Nowhere,
          fmt::format("it is {} link, which is not allowed", type == 1 ? "a soft" : "an external")};
}

// More than eight such links are kept in another way, which has not been asked for yet.
void check_compact(std::string_view link_info) {
  Hdf5Cursor cursor(link_info);
  cursor.version("list of links", 0, 0);
  const unsigned flags = cursor.byte();
  if ((flags & 1) != 0) cursor.skip(8);
  if (cursor.address() != kHdf5Nowhere) {
    throw Hdf5Problem("it is a large group of HDF5's newer kind, which keraslike does not read; h5py writes it for "
                      "names beyond ASCII and for links into other files");
  }
}

void add_messages(std::string_view block, size_t count, Hdf5Object& object) {
  Hdf5Cursor cursor(block);
  while (cursor.left() >= 8 && object.messages.size() < count) {
    const auto type = static_cast<uint16_t>(cursor.number(2));
    const uint64_t size = cursor.number(2);
    const bool is_shared = (cursor.byte() & 2) != 0;
    cursor.skip(3);
    object.messages.push_back({type, is_shared, cursor.take(size)});
  }
}

}  // namespace

const Hdf5Message* Hdf5Object::find(Hdf5Message::Type type) const {
  const auto found = std::find_if(messages.begin(), messages.end(), [&](const auto& m) { return m.type == type; });
  return found == messages.end() ? nullptr : &*found;
}

std::string_view Hdf5Object::data(Hdf5Message::Type type, std::string_view name) const {
  const Hdf5Message* message = find(type);
  if (message == nullptr) throw Hdf5Problem(fmt::format("its {} is missing", name));
  if (message->is_shared) throw Hdf5Problem(fmt::format("its {} is a shared one, which keraslike does not read", name));
  return message->data;
}

uint64_t hdf5_root(std::string_view file) {
  Hdf5Cursor cursor(file);
  cursor.expect("\x89HDF\r\n\x1a\n");
  const uint8_t version = cursor.byte();
  if (version > 1) {
    throw Hdf5Problem(fmt::format("it is written in HDF5's newer format (superblock {}), which keraslike does not "
                                  "read; h5py writes the older one unless it is given `libver`", version));
  }
  cursor.skip(4);
  if (cursor.number(2) != 0x0808) throw Hdf5Problem("its addresses are not of 8 bytes");
  cursor.skip(version == 0 ? 9 : 13);
  if (cursor.address() != 0) throw Hdf5Problem("it begins with something else");
  cursor.skip(8);
  if (const uint64_t end = cursor.address(); end > file.size()) {
    throw Hdf5Problem(fmt::format("it is cut off: it has {} of {} bytes", file.size(), end));
  }
  cursor.skip(8 + 8);
  return cursor.address();
}

Hdf5Object read_hdf5_object(std::string_view file, uint64_t address) {
  Hdf5Cursor cursor(file, address);
  cursor.version("header", 1, 1);
  cursor.skip(1);
  const uint64_t count = cursor.number(2);
  cursor.skip(4);
  const uint64_t size = cursor.number(4);
  cursor.skip(4);
  Hdf5Object object;
  add_messages(cursor.take(size), count, object);
  for (size_t i = 0; i < object.messages.size(); ++i) {  // it grows
    if (object.messages[i].type != Hdf5Message::continuation) continue;
    Hdf5Cursor continuation(object.messages[i].data);
    const uint64_t begin = continuation.address();
    add_messages(Hdf5Cursor(file, begin).take(continuation.number(8)), count, object);
  }
  if (object.messages.size() < count) throw Hdf5Problem("its header is cut off");
  return object;
}

std::vector<Hdf5Link> read_hdf5_links(std::string_view file, const Hdf5Object& group) {
  if (group.find(Hdf5Message::symbol_table) != nullptr) {
    return SymbolTable(file, group.data(Hdf5Message::symbol_table, "list of names")).take();
  }
  check_compact(group.data(Hdf5Message::link_info, "list of links"));
  std::vector<Hdf5Link> links;
  for (const auto& message : group.messages) {
    if (message.type == Hdf5Message::link) links.push_back(read_link(message.data));
  }
  return links;
}

}  // namespace keraslike::saving
