#include "keraslike/models/self_check.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "keraslike/data/texts.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/saving/hdf5.h"
#include "keraslike/training/trainer.h"
#include "keraslike/utils/errors.h"

namespace keraslike::models {

namespace {

constexpr double kAbsolute = 1e-5;
constexpr double kRelative = 1e-4;
constexpr double kHalf = 0x1p-7;  // of 16 bits: two neighbours of a bfloat16

std::string input_path(size_t i) { return fmt::format("inputs/{}", i); }
std::string output_path(size_t i) { return fmt::format("outputs/{}", i); }

void compare(const Layer& layer, const at::Tensor& got, const at::Tensor& want, const std::string& subject) {
  const std::string who = fmt::format("layer '{}' ({})", layer.name(), layer.class_name());
  if (got.sizes() != want.sizes()) {
    throw FileError("{}: the model computes something else than when it was saved, from {} on: shape {} instead of {}.",
                    subject, who, Shape(got.sizes().vec()), Shape(want.sizes().vec()));
  }
  const at::Tensor difference = (got - want).abs().to(at::kDouble);
  const double relative = got.element_size() == 2 ? kHalf : kRelative;
  const at::Tensor excess = difference - want.abs().to(at::kDouble) * relative - kAbsolute;
  if (got.numel() == 0 || !(excess.max().item<double>() > 0)) return;
  throw FileError(
      "{}: the model computes something else than when it was saved, from {} on: values differ by {:.3g} at "
      "most. The file's weights or config were changed, or this program computes the layer differently.",
      subject, who, difference.max().item<double>());
}

}  // namespace

saving::Bytes self_check_of(const Model& model, const Data& rows) {
  const at::NoGradGuard no_grad;
  const auto x = model->trainer().checked_inputs(rows);
  if (std::any_of(x.begin(), x.end(), data::is_text)) {
    throw ValueError("`check_on` keeps rows of numbers in the file, and model '{}' takes texts. Save it without, and "
                     "compare what both predict.", model.name());
  }
  saving::Hdf5Writer file(kSelfCheck);
  for (size_t i = 0; i < x.size(); ++i) file.dataset(input_path(i), x[i].contiguous());
  const auto outputs = model->trace(x);
  for (size_t i = 0; i < outputs.size(); ++i) file.dataset(output_path(i), outputs[i].second.contiguous());
  return file.finish();
}

void run_self_check(const Model& model, saving::Bytes bytes, const std::string& subject) {
  const at::NoGradGuard no_grad;
  const saving::Hdf5Reader file(std::move(bytes), subject);
  training::Tensors x;
  while (file.contains(input_path(x.size()))) x.push_back(file.read(input_path(x.size())));
  const auto outputs = model->trace(x);
  for (size_t i = 0; i < outputs.size(); ++i) {
    compare(outputs[i].first, outputs[i].second, file.read(output_path(i)), "'" + subject + "'");
  }
}

}  // namespace keraslike::models
