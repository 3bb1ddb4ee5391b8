#include "keraslike/utils/table.h"

#include <string>
#include <vector>

#include "support/catch.h"

using namespace keraslike::utils;

// The tables in this file were printed by `model.summary(print_fn=..., line_length=...)` of Keras 3.15.1 with rich 15.

namespace {

const std::vector<std::vector<std::string>> kConvolutional = {
    {"conv2d (Conv2D)", "(None, 26, 26, 32)", "320"},
    {"batch_normalization (BatchNormalization)", "(None, 26, 26, 32)", "128"},
    {"a_name_that_is_longer_than_its_column (MaxPooling2D)", "(None, 13, 13, 32)", "0"},
    {"flatten (Flatten)", "(None, 5408)", "0"},
    {"dense (Dense)", "(None, 10)", "54,090"},
};

const std::vector<std::vector<std::string>> kConnected = {
    {"left (InputLayer)", "(None, 4)", "0", "-"},
    {"right (InputLayer)", "(None, 4)", "0", "-"},
    {"shared (Dense)", "(None, 8)", "40", "left[0][0], right[0][0]"},
    {"concatenate (Concatenate)", "(None, 16)", "0", "shared[0][0], shared[1][0]"},
    {"dense_1 (Dense)", "(None, 1234567)", "20,987,639", "concatenate[0][0]"},
};

std::vector<TableColumn> sequential_columns() {
  return {{"Layer (type)", 0.45}, {"Output Shape", 0.80}, {"Param #", 1.0, Align::Right}};
}

std::vector<TableColumn> connected_columns(const std::vector<double>& positions) {
  return {{"Layer (type)", positions[0]},
          {"Output Shape", positions[1]},
          {"Param #", positions[2], Align::Right},
          {"Connected to", positions[3]}};
}

}  // namespace

TEST_CASE("A table breaks at spaces, cuts long words and aligns numbers to the right", "[utils][table]") {
  REQUIRE('\n' + render_table(sequential_columns(), kConvolutional, 76) == R"(
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                 │ (None, 26, 26, 32)     │           320 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ batch_normalization             │ (None, 26, 26, 32)     │           128 │
│ (BatchNormalization)            │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ a_name_that_is_longer_than_its… │ (None, 13, 13, 32)     │             0 │
│ (MaxPooling2D)                  │                        │               │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ flatten (Flatten)               │ (None, 5408)           │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 10)             │        54,090 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
)");
}

TEST_CASE("A narrow table breaks its titles too and sets them at the bottom", "[utils][table]") {
  const std::vector<TableColumn> columns = {{"Layer (type)", 0.45 * 0.9},
                                            {"Output Shape", 0.8 * 0.9},
                                            {"Param #", 0.9, Align::Right},
                                            {"Trainable", 1.0, Align::Center}};
  auto rows = kConvolutional;
  for (size_t i = 0; i < rows.size(); ++i) rows[i].push_back(i == 2 || i == 3 ? "-" : "Y");

  REQUIRE('\n' + render_table(columns, rows, 50) == R"(
┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┳━━━━━━━┳━━━━┓
┃                   ┃               ┃ Param ┃    ┃
┃ Layer (type)      ┃ Output Shape  ┃     # ┃ T… ┃
┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━╇━━━━━━━╇━━━━┩
│ conv2d (Conv2D)   │ (None, 26,    │   320 │ Y  │
│                   │ 26, 32)       │       │    │
├───────────────────┼───────────────┼───────┼────┤
│ batch_normalizat… │ (None, 26,    │   128 │ Y  │
│ (BatchNormalizat… │ 26, 32)       │       │    │
├───────────────────┼───────────────┼───────┼────┤
│ a_name_that_is_l… │ (None, 13,    │     0 │ -  │
│ (MaxPooling2D)    │ 13, 32)       │       │    │
├───────────────────┼───────────────┼───────┼────┤
│ flatten (Flatten) │ (None, 5408)  │     0 │ -  │
├───────────────────┼───────────────┼───────┼────┤
│ dense (Dense)     │ (None, 10)    │ 54,0… │ Y  │
└───────────────────┴───────────────┴───────┴────┘
)");
}

TEST_CASE("A table of four columns has Keras' widths", "[utils][table]") {
  REQUIRE('\n' + render_table(connected_columns({0.3, 0.56, 0.74, 1.0}), kConnected, 100) == R"(
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                ┃ Output Shape            ┃        Param # ┃ Connected to            ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━┩
│ left (InputLayer)           │ (None, 4)               │              0 │ -                       │
├─────────────────────────────┼─────────────────────────┼────────────────┼─────────────────────────┤
│ right (InputLayer)          │ (None, 4)               │              0 │ -                       │
├─────────────────────────────┼─────────────────────────┼────────────────┼─────────────────────────┤
│ shared (Dense)              │ (None, 8)               │             40 │ left[0][0], right[0][0] │
├─────────────────────────────┼─────────────────────────┼────────────────┼─────────────────────────┤
│ concatenate (Concatenate)   │ (None, 16)              │              0 │ shared[0][0],           │
│                             │                         │                │ shared[1][0]            │
├─────────────────────────────┼─────────────────────────┼────────────────┼─────────────────────────┤
│ dense_1 (Dense)             │ (None, 1234567)         │     20,987,639 │ concatenate[0][0]       │
└─────────────────────────────┴─────────────────────────┴────────────────┴─────────────────────────┘
)");
}

TEST_CASE("A table fills its line where the positions do not", "[utils][table]") {
  REQUIRE('\n' + render_table(connected_columns({0.3, 0.6, 0.7, 0.9}), kConnected, 80) == R"(
┏━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃                         ┃                         ┃  Param ┃                 ┃
┃ Layer (type)            ┃ Output Shape            ┃      # ┃ Connected to    ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ left (InputLayer)       │ (None, 4)               │      0 │ -               │
├─────────────────────────┼─────────────────────────┼────────┼─────────────────┤
│ right (InputLayer)      │ (None, 4)               │      0 │ -               │
├─────────────────────────┼─────────────────────────┼────────┼─────────────────┤
│ shared (Dense)          │ (None, 8)               │     40 │ left[0][0],     │
│                         │                         │        │ right[0][0]     │
├─────────────────────────┼─────────────────────────┼────────┼─────────────────┤
│ concatenate             │ (None, 16)              │      0 │ shared[0][0],   │
│ (Concatenate)           │                         │        │ shared[1][0]    │
├─────────────────────────┼─────────────────────────┼────────┼─────────────────┤
│ dense_1 (Dense)         │ (None, 1234567)         │ 20,98… │ concatenate[0]… │
└─────────────────────────┴─────────────────────────┴────────┴─────────────────┘
)");
}

TEST_CASE("A table without rows has a header only", "[utils][table]") {
  REQUIRE('\n' + render_table({{"a", 0.5}, {"b", 1.0}}, {}, 20) == R"(
┏━━━━━━━━┳━━━━━━━━━┓
┃ a      ┃ b       ┃
┡━━━━━━━━╇━━━━━━━━━┩
└────────┴─────────┘
)");
}

TEST_CASE("A row may be short, and wide characters take two cells", "[utils][table]") {
  REQUIRE('\n' + render_table({{"a", 0.5}, {"b", 1.0}}, {{"层层层层"}, {"é"}}, 20) == R"(
┏━━━━━━━━┳━━━━━━━━━┓
┃ a      ┃ b       ┃
┡━━━━━━━━╇━━━━━━━━━┩
│ 层层…  │         │
├────────┼─────────┤
│ é      │         │
└────────┴─────────┘
)");
}

TEST_CASE("A line too short for its columns is refused", "[utils][table]") {
  const std::vector<TableColumn> five = {{"a", 0.2}, {"b", 0.4}, {"c", 0.6}, {"d", 0.8}, {"e", 1.0}};
  const std::string message = "Insufficient console width to print summary.";
  REQUIRE_THROWS_WITH(render_table(sequential_columns(), {}, 0), message);
  REQUIRE_THROWS_WITH(render_table(sequential_columns(), {}, 15), message);
  REQUIRE_THROWS_WITH(render_table(five, {}, 21), message);
}
