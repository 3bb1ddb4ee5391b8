#include "keraslike/utils/axes.h"

#include "keraslike/utils/errors.h"

namespace keraslike {

std::vector<int64_t> Axes::in_rank(int64_t rank, std::string_view owner) const {
  if (axes_.empty()) throw ValueError("{} expects `axis` to name at least one axis. Received: axis=[].", owner);
  std::vector<int64_t> result;
  for (const int64_t axis : axes_) {
    if (axis < -rank || axis >= rank) {
      throw ValueError("{} expects `axis` in [{}, {}) for an array of rank {}. Received: axis={}.", owner, -rank, rank,
                       rank, axis);
    }
    result.push_back(axis < 0 ? axis + rank : axis);
  }
  return result;
}

}  // namespace keraslike
