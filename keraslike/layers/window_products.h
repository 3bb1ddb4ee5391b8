#pragma once

// The matrix products that convolutions of a planned step are made of. For sources.

#include <vector>

#include "keraslike/layers/sights.h"
#include "keraslike/utils/windows.h"

namespace keraslike::layers {

// Each group's numbers that are seen, times the kernel. Kernels are LibTorch's: (filters, channels of a group, cells).
class WindowProduct {
 public:
  enum class To { Outputs, Inputs };

  WindowProduct(const ConvolutionForm& form, To to);

  // Takes the source that `run` reads.
  void look_at(const float* source);
  void run(const float* kernel, const float* bias, bool relu, float* target);

  const float* source() const { return source_; }
  const Sights& sights() const { return sights_; }

 private:
  struct Part {
    std::vector<int64_t> runs;  // offsets of numbers that lie side by side
    int64_t length;
    std::vector<float> packed;  // by group and panel
  };

  Part part_of(const Sight& sight) const;
  void pack(const Sight& sight, const float* kernel, std::vector<float>& packed) const;
  void multiply(const Sight& sight, const Part& part, const float* bias, bool relu, float* target) const;
  int64_t width_of_panel(int64_t panel) const;

  ConvolutionForm form_;
  Sights sights_;
  int64_t rows_, columns_;  // of a group: numbers of a cell that meet one product's matrix, and that it makes of them
  int64_t source_image_, target_image_, target_width_, source_width_;
  int64_t row_stride_, column_stride_;  // in the kernel
  int64_t panels_;
  std::vector<Part> parts_;
  const float* source_ = nullptr;
};

// The kernel's gradient. Its sums are made in parts that do not depend on the number of threads.
class KernelGradient {
 public:
  KernelGradient(const ConvolutionForm& form, const Sights& outputs);

  // From the input with its margin, and the output's gradient.
  void run(const float* input, const float* output_gradient, float* kernel_gradient);

 private:
  void add_images(const float* input, const float* output_gradient, int64_t part, int64_t begin, int64_t end);
  void add_parts();
  void lay_out(float* kernel_gradient) const;

  ConvolutionForm form_;
  const Sight& sight_;
  int64_t input_image_;
  std::vector<int64_t> numbers_;  // of a window, as offsets
  int64_t width_;                 // columns in whole vectors
  int64_t parts_, slices_;        // of the batch; and of the numbers
  std::vector<float> sums_;       // (parts, groups, numbers, width)
};

}  // namespace keraslike::layers
