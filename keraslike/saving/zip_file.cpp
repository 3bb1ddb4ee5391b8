#include "keraslike/saving/zip_file.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <utility>

#include <zip.h>

#include "keraslike/saving/files.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike::saving {

namespace {

// As Keras' own reader has it.
constexpr uint64_t kUnremarkable = uint64_t{4} << 30;  // members up to this size need not justify themselves
constexpr uint64_t kMostExpansion = 100;

using Zip = std::unique_ptr<zip_t, decltype([](zip_t* opened) { zip_discard(opened); })>;
using Source = std::unique_ptr<zip_source_t, decltype([](zip_source_t* source) { zip_source_free(source); })>;
using Member = std::unique_ptr<zip_file_t, decltype([](zip_file_t* member) { zip_fclose(member); })>;

[[noreturn]] void fail_to_open(const std::string& subject) {
  const std::string extension = std::filesystem::path(subject).extension().string();
  throw FileError("'{}' can not be read as a {} archive: it is not a zip file, or damaged.", subject,
                  extension.empty() ? "zip" : extension);
}

// Memory grows with what has come, not with what the member says is coming.
std::string read_declared(zip_file_t* member, uint64_t declared, const std::string& name) {
  constexpr size_t kBlock = size_t{1} << 20;
  std::string bytes;
  size_t size = 0;
  while (true) {
    // One byte more than declared: only who reads to the end learns whether the checksum is right.
    if (size == bytes.size()) bytes.resize(std::min(declared + 1, uint64_t{size + std::max(size, kBlock)}));
    if (size > declared) throw FileError("'{}' holds more than it declares.", name);
    const zip_int64_t count = zip_fread(member, bytes.data() + size, bytes.size() - size);
    if (count < 0) throw FileError("'{}' is damaged: {}.", name, zip_file_strerror(member));
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  if (size < declared) throw FileError("'{}' holds less than it declares.", name);
  bytes.resize(size);
  return bytes;
}

}  // namespace

struct ZipReader::Archive {
  std::string subject;
  std::string bytes;
  Zip zip;
  std::vector<std::string> names;
  std::map<std::string, zip_uint64_t, std::less<>> indices;

  void list_members() {
    if (!zip) fail_to_open(subject);
    const zip_int64_t count = zip_get_num_entries(zip.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const auto index = static_cast<zip_uint64_t>(i);
      const char* name = zip_get_name(zip.get(), index, ZIP_FL_ENC_RAW);
      if (name == nullptr) throw FileError("'{}' has a damaged list of members.", subject);
      if (!indices.emplace(name, index).second) throw FileError("'{}' has two members '{}'.", subject, name);
      names.emplace_back(name);
    }
  }
};

ZipReader::ZipReader(const std::string& path) : archive_(std::make_unique<Archive>()) {
  check_readable(path);
  archive_->subject = path;
  // libzip takes an empty file for an archive without members.
  if (!std::filesystem::is_regular_file(path) || std::filesystem::file_size(path) == 0) fail_to_open(path);
  int problem = 0;
  archive_->zip.reset(zip_open(path.c_str(), ZIP_RDONLY, &problem));
  archive_->list_members();
}

ZipReader::ZipReader(std::string bytes, std::string subject) : archive_(std::make_unique<Archive>()) {
  archive_->subject = std::move(subject);
  archive_->bytes = std::move(bytes);
  if (archive_->bytes.empty()) fail_to_open(archive_->subject);
  Source source(zip_source_buffer_create(archive_->bytes.data(), archive_->bytes.size(), 0, nullptr));
  archive_->zip.reset(source ? zip_open_from_source(source.get(), ZIP_RDONLY, nullptr) : nullptr);
  if (archive_->zip) source.release();  // the archive owns it now
  archive_->list_members();
}

ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::vector<std::string>& ZipReader::names() const { return archive_->names; }

bool ZipReader::contains(std::string_view name) const {
  return archive_->indices.find(name) != archive_->indices.end();
}

std::string ZipReader::read(const std::string& name) const {
  const auto found = archive_->indices.find(name);
  if (found == archive_->indices.end()) {
    throw FileError("'{}' has no member '{}'. {}", archive_->subject, name, utils::describe_names(name, names()));
  }
  const std::string full_name = archive_->subject + ":" + name;
  zip_t* zip = archive_->zip.get();
  zip_stat_t stat;
  constexpr zip_uint64_t kSizes = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(zip, found->second, 0, &stat) != 0 || (stat.valid & kSizes) != kSizes) {
    throw FileError("'{}' has a damaged list of members.", archive_->subject);
  }
  if (stat.size > kUnremarkable && stat.size / kMostExpansion > stat.comp_size) {
    throw FileError("'{}' declares {} bytes in {} stored ones, which is not believable.", full_name, stat.size,
                    stat.comp_size);
  }
  const Member member(zip_fopen_index(zip, found->second, 0));
  if (!member) throw FileError("'{}' can not be opened: {}.", full_name, zip_strerror(zip));
  return read_declared(member.get(), stat.size, full_name);
}

struct ZipWriter::Archive {
  std::string subject;
  zip_uint16_t time;
  zip_uint16_t day;
  std::list<std::string> kept;  // libzip reads the members when it closes the archive
  Source output;
  Zip zip;

  [[noreturn]] void fail() const {
    throw FileError("'{}' can not be written: {}.", subject, zip ? zip_strerror(zip.get()) : "out of memory");
  }
};

std::tm first_zip_date() {
  std::tm date{};
  date.tm_year = 80;
  date.tm_mday = 1;
  return date;
}

ZipWriter::ZipWriter(std::string subject, const std::tm& date) : archive_(std::make_unique<Archive>()) {
  archive_->subject = std::move(subject);
  archive_->time = static_cast<zip_uint16_t>(date.tm_hour << 11 | date.tm_min << 5 | date.tm_sec / 2);
  archive_->day = static_cast<zip_uint16_t>((date.tm_year - 80) << 9 | (date.tm_mon + 1) << 5 | date.tm_mday);
  archive_->output.reset(zip_source_buffer_create(nullptr, 0, 0, nullptr));
  if (!archive_->output) archive_->fail();
  archive_->zip.reset(zip_open_from_source(archive_->output.get(), ZIP_CREATE | ZIP_TRUNCATE, nullptr));
  if (!archive_->zip) archive_->fail();
  zip_source_keep(archive_->output.get());  // the archive lets go of it when it is closed
}

ZipWriter::~ZipWriter() = default;
ZipWriter::ZipWriter(ZipWriter&&) noexcept = default;
ZipWriter& ZipWriter::operator=(ZipWriter&&) noexcept = default;

void ZipWriter::add(const std::string& name, std::string bytes) {
  zip_t* zip = archive_->zip.get();
  const std::string& kept = archive_->kept.emplace_back(std::move(bytes));
  Source source(zip_source_buffer(zip, kept.data(), kept.size(), 0));
  const zip_int64_t added = source ? zip_file_add(zip, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8) : -1;
  if (added < 0) {
    throw FileError("'{}' can not take the member '{}': {}.", archive_->subject, name, zip_strerror(zip));
  }
  source.release();  // the archive owns it now
  const auto index = static_cast<zip_uint64_t>(added);
  if (zip_set_file_compression(zip, index, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(zip, index, archive_->time, archive_->day, 0) != 0) {
    archive_->fail();
  }
}

std::string ZipWriter::finish() {
  if (archive_->kept.empty()) return "PK\5\6" + std::string(18, '\0');  // libzip writes no empty archives
  if (zip_close(archive_->zip.get()) != 0) archive_->fail();
  archive_->zip.release();
  archive_->kept.clear();
  zip_source_t* output = archive_->output.get();
  zip_stat_t stat;
  if (zip_source_stat(output, &stat) != 0 || zip_source_open(output) != 0) archive_->fail();
  std::string bytes(static_cast<size_t>(stat.size), '\0');
  const zip_int64_t count = zip_source_read(output, bytes.data(), bytes.size());
  zip_source_close(output);
  if (count < 0 || static_cast<size_t>(count) != bytes.size()) archive_->fail();
  return bytes;
}

}  // namespace keraslike::saving
