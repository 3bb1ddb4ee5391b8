#include "keraslike/callbacks/csv_logger.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "callbacks/told.h"
#include "support/catch.h"

using namespace keraslike;
using callbacks::CSVLogger;

namespace {

// A file that is gone when the test is.
struct TemporaryFile {
  ~TemporaryFile() { std::filesystem::remove(path); }

  std::string content() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string path = (std::filesystem::temp_directory_path() / "keraslike_csv_logger_test.csv").string();
};

}  // namespace

// Files of keras.callbacks.CSVLogger (Keras 3.15.1) on the same values; see golden.py.

TEST_CASE("CSVLogger writes a line per epoch", "[callbacks][csv]") {
  const TemporaryFile file;

  Told({0.1, 1e-5}).fit(CSVLogger(file.path));

  REQUIRE(file.content() == "epoch,loss,mae,val_loss\r\n0,0.0,0.0,0.1\r\n1,0.0,0.0,1e-05\r\n");
}

TEST_CASE("CSVLogger keeps columns free for a validation that comes later", "[callbacks][csv]") {
  const TemporaryFile file;

  Told({Told::kNothing, 0.1}).fit(CSVLogger(file.path, {.separator = ";"}));

  REQUIRE(file.content() == "epoch;loss;mae;val_loss;val_mae\r\n0;0.0;0.0;NA;NA\r\n1;0.0;0.0;0.1;NA\r\n");
}

TEST_CASE("CSVLogger continues a file without a second header, and quotes names", "[callbacks][csv]") {
  const TemporaryFile file;

  Told({0.5}, "a,\"b\"").fit(CSVLogger(file.path, {.append = true}));
  Told({0.25}, "a,\"b\"").fit(CSVLogger(file.path, {.append = true}));

  REQUIRE(file.content() ==
          "epoch,\"a,\"\"b\"\"\",loss,mae,\"val_a,\"\"b\"\"\",val_loss,val_mae\r\n"
          "0,0.5,0.0,0.0,NA,NA,NA\r\n0,0.25,0.0,0.0,NA,NA,NA\r\n");
}

TEST_CASE("CSVLogger says what it can not do", "[callbacks][csv]") {
  REQUIRE_THROWS_WITH(Told({1.0}).fit(CSVLogger("/no/such/folder/a.csv")),
                      "CSVLogger can not write to '/no/such/folder/a.csv'. Does its folder exist?");
  REQUIRE_THROWS_WITH(CSVLogger("a.csv", {.separator = "::"}),
                      "CSVLogger expects `separator` to be one character. Received: separator='::'");
}
