#include "keraslike/utils/table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/unicode.h"

namespace keraslike::utils {

namespace {

using Text = std::u32string;
using TextView = std::u32string_view;
using Widths = std::vector<int64_t>;

constexpr int64_t kPadding = 2;  // a space on each side of a cell
constexpr int64_t kNarrowest = 4;

bool is_space(char32_t c) { return c == U' ' || c == U'\t' || c == U'\n' || c == U'\r'; }

TextView without_trailing_spaces(TextView text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Takes `excess` from the columns in equal parts. Rounding halves to even is what makes the widths Keras' own.
void shrink(Widths& widths, int64_t excess) {
  auto columns = static_cast<int64_t>(widths.size());
  for (int64_t& width : widths) {
    const double part = std::nearbyint(static_cast<double>(excess) / static_cast<double>(columns));
    const int64_t taken = std::min(width, static_cast<int64_t>(part));
    width -= taken;
    excess -= taken;
    --columns;
  }
}

// Shares `extra` out in proportion to the widths.
void grow(Widths& widths, int64_t extra) {
  int64_t total = std::accumulate(widths.begin(), widths.end(), int64_t{0});
  for (int64_t& width : widths) {
    const int64_t share = (width * extra + total - 1) / total;
    extra -= share;
    total -= width;
    width += share;
  }
}

// Widths with padding. Positions give the widths wished for, which never fit exactly: borders and padding come on top.
Widths column_widths(const std::vector<TableColumn>& columns, int64_t line_length) {
  const int64_t available = line_length - static_cast<int64_t>(columns.size()) - 1;
  Widths widths;
  int64_t end = 0;
  for (const auto& column : columns) {
    const int64_t width = static_cast<int64_t>(column.position * static_cast<double>(line_length)) - end;
    if (width < kNarrowest) throw ValueError("Insufficient console width to print summary.");
    widths.push_back(std::min(width + kPadding, available));
    end += width;
  }
  const int64_t total = std::accumulate(widths.begin(), widths.end(), int64_t{0});
  if (total > available) shrink(widths, total - available);
  if (total < available) grow(widths, available - total);
  if (*std::min_element(widths.begin(), widths.end()) <= kPadding) {
    throw ValueError("Insufficient console width to print summary.");
  }
  return widths;
}

struct Word {
  size_t start;
  TextView text;  // with the spaces around it
};

// The words of a text, which cover it but for what is only space.
std::vector<Word> words_of(TextView text) {
  std::vector<Word> words;
  size_t end = 0;
  while (end < text.size()) {
    const size_t start = end;
    while (end < text.size() && is_space(text[end])) ++end;
    if (end == text.size()) break;
    while (end < text.size() && !is_space(text[end])) ++end;
    while (end < text.size() && is_space(text[end])) ++end;
    words.push_back({start, text.substr(start, end - start)});
  }
  return words;
}

std::vector<TextView> break_lines(TextView text, int64_t width) {
  std::vector<TextView> lines;
  size_t line_start = 0;
  int64_t used = 0;
  for (const auto& word : words_of(text)) {
    const bool fits = display_width(without_trailing_spaces(word.text)) <= width - used;
    if (!fits && word.start > 0) {
      lines.push_back(text.substr(line_start, word.start - line_start));
      line_start = word.start;
      used = 0;
    }
    used += display_width(word.text);
  }
  lines.push_back(text.substr(line_start));
  return lines;
}

// The text cut to so many cells.
Text cut(TextView text, int64_t width) {
  Text result;
  int64_t used = 0;
  for (const char32_t c : text) {
    used += display_width(c);
    if (used > width) break;
    result += c;
  }
  return result;
}

std::string align_line(TextView line, int64_t width, Align align) {
  Text text(align == Align::Left && display_width(line) <= width ? line : without_trailing_spaces(line));
  if (display_width(text) > width) text = cut(text, width - 1) + U'…';
  const int64_t free = width - display_width(text);
  const int64_t before = align == Align::Left ? 0 : align == Align::Center ? free / 2 : free;
  return std::string(static_cast<size_t>(before), ' ') + to_utf8(text) +
         std::string(static_cast<size_t>(free - before), ' ');
}

using Lines = std::vector<std::string>;

Lines render_cell(const std::string& text, int64_t width, Align align) {
  const Text code_points = to_code_points(text);
  Lines lines;
  for (const auto& line : break_lines(code_points, width)) lines.push_back(align_line(line, width, align));
  return lines;
}

struct Border {
  std::string_view left, fill, middle, right;
};

constexpr Border kTop = {"┏", "━", "┳", "┓"};
constexpr Border kHeaderEnd = {"┡", "━", "╇", "┩"};
constexpr Border kRowEnd = {"├", "─", "┼", "┤"};
constexpr Border kBottom = {"└", "─", "┴", "┘"};

std::string render_border(const Border& border, const Widths& widths) {
  std::string text;
  for (const int64_t width : widths) {
    text += text.empty() ? border.left : border.middle;
    for (int64_t i = 0; i < width; ++i) text += border.fill;
  }
  return text.append(border.right) + '\n';
}

// A header stands on the bottom of its row, other cells hang from the top.
std::string render_row(const std::vector<std::string>& texts, const std::vector<TableColumn>& columns,
                       const Widths& widths, std::string_view bar, bool is_header) {
  std::vector<Lines> cells;
  size_t height = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    cells.push_back(render_cell(i < texts.size() ? texts[i] : "", widths[i] - kPadding, columns[i].align));
    height = std::max(height, cells.back().size());
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string blank(static_cast<size_t>(widths[i] - kPadding), ' ');
    cells[i].insert(is_header ? cells[i].begin() : cells[i].end(), height - cells[i].size(), blank);
  }
  std::string text;
  for (size_t line = 0; line < height; ++line) {
    for (const auto& cell : cells) text.append(bar).append(" ").append(cell[line]).append(" ");
    text.append(bar).append("\n");
  }
  return text;
}

}  // namespace

std::string render_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                         int64_t line_length) {
  const Widths widths = column_widths(columns, line_length);
  std::vector<std::string> titles;
  for (const auto& column : columns) titles.push_back(column.title);
  std::string text = render_border(kTop, widths) + render_row(titles, columns, widths, "┃", true);
  text += render_border(kHeaderEnd, widths);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) text += render_border(kRowEnd, widths);
    text += render_row(rows[i], columns, widths, "│", false);
  }
  return text + render_border(kBottom, widths);
}

}  // namespace keraslike::utils
