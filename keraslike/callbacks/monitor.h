#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "keraslike/callbacks/logs.h"
#include "keraslike/metrics/metric.h"

namespace keraslike::callbacks {

// A logged value that should get better, and what "better" means: shared by EarlyStopping, ReduceLROnPlateau and
// whoever keeps the best.
class Monitor {
 public:
  // Which way the metric behind a log key gets better.
  using DirectionOf = std::function<metrics::Direction(const std::string& log_key)>;

  // `owner` is the callback's class name, for messages; `mode` is "min", "max" or "auto", to which all else falls back
  // with a warning.
  Monitor(std::string owner, std::string key, const std::string& mode, double min_delta);

  const std::string& key() const { return key_; }

  // Decides the direction of "auto", once: a loss gets smaller, a metric knows. Throws ValueError where it does not.
  void resolve(const DirectionOf& direction_of);

  // The value in these logs. Where they lack it, nothing, and a warning that begins with `complaint`.
  std::optional<double> value_in(const Logs& logs, std::string_view complaint) const;

  // Whether `value` beats `reference` by more than `min_delta`; anything beats none. To be asked after `resolve`.
  // Compares in float32, as Keras does.
  bool is_improvement(double value, std::optional<double> reference) const;

 private:
  std::string owner_;
  std::string key_;
  metrics::Direction direction_ = metrics::Direction::Unknown;
  double min_delta_;
};

}  // namespace keraslike::callbacks
