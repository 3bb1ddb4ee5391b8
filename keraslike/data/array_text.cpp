// How an array is printed: NumPy's layout, with its eight digits, its summary of long axes and its lines of 75 columns.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "keraslike/data/array.h"

namespace keraslike {

namespace {

constexpr int64_t kSummaryAbove = 1000;
constexpr int64_t kEdge = 3;
constexpr size_t kLineWidth = 75;
constexpr size_t kPrecision = 8;
constexpr int64_t kHidden = -1;

// The indices of an axis that are printed, with kHidden for "...".
std::vector<int64_t> shown(int64_t size, bool summarised) {
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < size; ++i) {
    const bool hidden = summarised && size > 2 * kEdge && i >= kEdge && i < size - kEdge;
    if (hidden) {
      indices.push_back(kHidden);
      i = size - kEdge - 1;
    } else {
      indices.push_back(i);
    }
  }
  return indices;
}

double rounded_to(double value, int bits) {
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, bits)), exponent - bits);
}

std::string shortest_half(double value, int bits) {
  constexpr int kEnough = 5;  // digits for any half-precision number
  double read_back = value;
  for (int digits = 1; digits <= kEnough; ++digits) {
    read_back = std::stod(fmt::format("{:.{}}", value, digits));
    if (rounded_to(read_back, bits) == value) break;
  }
  return fmt::format("{}", read_back);
}

// The fewest digits that make this value again in its own type, as "0.1" or "1e-07".
std::string shortest(double value, DType dtype) {
  if (dtype == DType::Float16 || dtype == DType::BFloat16) {
    return shortest_half(value, dtype == DType::Float16 ? 11 : 8);
  }
  return dtype == DType::Float64 ? fmt::format("{}", value) : fmt::format("{}", static_cast<float>(value));
}

size_t significant_digits(const std::string& number) {
  std::string digits;
  for (const char c : number.substr(0, number.find('e'))) {
    if (c >= '0' && c <= '9' && (c != '0' || !digits.empty())) digits += c;
  }
  return std::max<size_t>(digits.find_last_not_of('0') + 1, 1);
}

// The texts of real numbers, so that their points stand in one column.
class RealFormat {
 public:
  RealFormat(const std::vector<double>& values, DType dtype) : dtype_(dtype) {
    double largest = 0;
    double smallest = std::numeric_limits<double>::max();
    for (const double value : values) {
      if (value == 0 || !std::isfinite(value)) continue;
      largest = std::max(largest, std::fabs(value));
      smallest = std::min(smallest, std::fabs(value));
    }
    scientific_ = largest > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1000);
    for (const double value : values) {
      if (std::isfinite(value)) digits_ = std::max(digits_, digits_of(value));
    }
  }

  std::string operator()(double value) const {
    if (!std::isfinite(value)) return fmt::format("{}", value);
    if (scientific_) return fmt::format("{:#.{}e}", value, digits_);
    const size_t digits = digits_of(value);
    return fmt::format("{:#.{}f}", value, digits) + std::string(digits_ - digits, ' ');
  }

 private:
  // After the point.
  size_t digits_of(double value) const {
    if (scientific_) return std::min(significant_digits(shortest(value, dtype_)) - 1, kPrecision);
    std::string text = shortest(value, dtype_);
    const size_t point = text.find('.');
    if (point == std::string::npos || value == 0) return 0;
    if (text.size() - point - 1 > kPrecision) text = fmt::format("{:.{}f}", value, kPrecision);
    const size_t last = text.find_last_not_of('0');
    return last - point;
  }

  DType dtype_;
  bool scientific_ = false;
  size_t digits_ = 0;
};

class Printer {
 public:
  explicit Printer(const Array& array)
      : sizes_(array.shape()), summarised_(array.size() > kSummaryAbove) {
    std::vector<int64_t> offsets;
    collect(0, 0, offsets);
    const Array flat = array.reshape({-1});
    std::vector<Array> values;
    for (const int64_t offset : offsets) values.push_back(flat[offset]);
    const std::vector<std::string> texts = texts_of(values, array.dtype());
    size_t width = 0;
    for (const auto& text : texts) width = std::max(width, text.size());
    for (size_t i = 0; i < texts.size(); ++i) words_[offsets[i]] = fmt::format("{:>{}}", texts[i], width);
  }

  std::string print(size_t axis, int64_t offset) const {
    if (axis == sizes_.size()) return words_.at(offset);
    if (axis + 1 == sizes_.size()) return print_row(axis, offset);
    std::string text = "[";
    for (const int64_t i : shown(sizes_[axis], summarised_)) {
      if (text.size() > 1) text += std::string(sizes_.size() - axis - 1, '\n') + std::string(axis + 1, ' ');
      text += i == kHidden ? "..." : print(axis + 1, offset * sizes_[axis] + i);
    }
    return text + "]";
  }

 private:
  // Offsets grow by whole axes: `offset` counts the rows of this axis that come before.
  void collect(size_t axis, int64_t offset, std::vector<int64_t>& offsets) const {
    if (axis == sizes_.size()) {
      offsets.push_back(offset);
      return;
    }
    for (const int64_t i : shown(sizes_[axis], summarised_)) {
      if (i != kHidden) collect(axis + 1, offset * sizes_[axis] + i, offsets);
    }
  }

  static std::vector<std::string> texts_of(const std::vector<Array>& values, DType dtype) {
    std::vector<std::string> texts;
    if (is_floating(dtype)) {
      std::vector<double> reals;
      for (const Array& value : values) reals.push_back(value.item());
      const RealFormat format(reals, dtype);
      for (const double real : reals) texts.push_back(format(real));
    } else {
      for (const Array& value : values) {
        const int64_t integer = value.to_vector<int64_t>()[0];
        texts.push_back(dtype == DType::Bool ? (integer != 0 ? "True" : "False") : fmt::format("{}", integer));
      }
    }
    return texts;
  }

  std::string print_row(size_t axis, int64_t offset) const {
    const std::string indent(axis + 1, ' ');
    const size_t width = kLineWidth - axis - 1;
    std::string text;
    std::string line = indent;
    for (const int64_t i : shown(sizes_[axis], summarised_)) {
      const std::string word = i == kHidden ? "..." : words_.at(offset * sizes_[axis] + i);
      if (line.size() + word.size() > width && line.size() > indent.size()) {
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        line = indent;
      }
      line += word + " ";
    }
    text += line.substr(0, std::max(line.size() - 1, indent.size()));
    return fmt::format("[{}]", std::string_view(text).substr(indent.size()));
  }

  Shape sizes_;
  bool summarised_;
  std::map<int64_t, std::string> words_;
};

}  // namespace

std::string Array::to_string() const { return Printer(*this).print(0, 0); }

}  // namespace keraslike
