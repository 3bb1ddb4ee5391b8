#pragma once

// For sources.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keraslike::saving {

// HDF5's file format, as far as h5py writes it unless it is asked for something newer. It is read here and not by the
// HDF5 library, because files come from strangers: with some bits changed, version 1.10 of the library crashes or never
// returns. The "HDF5 File Format Specification" of the HDF Group describes all of it.

// What an object's header holds: its shape, its type, an attribute, ...
struct Hdf5Message {
  enum Type : uint16_t {
    dataspace = 0x01, link_info = 0x02, datatype = 0x03, link = 0x06, external_files = 0x07, layout = 0x08,
    filters = 0x0b, attribute = 0x0c, continuation = 0x10, symbol_table = 0x11
  };

  uint16_t type;
  bool is_shared;  // it stands elsewhere, and only its address is here
  std::string_view data;
};

struct Hdf5Object {
  std::vector<Hdf5Message> messages;

  const Hdf5Message* find(Hdf5Message::Type type) const;
  std::string_view data(Hdf5Message::Type type, std::string_view name) const;  // throws where it is missing
  bool is_group() const {
    return find(Hdf5Message::symbol_table) != nullptr || find(Hdf5Message::link_info) != nullptr;
  }
  bool is_dataset() const { return find(Hdf5Message::layout) != nullptr; }
};

struct Hdf5Link {
  std::string name;
  uint64_t address;
  std::string problem;  // of one that leads elsewhere
};

// All throw Hdf5Problem. `file` is the whole file.
uint64_t hdf5_root(std::string_view file);
Hdf5Object read_hdf5_object(std::string_view file, uint64_t address);
std::vector<Hdf5Link> read_hdf5_links(std::string_view file, const Hdf5Object& group);

}  // namespace keraslike::saving
