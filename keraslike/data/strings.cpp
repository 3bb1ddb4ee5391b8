#include "keraslike/data/strings.h"

#include "keraslike/utils/errors.h"

namespace keraslike {

namespace {

[[noreturn]] void refuse_ragged() {
  throw ValueError("Strings expects rows of one length. Fill the shorter ones, for example with \"\".");
}

// The first entries of each axis say what the others must be.
Shape shape_of(const std::vector<data::Text>& entries) {
  Shape shape;
  const std::vector<data::Text>* row = &entries;
  while (true) {
    shape.push_back(static_cast<int64_t>(row->size()));
    if (row->empty() || !row->front().is_row()) return shape;
    row = &row->front().row();
  }
}

}  // namespace

Strings::Strings(std::initializer_list<data::Text> values) : shape_(shape_of(values)) { add(values, 0); }

Strings::Strings(std::vector<std::string> values) : shape_{values.size()}, values_(std::move(values)) {}

Strings::Strings(const std::vector<std::vector<std::string>>& rows)
    : shape_{rows.size(), rows.empty() ? 0 : rows.front().size()} {
  for (const auto& row : rows) {
    if (row.size() != rows.front().size()) refuse_ragged();
    values_.insert(values_.end(), row.begin(), row.end());
  }
}

Strings::Strings(Shape shape, std::vector<std::string> values) : shape_(std::move(shape)), values_(std::move(values)) {
  if (shape_.count() == static_cast<int64_t>(values_.size())) return;
  throw ValueError("Strings expects as many texts as its shape {} holds, {}. Received: {}", shape_, shape_.count(),
                   values_.size());
}

void Strings::add(const std::vector<data::Text>& entries, size_t axis) {
  if (shape_[axis] != static_cast<int64_t>(entries.size())) refuse_ragged();
  const bool is_last = axis + 1 == shape_.size();
  for (const data::Text& entry : entries) {
    if (entry.is_row() == is_last) refuse_ragged();
    if (is_last) values_.push_back(entry.text());
    else add(entry.row(), axis + 1);
  }
}

}  // namespace keraslike
