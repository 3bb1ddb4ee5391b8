#pragma once

// For sources.

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keraslike/saving/bytes.h"

namespace keraslike::saving {

// The members of a zip archive, stored or compressed. What is wrong with it is a FileError that names the archive and
// the member: "'m.keras:config.json' is damaged: CRC error.". One thread at a time.
class ZipReader {
 public:
  explicit ZipReader(const std::string& path);
  ZipReader(Bytes bytes, std::string subject);  // `subject` stands for the path in messages
  ~ZipReader();
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;

  const std::vector<std::string>& names() const;  // in the archive's own order
  bool contains(std::string_view name) const;

  // The member's bytes, checked: a part of the archive's own where it is stored as it is. One that declares more than
  // 4 GiB must be stored in a hundredth of that at least.
  Bytes bytes(const std::string& name) const;
  std::string read(const std::string& name) const { return std::string(bytes(name).view()); }

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

// Midnight of the first day that a zip archive can name: the same members give the same bytes.
std::tm first_zip_date();

// Builds a zip archive. Members are stored as they are, in the order of the calls.
class ZipWriter {
 public:
  explicit ZipWriter(std::string subject, const std::tm& date = first_zip_date());
  ~ZipWriter();
  ZipWriter(ZipWriter&&) noexcept;
  ZipWriter& operator=(ZipWriter&&) noexcept;

  void add(const std::string& name, Bytes bytes);

  // The archive in memory, or in the place of the file that `subject` names, as `write_file` puts it there. The writer
  // is used up.
  std::string finish();
  void replace_file();

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

}  // namespace keraslike::saving
