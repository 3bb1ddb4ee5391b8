#pragma once

// For sources.

#include <cstdint>
#include <string>
#include <vector>

namespace keraslike::utils {

enum class Align { Left, Center, Right };

struct TableColumn {
  std::string title;
  double position;  // where it ends, as a share of the line: 0.45, 0.8, 1.0
  Align align = Align::Left;
};

// Keras' summary table, `line_length` cells wide, with a line break after each line. Text breaks at spaces; a word that
// is wider than its column ends in "…". A row may have fewer cells than there are columns. Throws ValueError where the
// line is too short for its columns.
std::string render_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                         int64_t line_length);

}  // namespace keraslike::utils
