#include "keraslike/data/csv.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "data/files.h"
#include "keraslike/utils/errors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::data;
using tests::TemporaryFile;

namespace {

using Names = std::vector<std::string>;

Table table_of(const std::string& text, CsvOptions options = {}) {
  const TemporaryFile file(".csv", text);
  return read_csv(file.path, std::move(options));
}

std::string problem_of(const std::string& text, CsvOptions options = {}) {
  const TemporaryFile file(".csv", text);
  try {
    read_csv(file.path, std::move(options));
  } catch (const std::exception& error) {
    const std::string message = error.what();
    const size_t place = message.find(file.path);
    return place == std::string::npos ? message : "FILE" + message.substr(place + file.path.size());
  }
  return "";
}

}  // namespace

TEST_CASE("Columns are read by name, side by side, and all but one", "[data][csv]") {
  const Table table = table_of("a,b,target\n1,2.5,0\n-3,4e2,1\n");

  CHECK(table.names() == Names{"a", "b", "target"});
  CHECK(table.rows() == 2);
  CHECK(table["b"] == Array{2.5, 400.0});
  CHECK(table.columns({"b", "a"}) == Array{{2.5, 1.0}, {400.0, -3.0}});
  CHECK(table.except("target") == table.columns({"a", "b"}));
  CHECK(table.to_array().shape() == Shape{2, 3});
  CHECK_THROWS_WITH(table["tarket"], StartsWith("The table has no column 'tarket'. Did you mean 'target'?"));
  CHECK_THROWS_AS(table.except("c"), ValueError);
}

TEST_CASE("The first line is a header where it holds no number", "[data][csv]") {
  CHECK(table_of("1,2\n3,4\n").names() == Names{"0", "1"});
  CHECK(table_of("1,2\n3,4\n").rows() == 2);
  CHECK(table_of("5.1,setosa\n").rows() == 1);
  CHECK(table_of("x,NA\n1,2\n").names() == Names{"x", "NA"});
  CHECK(table_of("2001,2002\n3,4\n", {.header = true}).names() == Names{"2001", "2002"});
  CHECK(table_of("a,b\n", {.header = false}).rows() == 1);
  CHECK(table_of("a,b\n").rows() == 0);
  CHECK(table_of("a,b\n").to_array().shape() == Shape{0, 2});
}

TEST_CASE("Quotes, line ends, blank lines and byte-order marks are understood", "[data][csv]") {
  const Table table = table_of("\xEF\xBB\xBF\"a\",\"b \"\"c\"\"\"\r\n\"1.5\",\"x,\ny\"\r\n\r\n 2 ,plain\r\n");

  CHECK(table.names() == Names{"a", "b \"c\""});
  CHECK(table["a"] == Array{1.5, 2.0});
  CHECK(table.texts("b \"c\"") == Names{"x,\ny", "plain"});
  CHECK(table_of("a;b\n1;2", {.separator = ';'})["b"] == Array{2.0});
  CHECK(table_of("a\tb\n1\t\n", {.separator = '\t'})["b"].size() == 1);
}

TEST_CASE("Missing values are NaN", "[data][csv]") {
  const Table table = table_of("a,b\n,1\nNA,2\n?,3\nnan,4\n5,5\n");

  const Array column = table["a"];
  CHECK(std::isnan(column(0)));
  CHECK(std::isnan(column(1)));
  CHECK(std::isnan(column(2)));
  CHECK(std::isnan(column(3)));
  CHECK(column(4) == 5.0);
}

TEST_CASE("Numbers of every size are numbers", "[data][csv]") {
  const double infinity = std::numeric_limits<double>::infinity();

  CHECK(table_of("a\n+1\n1e400\n-1e400\n1e-400\ninf\n")["a"] == Array{1.0, infinity, -infinity, 0.0, infinity});
}

TEST_CASE("Texts become classes in alphabetical order", "[data][csv]") {
  const Table table = table_of("x,species\n1,virginica\n2,setosa\n3,virginica\n");

  CHECK(table.classes("species") == Array{int64_t{1}, int64_t{0}, int64_t{1}});
  CHECK(table.class_names("species") == Names{"setosa", "virginica"});
  CHECK_THROWS_WITH(table["species"], "Column 'species' holds texts, such as 'virginica' in row 0: use "
                                      "`classes(\"species\")` to number them, or leave it out.");
}

TEST_CASE("Only the chosen columns are kept, in their order", "[data][csv]") {
  CHECK(table_of("a,b,c\n1,2,3\n", {.columns = {"c", "a"}}).to_array() == Array{{3.0, 1.0}});
  CHECK(problem_of("a,b\n1,2\n", {.columns = {"d"}}) == "FILE' has no column 'd'. Known names: a, b.");
}

TEST_CASE("A line that does not fit is named by its number", "[data][csv]") {
  CHECK(problem_of("a,b\n1,2\n3\n") == "FILE', line 3: expected 2 fields, found 1.");
  CHECK(problem_of("a,b\r\n1,2\r\n\r\n3,4,5\r\n") == "FILE', line 4: expected 2 fields, found 3.");
  CHECK(problem_of("a,b\n\"1\n\",2\n3\n") == "FILE', line 4: expected 2 fields, found 1.");
  CHECK(problem_of("a,b\n1,\"2\n") == "FILE', line 2: a quoted field does not end.");
  CHECK(problem_of("a,b\n\"1\"2,3\n") == "FILE', line 2: a quoted field is followed by '2'.");
  CHECK(problem_of("") == "FILE' is empty: it holds no table.");
  CHECK_THROWS_WITH(read_csv("/nowhere/x.csv"), StartsWith("File not found: '/nowhere/x.csv'."));
  CHECK_THROWS_WITH(read_csv("/tmp"), "'/tmp' can not be read: it is a folder.");
}

TEST_CASE("Large tables are read by several threads, with the same rows and line numbers", "[data][csv]") {
  constexpr int64_t kRows = 100'000;
  std::string text = "a,b\n";
  for (int64_t row = 0; row < kRows; ++row) {
    text += std::to_string(row) + "," + std::to_string(row) + ".5" + (row % 1000 == 7 ? "\r\n\n" : "\n");
  }

  const Array table = table_of(text).to_array();

  CHECK(table.shape() == Shape{kRows, 2});
  CHECK(table(0, 0) == 0);
  CHECK(table(kRows / 2, 0) == kRows / 2);
  CHECK(table(kRows - 1, 1) == kRows - 0.5);
  CHECK(problem_of(text + "1,2,3\n") == "FILE', line 100102: expected 2 fields, found 3.");
  CHECK(problem_of("1,2,3\n" + text) == "FILE', line 2: expected 3 fields, found 2.");
}

TEST_CASE("A table's parts outlive it, and a column of numbers has texts", "[data][csv]") {
  const Array column = table_of("a,b\n1.50,x\n2,y\n")["a"];
  const Table table = table_of("a,b\n1.50,x\n\n 2,y\n", {.columns = {"b", "a"}});

  CHECK(column == Array{1.5, 2.0});
  CHECK(table.texts("a") == Names{"1.50", " 2"});
  CHECK(table.texts("b") == Names{"x", "y"});
  CHECK(table.names() == Names{"b", "a"});
  CHECK(table_of("1-2\n3-4\n", {.separator = '-'}).to_array() == Array{{1.0, 2.0}, {3.0, 4.0}});
}
