#pragma once

// For sources.

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keraslike::saving {

// The members of a zip archive, stored or compressed. What is wrong with it is a FileError that names the archive and
// the member: "'m.keras:config.json' is damaged: CRC error.". One thread at a time.
class ZipReader {
 public:
  explicit ZipReader(const std::string& path);
  ZipReader(std::string bytes, std::string subject);  // `subject` stands for the path in messages
  ~ZipReader();
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;

  const std::vector<std::string>& names() const;  // in the archive's own order
  bool contains(std::string_view name) const;

  // The member's bytes, checked. One that declares more than 4 GiB must be stored in a hundredth of that at least.
  std::string read(const std::string& name) const;

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

// Midnight of the first day that a zip archive can name: the same members give the same bytes.
std::tm first_zip_date();

// Builds a zip archive in memory, for `write_file`. Members are stored as they are, in the order of the calls.
class ZipWriter {
 public:
  explicit ZipWriter(std::string subject, const std::tm& date = first_zip_date());
  ~ZipWriter();
  ZipWriter(ZipWriter&&) noexcept;
  ZipWriter& operator=(ZipWriter&&) noexcept;

  void add(const std::string& name, std::string bytes);
  std::string finish();  // the archive; the writer is used up

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

}  // namespace keraslike::saving
