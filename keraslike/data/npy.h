#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keraslike/data/array.h"
#include "keraslike/data/data.h"

namespace keraslike::data {

// An array from a NumPy file. All of its number types, both byte orders, rows or columns first; 16 to 64-bit unsigned
// integers become the next larger signed type. Throws FileError naming the file and what is wrong with it.
Array load_npy(const std::string& path);

// The arrays of a NumPy archive, by name, in the archive's order.
class Npz {
 public:
  using Entry = std::pair<std::string, Array>;

  explicit Npz(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  // Throws ValueError with the known names where there is no such array.
  const Array& operator[](const std::string& name) const;
  bool contains(const std::string& name) const;
  std::vector<std::string> names() const;
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  size_t size() const { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
};

Npz load_npz(const std::string& path);

// Writes what NumPy reads. The file is complete or not there: it is written beside its place and then renamed.
void save_npy(const std::string& path, const Data& array);

// Arrays by name, `Data::named({{"x", x}, {"y", y}})` or a map; those of a list are called arr_0, arr_1, ... as NumPy
// calls them.
void save_npz(const std::string& path, const Data& arrays);

}  // namespace keraslike::data
