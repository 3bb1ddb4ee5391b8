#include "keraslike/data/idx.h"

#include <string>

#include <zlib.h>

#include "data/files.h"
#include "keraslike/utils/errors.h"

#include "support/catch.h"

using namespace keraslike;
using tests::TemporaryFile;

namespace {

using namespace std::string_literals;

const std::string kImages = "\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02"s + "\x01\x02\x03\xff";

std::string problem_of(const std::string& bytes) {
  const TemporaryFile file(".idx", bytes);
  try {
    data::load_idx(file.path);
  } catch (const FileError& error) {
    return std::string(error.what()).substr(file.path.size() + 2);
  }
  return "";
}

}  // namespace

TEST_CASE("Images and labels of IDX files are arrays of bytes", "[data][idx]") {
  const TemporaryFile images(".idx3", kImages);
  const TemporaryFile labels(".idx1", "\0\0\x08\x01\0\0\0\x03\x07\x00\x09"s);

  CHECK(data::load_idx(images.path) == Array{1, 2, 3, 255}.reshape({2, 1, 2}).astype(DType::UInt8));
  CHECK(data::load_idx(labels.path) == Array{7, 0, 9}.astype(DType::UInt8));
}

TEST_CASE("Gzipped IDX files are read", "[data][idx]") {
  const TemporaryFile file(".gz");
  gzFile written = gzopen(file.path.c_str(), "wb");
  gzwrite(written, kImages.data(), static_cast<unsigned>(kImages.size()));
  gzclose(written);

  CHECK(data::load_idx(file.path).shape() == Shape{2, 1, 2});
}

TEST_CASE("Damaged IDX files are refused by name", "[data][idx]") {
  CHECK(problem_of("") == " ends before all of its values have come, or is damaged.");
  CHECK(problem_of(kImages.substr(0, 9)) == " ends before all of its values have come, or is damaged.");
  CHECK(problem_of(kImages.substr(0, kImages.size() - 1)) ==
        " ends before all of its values have come, or is damaged.");
  CHECK(problem_of(kImages + "x") == " holds more values than its shape (2, 1, 2) says.");
  CHECK(problem_of("\0\0\x0d\x01\0\0\0\x01\0\0\0\0"s) == " is not an IDX file of bytes: it begins with 00000d01.");
  CHECK(problem_of("PNG image") == " is not an IDX file of bytes: it begins with 504e4720.");
  CHECK(problem_of("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x01"s) ==
        " declares a shape that is too large: (4294967295, 4294967295).");
  CHECK(problem_of("\0\0\x08\x02\0\0\0\0\xff\xff\xff\xff"s).empty());
  CHECK(problem_of("\0\0\x08\x01\x7f\xff\xff\xff"s) == " ends before all of its values have come, or is damaged.");
  CHECK_THROWS_WITH(data::load_idx("/nowhere/x"), StartsWith("File not found: '/nowhere/x'."));
  CHECK_THROWS_WITH(data::load_idx("/tmp"), "'/tmp' can not be read: it is a folder.");
}
