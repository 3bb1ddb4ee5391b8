#include "keraslike/utils/progress_bar.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/unicode.h"

namespace keraslike::utils {

namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kGray = "\x1b[37m";
constexpr std::string_view kPlain = "\x1b[0m";

// Text, and the cells it takes, which colours do not.
struct Line {
  std::string text;
  int64_t width = 0;

  void add(std::string_view part, std::string_view color = {}) {
    text += color;
    text += part;
    if (!color.empty()) text += kPlain;
    width += display_width(part);
  }
};

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string repeat(std::string_view text, int64_t times) {
  std::string result;
  for (int64_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string count_of(int64_t current, int64_t target) {
  const std::string total = fmt::format("{}", target);
  return fmt::format("{:>{}}/{}", current, total.size(), total);
}

std::string format_step_time(double seconds, const std::string& unit) {
  if (seconds >= 1 || seconds == 0) return fmt::format("{:.0f}s/{}", seconds, unit);
  if (seconds >= 1e-3) return fmt::format("{:.0f}ms/{}", seconds * 1e3, unit);
  return fmt::format("{:.0f}us/{}", seconds * 1e6, unit);
}

std::string format_eta(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  if (seconds > 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
  if (seconds > 60) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

}  // namespace

Progbar::Progbar(std::optional<int64_t> target, ProgbarOptions options)
    : target_(target), options_(std::move(options)) {
  if (options_.stateful_metrics && options_.stateless_metrics) {
    throw ValueError(
        "Progbar expects only one of `stateful_metrics` and `stateless_metrics`: the first averages all metrics but "
        "those named, the second averages none but those named. Received both.");
  }
  if (!options_.console) options_.console = utils::console();
  if (!options_.clock) options_.clock = steady_seconds;
  start_ = options_.clock();
}

void Progbar::add(int64_t n, const Values& values) { update(seen_so_far_ + n, values); }

bool Progbar::is_due(int64_t current) {
  if (!options_.stateless_metrics || !options_.stateless_metrics->empty()) return true;
  if (!is_dynamic()) return false;
  const double now = options_.clock();
  estimate_step_duration(current, now);
  return now - last_update_ >= options_.interval;
}

void Progbar::update(int64_t current, const Values& values, std::optional<bool> finalize) {
  const bool is_last = finalize.value_or(target_ >= 0 && current >= target_);
  record(current, values, is_last);
  const double now = options_.clock();
  const double step_duration = estimate_step_duration(current, now);
  if (is_dynamic()) {
    if (now - last_update_ < options_.interval && !is_last) return;
    draw(current, step_duration, now, is_last);
    last_update_ = now;
  } else if (is_last && has_line()) {
    write_line(current, step_duration, now);
  }
}

// Keras' verbose=2 is silent where the target is not known. A bar that could not draw still says what it has seen.
bool Progbar::has_line() const { return options_.verbose == 1 || (options_.verbose == 2 && target_ > 0); }

bool Progbar::is_averaged(const std::string& name) const {
  if (options_.stateless_metrics) return options_.stateless_metrics->contains(name);
  return !options_.stateful_metrics || !options_.stateful_metrics->contains(name);
}

// An average weighs each value by the steps since the last update; the value of the last update stands alone.
void Progbar::record(int64_t current, const Values& values, bool finalize) {
  for (const auto& [name, value] : values) {
    const auto [found, is_new] = values_.try_emplace(name, Average{0, 0});
    if (is_new) order_.push_back(name);
    if (finalize || !is_averaged(name)) {
      found->second = {value, 1};
      continue;
    }
    const auto steps = static_cast<double>(std::max<int64_t>(current - seen_so_far_, 1));
    found->second.sum += value * steps;
    found->second.count += steps;
  }
  seen_so_far_ = current;
}

// The first step includes what is done once (building, planning), so later estimates leave it out.
double Progbar::estimate_step_duration(int64_t current, double now) {
  if (current == 0) return 0;
  const bool leave_out_first = time_after_first_step_ && current > 1;
  const double duration = leave_out_first ? (now - *time_after_first_step_) / static_cast<double>(current - 1)
                                          : (now - start_) / static_cast<double>(current);
  if (current == 1) time_after_first_step_ = now;
  return duration;
}

// In a line of its own Keras writes a negative value with an exponent, whatever its size.
std::string Progbar::metrics(bool is_line) const {
  std::string text;
  for (const auto& name : order_) {
    const auto& [sum, count] = values_.at(name);
    const double value = sum / std::max(1.0, count);
    if (std::isnan(value)) {
      text += fmt::format(" - {}: nan", name);
    } else if ((is_line ? value : std::abs(value)) > 1e-3) {
      text += fmt::format(" - {}: {:.4f}", name, value);
    } else {
      text += fmt::format(" - {}: {:.4e}", name, value);
    }
  }
  return text;
}

std::string Progbar::remaining(int64_t current, double step_duration, double now, bool finalize) const {
  if (target_ <= 0 || finalize) return fmt::format("{:.0f}s", now - start_);
  return format_eta(step_duration * static_cast<double>(*target_ - current));
}

void Progbar::draw(int64_t current, double step_duration, double now, bool finalize) {
  Line line;
  if (target_ > 0) {
    const double progress = static_cast<double>(current) / static_cast<double>(*target_);
    const auto done = static_cast<int64_t>(static_cast<double>(options_.width) * progress);
    line.add(count_of(current, *target_), kBold);
    line.add(" ");
    if (done > 0) line.add(repeat("━", done), kGreen);
    line.add(repeat("━", options_.width - done), kGray);
  } else {
    line.add(fmt::format("{:7}/Unknown", current));
  }
  line.add(" ");
  line.add(remaining(current, step_duration, now, finalize), kBold);
  line.add(fmt::format(" {}{}", format_step_time(step_duration, options_.unit_name), metrics(false)));

  const std::string back = repeat("\b", previous_width_) + "\r";
  const std::string rest = repeat(" ", previous_width_ - line.width) + (finalize ? "\n" : "");
  previous_width_ = line.width;
  if (options_.console->write) options_.console->write(back + line.text + rest);
}

void Progbar::write_line(int64_t current, double step_duration, double now) const {
  const std::string title = options_.title.empty() || options_.verbose == 2 ? "" : options_.title + " - ";
  const std::string count = target_ > 0 ? count_of(current, *target_) : fmt::format("{}/Unknown", current);
  const std::string step_time = format_step_time(step_duration, options_.unit_name);
  const std::string text = fmt::format("{}{} - {:.0f}s - {}{}\n", title, count, now - start_, step_time, metrics(true));
  if (options_.console->write) options_.console->write(text);
}

}  // namespace keraslike::utils
