#include "keraslike/saving/zip_file.h"

#include <functional>
#include <string>
#include <vector>

#include <zlib.h>

#include "data/files.h"
#include "keraslike/saving/checksum.h"
#include "keraslike/saving/files.h"
#include "keraslike/utils/errors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::saving;

namespace {

std::string archive() {
  ZipWriter writer("m.keras");
  writer.add("metadata.json", "{}");
  writer.add("config.json", std::string(300, 'c'));
  writer.add("größe/empty", "");
  return writer.finish();
}

// Where `pattern` first is in `bytes`, another byte stands `distance` behind it.
std::string with(std::string bytes, const std::string& pattern, size_t distance, const std::string& replacement) {
  return bytes.replace(bytes.find(pattern) + distance, replacement.size(), replacement);
}

std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const FileError& error) {
    return error.what();
  }
  return "";
}

// True where the archive is refused, or else holds what it held before.
bool is_refused_or_same(const std::string& bytes) {
  const ZipReader whole(archive(), "whole");
  try {
    const ZipReader reader(bytes, "changed.zip");
    bool is_same = true;
    for (const auto& name : reader.names()) {
      is_same = is_same && (!whole.contains(name) || reader.read(name) == whole.read(name));
    }
    return is_same;
  } catch (const FileError& error) {
    return std::string(error.what()).starts_with("'changed.zip");
  }
}

}  // namespace

TEST_CASE("A zip archive holds its members in their order", "[saving][zip]") {
  const ZipReader reader(archive(), "m.keras");

  CHECK(reader.names() == std::vector<std::string>{"metadata.json", "config.json", "größe/empty"});
  CHECK(reader.contains("config.json"));
  CHECK_FALSE(reader.contains("config"));
  CHECK(reader.read("metadata.json") == "{}");
  CHECK(reader.read("config.json") == std::string(300, 'c'));
  CHECK(reader.read("größe/empty").empty());
}

TEST_CASE("A zip archive of millions of bytes is read from its file", "[saving][zip]") {
  std::string bytes(5'000'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 3);
  ZipWriter writer("large.zip");
  writer.add("large", bytes);
  const tests::TemporaryFile file(".zip", writer.finish());

  const ZipReader reader(file.path);

  CHECK(reader.read("large") == bytes);
  CHECK(reader.read("large") == bytes);
}

TEST_CASE("Members are stored as they are, and the same members give the same bytes", "[saving][zip]") {
  std::tm date{};
  date.tm_year = 126;
  date.tm_mon = 1;
  date.tm_mday = 3;
  ZipWriter dated("m.keras", date);
  dated.add("x", "y");

  CHECK(archive().find(std::string(300, 'c')) != std::string::npos);
  CHECK(archive() == archive());
  CHECK(archive().substr(10, 4) == std::string("\x00\x00\x21\x00", 4));
  CHECK(dated.finish().substr(10, 4) == std::string("\x00\x00\x43\x5c", 4));
}

TEST_CASE("An archive without members is one", "[saving][zip]") {
  ZipWriter writer("empty.zip");

  const ZipReader reader(writer.finish(), "empty.zip");

  CHECK(reader.names().empty());
}

TEST_CASE("What is wrong with a zip archive names it and its member", "[saving][zip]") {
  const std::string good = archive();
  const ZipReader reader(good, "m.keras");
  ZipWriter writer("m.keras");
  writer.add("x", "");

  CHECK_THROWS_WITH(reader.read("confg.json"),
                    StartsWith("'m.keras' has no member 'confg.json'. Did you mean 'config.json'?"));
  CHECK_THROWS_WITH(writer.add("x", ""), "'m.keras' can not take the member 'x': File already exists.");
  CHECK_THROWS_WITH(ZipReader("no archive", "m.keras"),
                    "'m.keras' can not be read as a .keras archive: it is not a zip file, or damaged.");
  CHECK_THROWS_WITH(ZipReader("", "m"), "'m' can not be read as a zip archive: it is not a zip file, or damaged.");
  CHECK_THROWS_WITH(ZipReader("/nowhere/m.keras"), StartsWith("File not found: '/nowhere/m.keras'."));
  CHECK_THROWS_WITH(ZipReader("/tmp"), "'/tmp' can not be read: it is a folder.");
}

TEST_CASE("A damaged member is refused, the others are read", "[saving][zip]") {
  const ZipReader reader(with(archive(), "cccc", 5, "d"), "m.keras");

  CHECK(reader.read("metadata.json") == "{}");
  CHECK_THROWS_WITH(reader.read("config.json"), "'m.keras:config.json' is damaged: CRC error.");
}

TEST_CASE("Two members of one name are refused", "[saving][zip]") {
  ZipWriter writer("m.zip");
  writer.add("first", "1");
  writer.add("other", "2");
  const std::string bytes = writer.finish();
  const std::string twice = with(bytes, "other", 0, "first").replace(bytes.rfind("other"), 5, "first");

  CHECK(message_of([&] { ZipReader(twice, "m.zip"); }) == "'m.zip' has two members 'first'.");
}

TEST_CASE("A member that declares far more than it stores is refused before memory is taken", "[saving][zip]") {
  // Python's zipfile wrote 'x' with 3 bytes and was then told that it has 5 GiB.
  const std::string bytes = from_hex(
      "504b030414000000000000002100c241243503000000030000000100000078616263504b01022d03"
      "2d000000000000002100c2412435ffffffffffffffff010014000000000000000000800100000000"
      "780100100000000040010000000300000000000000504b0506000000000100010043000000220000"
      "000000");
  const ZipReader reader(bytes, "m.zip");

  CHECK_THROWS_WITH(reader.read("x"), "'m.zip:x' declares 5368709120 bytes in 3 stored ones, which is not believable.");
}

TEST_CASE("A zip archive with any bit changed is refused or holds the same", "[saving][zip]") {
  const std::string good = archive();

  size_t surprises = 0;
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string changed = good;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    surprises += is_refused_or_same(changed) ? 0 : 1;
  }
  for (size_t size = 0; size < good.size(); ++size) surprises += is_refused_or_same(good.substr(0, size)) ? 0 : 1;

  CHECK(surprises == 0);
}

TEST_CASE("A stored member is a part of the archive's own bytes", "[saving][zip]") {
  const Bytes bytes(archive());
  const ZipReader reader(bytes, "m.keras");

  const Bytes member = reader.bytes("config.json");

  CHECK(member.view() == std::string(300, 'c'));
  CHECK(member.view().data() == bytes.view().data() + bytes.view().find("ccc"));
}

TEST_CASE("An archive takes its file's place", "[saving][zip]") {
  const tests::TemporaryFolder folder;
  const std::string path = folder.file("m.zip");
  write_file(path, "old");
  ZipWriter writer(path);
  writer.add("x", std::string(3'000'000, 'x'));
  writer.add("y", "y");
  ZipWriter empty(folder.file("empty.zip"));

  writer.replace_file();
  empty.replace_file();

  CHECK(ZipReader(path).read("x") == std::string(3'000'000, 'x'));
  CHECK(ZipReader(path).read("y") == "y");
  CHECK(ZipReader(folder.file("empty.zip")).names().empty());
  CHECK(folder.count() == 2);
  CHECK_THROWS_AS(ZipWriter("/nowhere/m.zip").replace_file(), FileError);
}

TEST_CASE("Checksums are those of zlib, whatever the size", "[saving][zip]") {
  const auto size = GENERATE(0, 1, 1000, 2'097'151, 2'097'152, 5'000'001);
  std::string bytes(static_cast<size_t>(size), '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 3);

  CHECK(crc32_of(bytes) == crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}
