#include "keraslike/saving/zip_file.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <utility>

#include <zip.h>

#include "keraslike/saving/checksum.h"
#include "keraslike/saving/files.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike::saving {

namespace {

// As Keras' own reader has it.
constexpr uint64_t kUnremarkableMember = uint64_t{4} << 30;  // members up to this size need not justify themselves
constexpr uint64_t kMostCompression = 100;

const std::string kEmptyArchive = "PK\5\6" + std::string(18, '\0');  // libzip writes no empty archives

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

bool is_stored_as_it_is(const zip_stat_t& stat) {
  constexpr zip_uint64_t kNeeded = ZIP_STAT_CRC | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  return (stat.valid & kNeeded) == kNeeded && stat.comp_method == ZIP_CM_STORE &&
         stat.encryption_method == ZIP_EM_NONE && stat.size == stat.comp_size && stat.size > 0;
}

}  // namespace

struct ZipReader::Archive {
  std::string subject;
  Bytes bytes;
  zip_uint64_t at = 0;
  zip_uint64_t last_read = 0;  // where libzip read last
  zip_error_t problem{};
  Zip zip;
  std::vector<std::string> names;
  std::map<std::string, zip_uint64_t, std::less<>> indices;

  void open() {
    zip_error_init(&problem);
    Source source(bytes.size() == 0 ? nullptr : zip_source_function_create(serve, this, nullptr));
    zip.reset(source ? zip_open_from_source(source.get(), ZIP_RDONLY, nullptr) : nullptr);
    if (!zip) fail_to_open(subject);
    source.release();  // the archive owns it now
    list_members();
  }

  void list_members() {
    const zip_int64_t count = zip_get_num_entries(zip.get(), 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const auto index = static_cast<zip_uint64_t>(i);
      const char* name = zip_get_name(zip.get(), index, ZIP_FL_ENC_RAW);
      if (name == nullptr) throw FileError("'{}' has a damaged list of members.", subject);
      if (!indices.emplace(name, index).second) throw FileError("'{}' has two members '{}'.", subject, name);
      names.emplace_back(name);
    }
  }

  // What libzip asks of the archive's bytes.
  static zip_int64_t serve(void* self, void* data, zip_uint64_t length, zip_source_cmd_t command) {
    return static_cast<Archive*>(self)->serve(data, length, command);
  }

  zip_int64_t serve(void* data, zip_uint64_t length, zip_source_cmd_t command) {
    switch (command) {
      case ZIP_SOURCE_OPEN: at = 0; return 0;
      case ZIP_SOURCE_CLOSE:
      case ZIP_SOURCE_FREE: return 0;
      case ZIP_SOURCE_TELL: return static_cast<zip_int64_t>(at);
      case ZIP_SOURCE_ERROR: return zip_error_to_data(&problem, data, length);
      case ZIP_SOURCE_READ: return take(data, length);
      case ZIP_SOURCE_SEEK: return seek(data, length);
      case ZIP_SOURCE_STAT: {
        auto* stat = static_cast<zip_stat_t*>(data);
        zip_stat_init(stat);
        stat->size = bytes.size();
        stat->valid |= ZIP_STAT_SIZE;
        return sizeof(*stat);
      }
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                              ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
                                              ZIP_SOURCE_SUPPORTS, -1);
      default: zip_error_set(&problem, ZIP_ER_OPNOTSUPP, 0); return -1;
    }
  }

  zip_int64_t take(void* target, zip_uint64_t length) {
    const std::string_view rest = bytes.view().substr(at, length);
    std::copy(rest.begin(), rest.end(), static_cast<char*>(target));
    last_read = std::exchange(at, at + rest.size());
    return static_cast<zip_int64_t>(rest.size());
  }

  zip_int64_t seek(void* data, zip_uint64_t length) {
    const zip_int64_t offset = zip_source_seek_compute_offset(at, bytes.size(), data, length, &problem);
    if (offset >= 0) at = static_cast<zip_uint64_t>(offset);
    return offset < 0 ? -1 : 0;
  }

  // Of a member that is stored as it is: libzip knows where, and shows it by reading there.
  Bytes stored(zip_file_t* member, const zip_stat_t& stat, const std::string& name) {
    char first = 0;
    const zip_int64_t count = zip_fread(member, &first, 1);
    if (count < 0) throw FileError("'{}' is damaged: {}.", name, zip_file_strerror(member));
    if (count == 0 || stat.size > bytes.size() - last_read) {
      throw FileError("'{}' holds less than it declares.", name);
    }
    Bytes part = bytes.part(last_read, stat.size);
    if (crc32_of(part.view()) != stat.crc) throw FileError("'{}' is damaged: CRC error.", name);
    return part;
  }
};

ZipReader::ZipReader(const std::string& path) : archive_(std::make_unique<Archive>()) {
  check_readable(path);
  if (!std::filesystem::is_regular_file(path)) fail_to_open(path);
  archive_->subject = path;
  archive_->bytes = map_file(path);
  archive_->open();
}

ZipReader::ZipReader(Bytes bytes, std::string subject) : archive_(std::make_unique<Archive>()) {
  archive_->subject = std::move(subject);
  archive_->bytes = std::move(bytes);
  archive_->open();
}

ZipReader::~ZipReader() = default;
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;

const std::vector<std::string>& ZipReader::names() const { return archive_->names; }

bool ZipReader::contains(std::string_view name) const {
  return archive_->indices.find(name) != archive_->indices.end();
}

Bytes ZipReader::bytes(const std::string& name) const {
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
  if (stat.size > kUnremarkableMember && stat.size / kMostCompression > stat.comp_size) {
    throw FileError("'{}' declares {} bytes in {} stored ones, which is not believable.", full_name, stat.size,
                    stat.comp_size);
  }
  const Member member(zip_fopen_index(zip, found->second, 0));
  if (!member) throw FileError("'{}' can not be opened: {}.", full_name, zip_strerror(zip));
  if (is_stored_as_it_is(stat)) return archive_->stored(member.get(), stat, full_name);
  return read_declared(member.get(), stat.size, full_name);
}

struct ZipWriter::Archive {
  std::string subject;
  zip_uint16_t time;
  zip_uint16_t day;
  std::list<std::pair<std::string, Bytes>> members;

  [[noreturn]] void fail(const char* reason) const {
    throw FileError("'{}' can not be written: {}.", subject, reason);
  }

  // libzip reads the members when it closes the archive.
  void write(Zip zip) const {
    for (const auto& [name, bytes] : members) put(zip.get(), name, bytes.view());
    if (zip_close(zip.get()) != 0) fail(zip_strerror(zip.get()));
    zip.release();
  }

  void put(zip_t* zip, const std::string& name, std::string_view bytes) const {
    Source source(zip_source_buffer(zip, bytes.data(), bytes.size(), 0));
    const zip_int64_t added = source ? zip_file_add(zip, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8) : -1;
    if (added < 0) fail(zip_strerror(zip));
    source.release();  // the archive owns it now
    const auto index = static_cast<zip_uint64_t>(added);
    if (zip_set_file_compression(zip, index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, index, time, day, 0) != 0) {
      fail(zip_strerror(zip));
    }
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
}

ZipWriter::~ZipWriter() = default;
ZipWriter::ZipWriter(ZipWriter&&) noexcept = default;
ZipWriter& ZipWriter::operator=(ZipWriter&&) noexcept = default;

void ZipWriter::add(const std::string& name, Bytes bytes) {
  auto& members = archive_->members;
  if (std::any_of(members.begin(), members.end(), [&](const auto& member) { return member.first == name; })) {
    throw FileError("'{}' can not take the member '{}': File already exists.", archive_->subject, name);
  }
  members.emplace_back(name, std::move(bytes));
}

std::string ZipWriter::finish() {
  if (archive_->members.empty()) return kEmptyArchive;
  const Source output(zip_source_buffer_create(nullptr, 0, 0, nullptr));
  Zip zip(output ? zip_open_from_source(output.get(), ZIP_CREATE | ZIP_TRUNCATE, nullptr) : nullptr);
  if (!zip) archive_->fail("out of memory");
  zip_source_keep(output.get());  // the archive lets go of it when it is closed
  archive_->write(std::move(zip));
  zip_stat_t stat;
  const auto check = [&](bool is_well) {
    if (!is_well) archive_->fail(zip_error_strerror(zip_source_error(output.get())));
  };
  check(zip_source_stat(output.get(), &stat) == 0 && zip_source_open(output.get()) == 0);
  std::string bytes(static_cast<size_t>(stat.size), '\0');
  const zip_int64_t count = zip_source_read(output.get(), bytes.data(), bytes.size());
  zip_source_close(output.get());
  check(count >= 0 && static_cast<size_t>(count) == bytes.size());
  return bytes;
}

void ZipWriter::replace_file() {
  if (archive_->members.empty()) return write_file(archive_->subject, kEmptyArchive);
  saving::replace_file(archive_->subject, [&](const std::string& part) {
    int problem = 0;
    Zip zip(zip_open(part.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &problem));
    if (!zip) archive_->fail("it can not be opened");
    archive_->write(std::move(zip));
  });
}

}  // namespace keraslike::saving
