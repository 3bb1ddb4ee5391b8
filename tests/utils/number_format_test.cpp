#include "keraslike/utils/number_format.h"

#include <cmath>
#include <limits>

#include "support/catch.h"

using namespace keraslike::utils;

TEST_CASE("Large numbers get a comma every three digits", "[utils][numbers]") {
  REQUIRE(with_thousands(0) == "0");
  REQUIRE(with_thousands(999) == "999");
  REQUIRE(with_thousands(1000) == "1,000");
  REQUIRE(with_thousands(20987639) == "20,987,639");
  REQUIRE(with_thousands(-123456) == "-123,456");
}

// keras.src.utils.summary_utils.readable_memory_size, Keras 3.15.1.
TEST_CASE("Sizes are written in units of 1024", "[utils][numbers]") {
  REQUIRE(readable_memory_size(0) == "0.00 B");
  REQUIRE(readable_memory_size(1023) == "1023.00 B");
  REQUIRE(readable_memory_size(1024) == "1.00 KB");
  REQUIRE(readable_memory_size(6316) == "6.17 KB");
  REQUIRE(readable_memory_size(83950716) == "80.06 MB");
}

TEST_CASE("Numbers are written as Python writes them", "[utils][numbers]") {
  REQUIRE(python_float(1) == "1.0");
  REQUIRE(python_float(-0.0) == "-0.0");
  REQUIRE(python_float(0.1) == "0.1");
  REQUIRE(python_float(1e-5) == "1e-05");
  REQUIRE(python_float(1e15) == "1000000000000000.0");
  REQUIRE(python_float(1e16) == "1e+16");
  REQUIRE(python_float(static_cast<double>(0.1F)) == "0.10000000149011612");
  REQUIRE(python_float(-std::nan("")) == "nan");
  REQUIRE(python_float(-std::numeric_limits<double>::infinity()) == "-inf");
}
