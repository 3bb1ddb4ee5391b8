#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/utils/console.h"

namespace keraslike::utils {

struct ProgbarOptions {
  int64_t width = 20;
  int64_t verbose = 1;
  double interval = 0.05;
  std::optional<std::set<std::string>> stateful_metrics = {};
  std::optional<std::set<std::string>> stateless_metrics = {};
  std::string unit_name = "step";
  std::string title = {};               // begins the line that a file gets
  std::optional<Console> console = {};  // by default the library's, as it is when the bar is made
  std::function<double()> clock = {};   // seconds since any moment
};

// Keras' progress line. With verbose=1 it is redrawn in place in a terminal, at most every `interval` seconds;
// elsewhere, where backspaces would only fill a file, one plain line is written when it is finished, as with verbose=2.
// Metrics are averaged over the updates, but for `stateful_metrics`, or but for all that `stateless_metrics` lacks.
class Progbar {
 public:
  using Values = std::vector<std::pair<std::string, double>>;

  // The number of steps to come, or `none` where nobody knows.
  explicit Progbar(std::optional<int64_t> target, ProgbarOptions options = {});

  // `finalize` ends the line; by default once `current` has reached the target.
  void update(int64_t current, const Values& values = {}, std::optional<bool> finalize = {});
  void add(int64_t n, const Values& values = {});

  // Notes the step, and tells whether an update would show anything or needs its values for an average. Asked first,
  // it spares the making of values that nobody sees: all it costs is a look at the clock.
  bool is_due(int64_t current);

  std::optional<int64_t> target() const { return target_; }
  void set_target(int64_t target) { target_ = target; }

 private:
  struct Average {
    double sum;
    double count;
  };

  bool is_averaged(const std::string& name) const;
  void record(int64_t current, const Values& values, bool finalize);
  double estimate_step_duration(int64_t current, double now);
  bool is_dynamic() const { return options_.verbose == 1 && options_.console->is_terminal; }
  bool has_line() const;
  std::string metrics(bool is_line) const;
  std::string remaining(int64_t current, double step_duration, double now, bool finalize) const;
  void draw(int64_t current, double step_duration, double now, bool finalize);
  void write_line(int64_t current, double step_duration, double now) const;

  std::optional<int64_t> target_;
  ProgbarOptions options_;
  double start_;
  double last_update_ = -std::numeric_limits<double>::infinity();
  std::optional<double> time_after_first_step_;
  int64_t seen_so_far_ = 0;
  int64_t previous_width_ = 0;
  std::vector<std::string> order_;
  std::map<std::string, Average> values_;
};

}  // namespace keraslike::utils
