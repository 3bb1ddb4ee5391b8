#include "keraslike/layers/families.h"
#include "keraslike/layers/recurrent_cells.h"
#include "keraslike/layers/rnn_cell.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class StackedRNNCellsImpl final : public RNNCellImpl {
 public:
  StackedRNNCellsImpl() = default;
  StackedRNNCellsImpl(std::vector<Layer> cells, const StackedRNNCellsOptions& options)
      : RNNCellImpl(layer_arguments(options)), cells_(cells.begin(), cells.end()) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("cells", cells_);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    Shape shape = input;
    for (const auto& cell : cells_) {
      cell->build(shape);
      shape = cell_of(*cell).output_shape(shape);
    }
  }

  std::vector<Shape> state_shapes(const Shape& input) const override {
    std::vector<Shape> shapes;
    Shape shape = input;
    for (const auto& cell : cells_) {
      for (Shape& state : cell_of(*cell).state_shapes(shape)) shapes.push_back(std::move(state));
      shape = cell_of(*cell).output_shape(shape);
    }
    return shapes;
  }

  Shape output_shape(const Shape& input) const override {
    Shape shape = input;
    for (const auto& cell : cells_) shape = cell_of(*cell).output_shape(shape);
    return shape;
  }

  void check_input(const Shape& input) const override {
    Shape shape = input;
    for (const auto& cell : cells_) {
      cell_of(*cell).check_input(shape);
      shape = cell_of(*cell).output_shape(shape);
    }
  }

  at::Tensor prepared(const at::Tensor& inputs, bool training) override {
    return cell_of(*cells_.front()).prepared(inputs, training);
  }

  CellStep step(const at::Tensor& prepared, const States& states, bool training) override {
    CellStep all;
    const auto parts = by_cells(states);
    for (size_t i = 0; i < cells_.size(); ++i) {
      RNNCellImpl& cell = cell_of(*cells_[i]);
      CellStep made =
          i == 0 ? cell.step(prepared, parts[i], training) : cell.run_step(all.output, parts[i], training);
      all.output = std::move(made.output);
      all.states.insert(all.states.end(), made.states.begin(), made.states.end());
    }
    return all;
  }

  void draw_masks(const at::Tensor& input, const States& states) override {
    at::Tensor like = input;
    const auto parts = by_cells(states);
    for (size_t i = 0; i < cells_.size(); ++i) {
      RNNCellImpl& cell = cell_of(*cells_[i]);
      cell.draw_masks(like, parts[i]);
      like = like.new_empty(cell.output_shape(Shape(like.sizes().begin(), like.sizes().end())));
    }
  }

  void reset_masks() override {
    for (const auto& cell : cells_) cell_of(*cell).reset_masks();
  }

  std::vector<Layer> sublayers() const override {
    std::vector<Layer> cells;
    for (const auto& cell : cells_) cells.push_back(*cell);
    return cells;
  }

  std::vector<std::pair<std::string, Layer>> saved_parts() const override {
    auto parts = LayerImpl::saved_parts();
    for (auto& [path, cell] : parts) path = "cells/" + path;
    return parts;
  }

 private:
  void settle() {
    if (cells_.empty()) throw ValueError("StackedRNNCells expects at least one cell. Received: cells=[]");
    for (size_t i = 0; i < cells_.size(); ++i) {
      cell_of(*cells_[i]);
      register_module(fmt::format("cell_{}", i), cells_[i]->impl());
    }
  }

  // The states of all cells, shared out among them.
  std::vector<States> by_cells(const States& states) const {
    std::vector<States> parts;
    auto next = states.begin();
    Shape shape = built_shape_;
    for (const auto& cell : cells_) {
      const auto count = static_cast<std::ptrdiff_t>(cell_of(*cell).state_shapes(shape).size());
      parts.emplace_back(next, next + count);
      next += count;
      shape = cell_of(*cell).output_shape(shape);
    }
    return parts;
  }

  std::vector<NameOr<Layer>> cells_;
};

}  // namespace

StackedRNNCells::StackedRNNCells(std::vector<Layer> cells, StackedRNNCellsOptions options)
    : Layer(std::make_shared<StackedRNNCellsImpl>(std::move(cells), std::move(options))) {}

void register_stacked_rnn_cells(Registry<LayerImpl>& layers) {
  layers.add<StackedRNNCellsImpl>("StackedRNNCells");
}

}  // namespace keraslike::layers
