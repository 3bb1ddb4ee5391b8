#include "keraslike/data/texts.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <ATen/ops/from_blob.h>

#include "keraslike/utils/errors.h"

namespace keraslike::data {

namespace {

using TextTable = std::vector<std::string>;

// A text's place: the number of its table, from 1 on, and its index there.
struct Place {
  uint32_t table = 0;
  uint32_t index = 0;
};
static_assert(sizeof(Place) == sizeof(c10::complex<float>));

// All tables that tensors need.
class Tables {
 public:
  static Tables& all() {
    static Tables tables;
    return tables;
  }

  uint32_t add(std::shared_ptr<const TextTable> table) {
    const std::scoped_lock lock(mutex_);
    while (++last_ == 0 || tables_.count(last_) > 0) {}
    tables_.emplace(last_, std::move(table));
    return last_;
  }

  void remove(uint32_t number) {
    const std::scoped_lock lock(mutex_);
    tables_.erase(number);
  }

  std::shared_ptr<const TextTable> find(uint32_t number) {
    const std::scoped_lock lock(mutex_);
    const auto found = tables_.find(number);
    return found == tables_.end() ? nullptr : found->second;
  }

 private:
  std::mutex mutex_;
  std::map<uint32_t, std::shared_ptr<const TextTable>> tables_;
  uint32_t last_ = 0;
};

// The places that a tensor is made of, and with them the table.
struct Owned {
  explicit Owned(const Strings& texts) : places(texts.values().size()) {
    number = Tables::all().add(std::make_shared<const TextTable>(texts.values()));
    for (size_t i = 0; i < places.size(); ++i) places[i] = {number, static_cast<uint32_t>(i)};
  }
  ~Owned() { Tables::all().remove(number); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  std::vector<Place> places;
  uint32_t number = 0;
};

}  // namespace

at::Tensor tensor_of(const Strings& texts) {
  auto owned = std::make_shared<Owned>(texts);
  void* memory = owned->places.data();
  return at::from_blob(memory, texts.shape(), [owned](void*) mutable { owned.reset(); }, at::kComplexFloat);
}

bool is_text(const at::Tensor& tensor) { return tensor.scalar_type() == at::kComplexFloat; }

Strings strings_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.cpu().contiguous();
  const auto* places = reinterpret_cast<const Place*>(flat.data_ptr());
  std::vector<std::string> texts(static_cast<size_t>(flat.numel()));
  std::shared_ptr<const TextTable> table;
  uint32_t number = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (places[i].table == 0) continue;
    if (places[i].table != number) table = Tables::all().find(number = places[i].table);
    if (!table || places[i].index >= table->size()) {
      throw ValueError("A tensor of texts outlived the texts that it stands for. Keep the Strings, and use these.");
    }
    texts[i] = (*table)[places[i].index];
  }
  return Strings(Shape(tensor.sizes().begin(), tensor.sizes().end()), std::move(texts));
}

}  // namespace keraslike::data
