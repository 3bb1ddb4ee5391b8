#pragma once

// For sources.

#include <optional>
#include <string>

#include "keraslike/optimizers/learning_rate.h"
#include "keraslike/saving/fields.h"

namespace keraslike::optimizers {

// A learning rate in a config: a number or a schedule. `current` is what a number is by now.
class LearningRateField final : public saving::ObjectField {
 public:
  LearningRateField(LearningRate& value, double current) : value_(value), current_(current) {}

  bool is_none() const override { return false; }
  std::optional<double> number() const override;
  std::string identifier() const override { return {}; }
  ClassIdentity identity() const override;
  saving::Configured& object() const override;
  void set_none() override;
  bool set_number(double number) override;
  void set_identifier(const std::string& name) override;
  void create(const std::string& class_name) override;

 private:
  LearningRate& value_;
  double current_;
};

}  // namespace keraslike::optimizers
