#include "keraslike/saving/files.h"

#include <csignal>
#include <filesystem>
#include <string>

#include <sys/resource.h>
#include <sys/stat.h>

#include "data/files.h"
#include "keraslike/utils/errors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::saving;
using tests::read_bytes;
using tests::TemporaryFolder;

namespace {

// No file may grow beyond this: as a full disk, but for one process.
struct FullDisk {
  explicit FullDisk(rlim_t most) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit limit{most, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before); }

  rlimit before{};
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("A file is read as it was written", "[saving][files]") {
  const auto size = GENERATE(0, 1, 4096, 3'000'000);
  const TemporaryFolder folder;
  std::string bytes(static_cast<size_t>(size), '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);

  write_file(folder.file("x"), bytes);

  CHECK(read_file(folder.file("x")) == bytes);
  CHECK(folder.count() == 1);
}

TEST_CASE("What can not be read is named, with the reason", "[saving][files]") {
  const TemporaryFolder folder;
  write_file(folder.file("x"), "12345");

  CHECK_THROWS_WITH(read_file("/nowhere/x"),
                    "File not found: '/nowhere/x'. Please ensure that it is a file that can be read.");
  CHECK_THROWS_WITH(read_file(folder.path), "'" + folder.path + "' can not be read: it is a folder.");
  CHECK_THROWS_WITH(read_file("/dev/zero"), "'/dev/zero' can not be read: it is no regular file.");
  CHECK_THROWS_WITH(read_file(folder.file("x"), 4),
                    "'" + folder.file("x") + "' can not be read: it has 5 bytes or more, the most is 4.");
  CHECK(read_file(folder.file("x"), 5) == "12345");
  CHECK_THROWS_WITH(check_readable(folder.path), "'" + folder.path + "' can not be read: it is a folder.");
}

TEST_CASE("What can not be written is named, with the reason", "[saving][files]") {
  const TemporaryFolder folder;

  CHECK_THROWS_WITH(write_file("/nowhere/x", ""), "'/nowhere/x' can not be written: No such file or directory.");
  CHECK_THROWS_WITH(write_file(folder.path, ""), "'" + folder.path + "' can not be written: it is a folder.");
  CHECK_THROWS_WITH(write_file("/dev/null", ""), "'/dev/null' can not be written: it is no regular file.");
  CHECK_THROWS_AS(write_file("", ""), FileError);
  CHECK_THROWS_AS(write_file(folder.file(std::string(300, 'x')), ""), FileError);
  CHECK(folder.count() == 0);
}

TEST_CASE("A write that fails leaves the old file and nothing else", "[saving][files]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("x");
  write_file(path, "old");

  {
    const FullDisk disk(1000);
    CHECK_THROWS_WITH(write_file(path, std::string(5000, 'n')), "'" + path + "' can not be written: File too large.");
  }

  CHECK(read_bytes(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("A file keeps its permissions when it is replaced", "[saving][files]") {
  const mode_t mode = GENERATE(0600U, 0644U, 0751U);
  const TemporaryFolder folder;
  const std::string path = folder.file("x");
  write_file(path, "old");
  ::chmod(path.c_str(), mode);

  write_file(path, "new");

  CHECK(read_bytes(path) == "new");
  CHECK(mode_of(path) == mode);
}

TEST_CASE("A new file has the permissions that the program gives its files", "[saving][files]") {
  const TemporaryFolder folder;
  const mode_t before = ::umask(027);

  write_file(folder.file("x"), "new");
  ::umask(before);

  CHECK(mode_of(folder.file("x")) == 0640);
}

TEST_CASE("A link stays, and the file that it leads to is replaced", "[saving][files]") {
  const TemporaryFolder folder;
  write_file(folder.file("x"), "old");
  std::filesystem::create_symlink("x", folder.file("near"));
  std::filesystem::create_symlink(folder.file("near"), folder.file("far"));
  std::filesystem::create_symlink("still_to_come", folder.file("open"));
  std::filesystem::create_symlink("circle", folder.file("circle"));

  write_file(folder.file("far"), "new");
  write_file(folder.file("open"), "first");

  CHECK(read_bytes(folder.file("x")) == "new");
  CHECK(std::filesystem::is_symlink(folder.file("far")));
  CHECK(std::filesystem::is_symlink(folder.file("near")));
  CHECK(read_bytes(folder.file("still_to_come")) == "first");
  CHECK_THROWS_WITH(write_file(folder.file("circle"), ""), ContainsSubstring("Too many levels of symbolic links"));
}

TEST_CASE("A file in the folder of the program needs no path", "[saving][files]") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path);

  write_file("x", "here");
  const std::string bytes = read_file("x");
  std::filesystem::current_path(before);

  CHECK(bytes == "here");
  CHECK(folder.count() == 1);
}

TEST_CASE("A mapped file holds what was there; what is written later is another file", "[saving][files]") {
  const auto size = GENERATE(0, 1, 4096, 3'000'000);
  const TemporaryFolder folder;
  const std::string bytes(static_cast<size_t>(size), 'm');
  write_file(folder.file("x"), bytes);

  const Bytes mapped = map_file(folder.file("x"));
  write_file(folder.file("x"), "new");

  CHECK(mapped.view() == bytes);
  CHECK(mapped.part(0, 1).view() == bytes.substr(0, 1));
  CHECK_THROWS_WITH(map_file(folder.path), "'" + folder.path + "' can not be read: it is a folder.");
  CHECK_THROWS_WITH(map_file("/dev/zero"), "'/dev/zero' can not be read: it is no regular file.");
}

TEST_CASE("Who writes a file himself may replace the one beside it; a failure leaves the old", "[saving][files]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("x");
  write_file(path, "old");
  std::filesystem::permissions(path, std::filesystem::perms(0640));

  CHECK_THROWS_AS(replace_file(path, [](const std::string&) { throw FileError("no"); }), FileError);
  CHECK(read_file(path) == "old");
  replace_file(path, [](const std::string& part) { write_file(part, "new"); });

  CHECK(read_file(path) == "new");
  CHECK(std::filesystem::status(path).permissions() == std::filesystem::perms(0640));
  CHECK(folder.count() == 1);
}
