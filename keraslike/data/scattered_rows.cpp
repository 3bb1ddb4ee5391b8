#include "keraslike/data/scattered_rows.h"

#include <cstring>

#include "keraslike/utils/large_memory.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::data {

const at::Tensor& ScatteredRows::together() const {
  constexpr int64_t kBytesPerThread = 1 << 20;
  std::call_once(gathering_, [this] {
    together_ = utils::empty_large(shape_, utils::scalar_type(dtype_));
    auto* const to = static_cast<char*>(together_.data_ptr());
    const int64_t bytes = length() * static_cast<int64_t>(together_.element_size());
    const int64_t parts = utils::threads_for(count() * bytes, kBytesPerThread);
    utils::for_ranges(count(), parts, /*grain=*/1, [&](int64_t begin, int64_t end) {
      if (bytes == 0) return;  // memcpy takes no null pointers, which empty rows may have
      for (int64_t i = begin; i < end; ++i) std::memcpy(to + i * bytes, row(i), static_cast<size_t>(bytes));
    });
  });
  return together_;
}

}  // namespace keraslike::data
