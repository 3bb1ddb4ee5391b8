#include <ATen/core/Tensor.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/preprocessing.h"
#include "keraslike/layers/resize.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// Images (batch, ...) that come out with `height` rows and `width` columns.
class ImageImpl : public LayerImpl {
 public:
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor images = input.is_floating_point() ? input : input.to(at::kFloat);
    return from_channels_first(transformed(to_channels_first(images, data_format_)), data_format_);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  Shape output_shape(const Shape& input) const override {
    return with_spatial_sizes(input[0], {height_, width_}, input.dim(channel_axis(input, data_format_)), data_format_);
  }

  void check_input(const Shape& input) const override { expect_rank(input, 4); }

 protected:
  ImageImpl() = default;
  ImageImpl(LayerArguments arguments, int64_t height, int64_t width, const std::optional<std::string>& data_format)
      : LayerImpl(std::move(arguments)),
        height_(height),
        width_(width),
        data_format_(data_format.value_or(kChannelsLast)) {}

  virtual at::Tensor transformed(const at::Tensor& images) const = 0;  // of (batch, channels, rows, columns)

  // In Keras' order.
  void size_fields(Fields& field) {
    field("data_format", data_format_);
    field("height", height_);
    field("width", width_);
  }

  void settle_size() {
    data_format_ = checked_data_format(data_format_);
    if (height_ > 0 && width_ > 0) return;
    throw ValueError("{} expects `height` and `width` to be positive. Received: height={}, width={}",
                     class_name(), height_, width_);
  }

  int64_t height_ = 1;
  int64_t width_ = 1;

 private:
  std::string data_format_ = kChannelsLast;
};

class CenterCropImpl final : public ImageImpl {
 public:
  CenterCropImpl() = default;
  CenterCropImpl(int64_t height, int64_t width, const CenterCropOptions& options)
      : ImageImpl(layer_arguments(options), height, width, options.data_format) {
    settle_size();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    size_fields(field);
    if (field.is_reading()) settle_size();
  }

 protected:
  at::Tensor transformed(const at::Tensor& images) const override {
    const int64_t rows = images.size(2) - height_;
    const int64_t columns = images.size(3) - width_;
    if (rows < 0 || columns < 0) return resized(cropped_to_ratio(images, height_, width_), height_, width_, {});
    return images.narrow(2, rows / 2, height_).narrow(3, columns / 2, width_);
  }
};

class ResizingImpl final : public ImageImpl {
 public:
  ResizingImpl() = default;
  ResizingImpl(int64_t height, int64_t width, const ResizingOptions& options)
      : ImageImpl(layer_arguments(options), height, width, options.data_format),
        options_(options) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    size_fields(field);
    field("interpolation", options_.interpolation);
    field("crop_to_aspect_ratio", options_.crop_to_aspect_ratio);
    field("pad_to_aspect_ratio", options_.pad_to_aspect_ratio);
    field("fill_mode", options_.fill_mode);
    field("fill_value", options_.fill_value);
    field("antialias", options_.antialias);
    if (field.is_reading()) settle();
  }

 protected:
  at::Tensor transformed(const at::Tensor& images) const override {
    at::Tensor fitting = images;
    if (options_.crop_to_aspect_ratio) fitting = cropped_to_ratio(images, height_, width_);
    if (options_.pad_to_aspect_ratio) fitting = padded_to_ratio(images, height_, width_, options_.fill_value);
    return resized(fitting, height_, width_,
                   {.interpolation = options_.interpolation, .antialias = options_.antialias});
  }

 private:
  void settle() {
    settle_size();
    check_interpolation(options_.interpolation);
    if (options_.fill_mode != "constant") {
      throw ValueError("Invalid value for argument `fill_mode`. Only `'constant'` is supported. Received: fill_mode={}",
                       options_.fill_mode);
    }
    if (options_.pad_to_aspect_ratio && options_.crop_to_aspect_ratio) {
      throw ValueError("Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`.");
    }
  }

  ResizingOptions options_;
};

}  // namespace

CenterCrop::CenterCrop(int64_t height, int64_t width, CenterCropOptions options)
    : Layer(std::make_shared<CenterCropImpl>(height, width, options)) {}
Resizing::Resizing(int64_t height, int64_t width, ResizingOptions options)
    : Layer(std::make_shared<ResizingImpl>(height, width, options)) {}

void register_image_preprocessing(Registry<LayerImpl>& layers) {
  layers.add<CenterCropImpl>("CenterCrop");
  layers.add<ResizingImpl>("Resizing");
}

}  // namespace keraslike::layers
