#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/training/options.h"
#include "keraslike/utils/shape.h"

namespace keraslike::training {

using Tensors = std::vector<at::Tensor>;

// Rows that belong together: inputs, targets and weights. A batch is a small one.
struct Samples {
  Tensors x;
  Tensors y;        // empty without targets, else one per output; undefined for an output without a loss
  Tensors weights;  // empty without sample weights, else one per target

  int64_t rows() const { return x.empty() ? 0 : x.front().size(0); }
  Samples slice(int64_t begin, int64_t end) const;           // views, no copy
  Samples gather(const at::Tensor& indices) const;           // copies
};

// The rows of a batch, not yet gathered.
struct BatchRows {
  int64_t begin = 0;
  int64_t count = 0;
  at::Tensor order;  // their numbers; undefined where they follow each other from `begin`

  Samples of(const Samples& samples) const;

  // Into buffers of `count` rows.
  void copy(const Samples& samples, const Samples& buffers) const;
};

// Shapes with an open batch axis; empty for an undefined tensor.
std::vector<Shape> shapes_of(const Tensors& tensors);

// Cuts rows into batches, epoch after epoch, as Keras does on its torch backend: the same numbers are drawn from
// LibTorch's default generator at the same moments, so that a seed means the same order of rows
// (keras/src/trainers/epoch_iterator.py and torch's DataLoader with a RandomSampler).
class BatchStream {
 public:
  BatchStream(Samples samples, int64_t batch_size, Shuffle::Mode shuffle, std::optional<int64_t> steps_per_epoch);

  // Batches of an epoch; fewer come where the rows run out first.
  int64_t steps() const;

  // Forgets where it was, as Keras does before training begins.
  void reset() { pass_begun_ = false; }

  void begin_epoch();
  bool has_next() const { return step_ < steps() && position_ < batches_in_pass(); }

  // The rows that `next_rows` will give, where that can be told without drawing random numbers.
  std::optional<BatchRows> rows_ahead() const;

  // The rows of `samples` that are the next batch; nothing where the epoch has ended.
  std::optional<BatchRows> next_rows();
  const Samples& samples() const { return samples_; }

  // Draws what Keras draws when it looks at a first batch to build the model.
  void peek();

 private:
  int64_t batches_in_pass() const;
  void begin_pass();
  BatchRows rows_at(int64_t index);
  void finish_epoch(bool ran_out);

  Samples samples_;
  int64_t batch_size_;
  Shuffle::Mode shuffle_;
  std::optional<int64_t> steps_per_epoch_;
  int64_t step_ = 0;              // in this epoch
  int64_t position_ = 0;          // batches given in this pass over the rows
  bool pass_begun_ = false;
  at::Tensor order_;              // of the rows of this pass; drawn at its first batch
};

}  // namespace keraslike::training
