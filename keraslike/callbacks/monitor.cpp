#include "keraslike/callbacks/monitor.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::callbacks {

using metrics::Direction;

Monitor::Monitor(std::string owner, std::string key, const std::string& mode, double min_delta)
    : owner_(std::move(owner)), key_(std::move(key)), min_delta_(std::abs(min_delta)) {
  if (mode == "min") {
    direction_ = Direction::Down;
  } else if (mode == "max") {
    direction_ = Direction::Up;
  } else if (mode != "auto") {
    utils::warn(fmt::format("{} mode '{}' is unknown, fallback to auto mode.", owner_, mode));
  }
}

void Monitor::resolve(const DirectionOf& direction_of) {
  if (direction_ != Direction::Unknown) return;
  direction_ = key_ == "loss" || key_ == "val_loss" ? Direction::Down : direction_of(key_);
  if (direction_ != Direction::Unknown) return;
  throw ValueError(
      "{} callback received monitor={}, but Keras isn't able to automatically determine whether that metric should be "
      "maximized or minimized. Pass `mode='max'` in order to monitor based on the highest metric value, or pass "
      "`mode='min'` in order to use the lowest value.",
      owner_, key_);
}

std::optional<double> Monitor::value_in(const Logs& logs, std::string_view complaint) const {
  if (const double* value = logs.find(key_)) return *value;
  utils::warn(fmt::format("{} metric `{}` which is not available. Available metrics are: {}.", complaint, key_,
                          logs.items().joined_keys(",")));
  return std::nullopt;
}

bool Monitor::is_improvement(double value, std::optional<double> reference) const {
  if (!reference) return true;
  const auto best = static_cast<float>(*reference);
  if (direction_ == Direction::Up) return static_cast<float>(value - min_delta_) > best;
  return static_cast<float>(value + min_delta_) < best;
}

}  // namespace keraslike::callbacks
