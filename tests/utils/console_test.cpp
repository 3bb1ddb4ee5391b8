#include "keraslike/utils/console.h"

#include <cstdlib>
#include <sstream>
#include <string>

#include "keraslike/utils/unicode.h"

#include "support/catch.h"

using namespace keraslike;

TEST_CASE("What the library prints can be sent elsewhere, and back", "[utils][console]") {
  std::ostringstream stream;
  const Console before = set_console(console_for(stream));

  utils::print_line("Epoch 1/2");
  set_console({});
  utils::print_line("nobody reads this");
  set_console(before);

  REQUIRE(stream.str() == "Epoch 1/2\n");
}

TEST_CASE("A file is not a terminal", "[utils][console]") {
  std::FILE* file = std::tmpfile();
  const Console console = console_for(file);

  console.write("a\n");

  REQUIRE_FALSE(console.is_terminal);
  REQUIRE(std::ftell(file) == 2);
  std::fclose(file);
}

TEST_CASE("The terminal is as wide as COLUMNS says", "[utils][console]") {
  ::setenv("COLUMNS", "132", 1);
  const int64_t columns = utils::terminal_columns();
  ::unsetenv("COLUMNS");
  REQUIRE(columns == 132);
}

TEST_CASE("Text survives the way to code points and back", "[utils][unicode]") {
  const std::string text = GENERATE("", "dense", "é", "…", "层", "🙂", "a é … 层 🙂 z");
  REQUIRE(utils::to_utf8(utils::to_code_points(text)) == text);
}

TEST_CASE("Bytes that are not UTF-8 become replacement characters", "[utils][unicode]") {
  REQUIRE(utils::to_utf8(utils::to_code_points("a\xff z")) == "a\xef\xbf\xbd z");
  REQUIRE(utils::to_utf8(utils::to_code_points("\xe2\x94")) == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("Width counts the cells of a terminal", "[utils][unicode]") {
  REQUIRE(utils::display_width("dense") == 5);
  REQUIRE(utils::display_width("━…é") == 3);
  REQUIRE(utils::display_width("层") == 2);
  REQUIRE(utils::display_width("e\u0301") == 1);
}
