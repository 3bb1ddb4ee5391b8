#pragma once

#include <functional>
#include <optional>
#include <string>

#include "keraslike/callbacks/callback.h"
#include "keraslike/metrics/metric.h"

namespace keraslike::callbacks {

// Which way a watched log gets better, and by how much it must: what EarlyStopping and its kin share.
class Monitor {
 public:
  // `mode` is "auto", "min" or "max"; `owner` is the callback's name for messages.
  Monitor(std::string owner, std::string name, const std::string& mode, double min_delta);

  // Where mode="auto" left it open: by the name, or by the way of the model's metric. Throws ValueError where neither
  // tells.
  void settle(const std::function<metrics::Direction(const std::string&)>& direction_of);
  bool is_settled() const { return direction_ != metrics::Direction::Unknown; }

  // The value in these logs; a warning, and nothing, where they lack it.
  std::optional<double> value_in(const Logs& logs) const;

  // Whether `value` is better than `reference` by more than the least difference; anything is better than nothing.
  bool is_improvement(double value, const std::optional<double>& reference) const;

  const std::string& name() const { return name_; }

 private:
  std::string owner_;
  std::string name_;
  double min_delta_;
  metrics::Direction direction_ = metrics::Direction::Unknown;
};

}  // namespace keraslike::callbacks
