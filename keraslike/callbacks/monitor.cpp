#include "keraslike/callbacks/monitor.h"

#include <cmath>
#include <vector>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::callbacks {

Monitor::Monitor(std::string owner, std::string name, const std::string& mode, double min_delta)
    : owner_(std::move(owner)), name_(std::move(name)), min_delta_(std::abs(min_delta)) {
  if (mode == "min") {
    direction_ = metrics::Direction::Down;
  } else if (mode == "max") {
    direction_ = metrics::Direction::Up;
  } else if (mode != "auto") {
    utils::warn(fmt::format("{} mode '{}' is unknown, fallback to auto mode.", owner_, mode));
  }
}

void Monitor::settle(const std::function<metrics::Direction(const std::string&)>& direction_of) {
  if (!is_settled()) direction_ = direction_of(name_);
  if (is_settled()) return;
  throw ValueError("{} callback received monitor='{}', but it is not known whether that metric should be maximized or "
                   "minimized. Set `mode` to \"max\" or \"min\".", owner_, name_);
}

std::optional<double> Monitor::value_in(const Logs& logs) const {
  const auto found = logs.find(name_);
  if (found != logs.end()) return found->second;
  std::string available;
  for (const auto& [name, value] : logs) available += (available.empty() ? "" : ",") + name;
  utils::warn(fmt::format("{} is conditioned on metric `{}` which is not available. Available metrics are: {}", owner_,
                          name_, available));
  return std::nullopt;
}

bool Monitor::is_improvement(double value, const std::optional<double>& reference) const {
  if (!reference) return true;
  return direction_ == metrics::Direction::Up ? value > *reference + min_delta_ : value < *reference - min_delta_;
}

}  // namespace keraslike::callbacks
