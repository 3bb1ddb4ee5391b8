#include "keraslike/layers/histograms.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "keraslike/layers/augmentation_impl.h"
#include "keraslike/layers/families.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

constexpr Range kBytes{0, 255};

class AutoContrastImpl final : public AugmentationImpl {
 public:
  AutoContrastImpl() = default;
  explicit AutoContrastImpl(const AutoContrastOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format),
        value_range_(sorted(options.value_range)) {}

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "value_range", value_range_);
    if (field.is_reading()) value_range_ = sorted(value_range_);
  }

  Transformation draw(const at::Tensor&, Draws&) override {
    return [this](const at::Tensor& images) {
      const at::Tensor bytes = to_range(images, value_range_, kBytes);
      // Keras takes the second and third axis whatever the data format.
      const std::vector<int64_t> axes = channels_are_first() ? std::vector<int64_t>{1, 2} : std::vector<int64_t>{2, 3};
      const at::Tensor low = bytes.amin(axes, /*keepdim=*/true);
      const at::Tensor scale = 255.0 / (bytes.amax(axes, /*keepdim=*/true) - low);
      const at::Tensor spread = (bytes * scale + -low * scale).clamp(0.0, 255.0);
      const at::Tensor result = to_range(spread, kBytes, value_range_);
      return at::where(result.isnan(), images, result);
    };
  }

 protected:
  bool changes_in_inference() const override { return true; }

 private:
  Range value_range_ = kBytes;
};

// Values of one range brought to another, in one step. Not to the last bit what `to_range` gives.
at::Tensor rescaled(const at::Tensor& values, const Range& from, const Range& to) {
  const double scale = (to[1] - to[0]) / (from[1] - from[0]);
  return values * scale + (to[0] - from[0] * scale);
}

class EqualizationImpl final : public AugmentationImpl {
 public:
  EqualizationImpl() = default;
  explicit EqualizationImpl(const EqualizationOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format),
        value_range_(sorted(options.value_range)),
        bins_(options.bins) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    field("bins", bins_);
    range_field(field, "value_range", value_range_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor&, Draws&) override {
    return [this](const at::Tensor& images) {
      std::vector<at::Tensor> channels;
      for (const at::Tensor& channel : images.unbind(1)) {
        channels.push_back(rescaled(equalized(rescaled(channel, value_range_, kBytes)), kBytes, value_range_));
      }
      return at::stack(channels, 1);
    };
  }

 private:
  void settle() {
    if (bins_ < 1) throw ValueError("Equalization expects `bins` to be positive. Received: bins={}", bins_);
    value_range_ = sorted(value_range_);
  }

  // The share of values that are lower takes the place of each.
  at::Tensor equalized(const at::Tensor& channel) const {
    const at::Tensor bin = (channel * (bins_ - 1) / 255.0).to(at::kInt).clamp(0, bins_ - 1);
    const at::Tensor counts = at::bincount(bin.flatten(), {}, bins_);
    if (counts.count_nonzero().item<int64_t>() <= 1) return channel;
    const at::Tensor sums = counts.cumsum(0);
    const int64_t least = sums.masked_select(sums.gt(0))[0].item<int64_t>();
    const int64_t rest = sums[-1].item<int64_t>() - least;
    const at::Tensor table = ((sums - least) * 255 / std::max<int64_t>(rest, 1)).round().clamp(0.0, 255.0);
    const at::Tensor place = (channel / 255.0 * (bins_ - 1)).clamp(0, bins_ - 1).to(at::kLong);
    return table.take(place);
  }

  Range value_range_ = kBytes;
  int64_t bins_ = 256;
};

class ClaheImpl final : public AugmentationImpl {
 public:
  ClaheImpl() = default;
  explicit ClaheImpl(const ContrastLimitedAdaptiveHistogramEqualizationOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format),
        value_range_(options.value_range),
        clip_limit_(options.clip_limit),
        grid_(options.tile_grid_size) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "value_range", value_range_);
    field("clip_limit", clip_limit_);
    field("tile_grid_size", grid_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor&, Draws&) override {
    return [this](const at::Tensor& images) {
      return to_range(equalized(to_range(images, value_range_, kBytes)), kBytes, value_range_);
    };
  }

 protected:
  bool changes_in_inference() const override { return true; }

 private:
  void settle() {
    if (grid_[0] > 0 && grid_[1] > 0) return;
    throw ValueError("`tile_grid_size` must be positive. Received: tile_grid_size=({}, {})", grid_[0], grid_[1]);
  }

  at::Tensor equalized(const at::Tensor& images) const {
    const int64_t height = (images.size(2) + grid_[0] - 1) / grid_[0];
    const int64_t width = (images.size(3) + grid_[1] - 1) / grid_[1];
    const at::Tensor tiled = with_whole_tiles(images, height * grid_[0], width * grid_[1]);
    const at::Tensor levels = tiled.clamp(0, 255).to(at::kLong);
    const at::Tensor tables = mappings(levels, height, width);
    const Blend rows = blend(tiled.size(2), height, grid_[0], images.options());
    const Blend columns = blend(tiled.size(3), width, grid_[1], images.options());
    const auto mapped = [&](const at::Tensor& row, const at::Tensor& column) {
      const at::Tensor tile = row.unsqueeze(1) * (grid_[1] + 2) + column;
      return tables.gather(2, (tile * 256 + levels).flatten(2)).reshape(levels.sizes());
    };
    const at::Tensor x = columns.weight;
    const at::Tensor y = rows.weight.unsqueeze(1);
    const at::Tensor above = mapped(rows.first, columns.first) * (1.0 - x) + mapped(rows.first, columns.second) * x;
    const at::Tensor below = mapped(rows.second, columns.first) * (1.0 - x) + mapped(rows.second, columns.second) * x;
    return (above * (1.0 - y) + below * y).slice(2, 0, images.size(2)).slice(3, 0, images.size(3));
  }

  // Mirrored beyond the edge, whose pixels come twice.
  static at::Tensor with_whole_tiles(const at::Tensor& images, int64_t height, int64_t width) {
    const at::Tensor rows = mirrored_numbers(images.size(2), height, images);
    return images.index_select(2, rows).index_select(3, mirrored_numbers(images.size(3), width, images));
  }

  static at::Tensor mirrored_numbers(int64_t from, int64_t to, const at::Tensor& images) {
    const at::Tensor numbers = at::arange(to, images.options().dtype(at::kLong)).remainder(2 * from);
    return at::where(numbers.lt(from), numbers, 2 * from - 1 - numbers);
  }

  // For each tile, with those at the edge twice, what each of the 256 levels becomes: (batch, channels, all of them).
  at::Tensor mappings(const at::Tensor& levels, int64_t height, int64_t width) const {
    const int64_t batch = levels.size(0);
    const int64_t channels = levels.size(1);
    const at::Tensor cells = levels.reshape({batch, channels, grid_[0], height, grid_[1], width})
                                 .permute({0, 1, 2, 4, 3, 5})
                                 .reshape({batch, channels, grid_[0], grid_[1], height * width});
    const auto options = levels.options().dtype(at::kFloat);
    at::Tensor counts = at::zeros({batch, channels, grid_[0], grid_[1], 256}, options);
    counts.scatter_add_(-1, cells, at::ones(cells.sizes(), options));
    if (clip_limit_ > 0) {
      const at::Tensor clipped = counts.clamp(0, clip_limit_ * static_cast<double>(height * width) / 256.0);
      counts = clipped + (counts - clipped).sum(-1, /*keepdim=*/true) / 256.0;
    }
    const at::Tensor sums = counts.cumsum(-1);
    const at::Tensor least = sums.amin(-1, /*keepdim=*/true);
    const at::Tensor rest = height * width - least;
    const at::Tensor tables = ((sums - least) * 255.0 / rest.masked_fill(rest.eq(0), 1.0)).clamp(0, 255);
    return with_edges_twice(with_edges_twice(tables, 2), 3).flatten(2);
  }

  static at::Tensor with_edges_twice(const at::Tensor& tables, int64_t axis) {
    return at::cat({tables.narrow(axis, 0, 1), tables, tables.narrow(axis, -1, 1)}, axis);
  }

  // Between the middles of which two tiles a row or column lies, and how far on.
  struct Blend {
    at::Tensor first, second, weight;
  };

  static Blend blend(int64_t size, int64_t tile, int64_t tiles, const at::TensorOptions& options) {
    const auto length = static_cast<double>(tile);
    const at::Tensor places = (at::arange(size, options) - length / 2.0) / length + 1.0;
    const at::Tensor lower = places.floor();
    return {lower.clamp(0, tiles + 1).to(at::kLong), (lower + 1.0).clamp(0, tiles + 1).to(at::kLong), places - lower};
  }

  Range value_range_ = kBytes;
  double clip_limit_ = 4.0;
  Extent<2> grid_ = 8;
};

}  // namespace

AutoContrast::AutoContrast(AutoContrastOptions options) : Layer(std::make_shared<AutoContrastImpl>(options)) {}
Equalization::Equalization(EqualizationOptions options) : Layer(std::make_shared<EqualizationImpl>(options)) {}
ContrastLimitedAdaptiveHistogramEqualization::ContrastLimitedAdaptiveHistogramEqualization(
    ContrastLimitedAdaptiveHistogramEqualizationOptions options)
    : Layer(std::make_shared<ClaheImpl>(options)) {}

void register_histograms(Registry<LayerImpl>& layers) {
  layers.add<AutoContrastImpl>("AutoContrast");
  layers.add<EqualizationImpl>("Equalization");
  layers.add<ClaheImpl>("ContrastLimitedAdaptiveHistogramEqualization");
}

}  // namespace keraslike::layers
