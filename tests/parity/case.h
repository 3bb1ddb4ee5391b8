#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "keraslike/keraslike.h"

// What parity.py wrote: a model, data, and what Keras made of them.
namespace parity {

// The share of the case's tolerance that an error may have; two Keras backends stay within about 0.01.
constexpr double kLimit = 0.1;
double limit_of(const std::string& name);

// Whole models, "adamw", and models of one layer, "layers/LSTM_00".
std::filesystem::path folder(const std::string& name);
nlohmann::json read_json(const std::filesystem::path& path);
std::vector<std::string> all_cases();
std::vector<std::string> all_layers();

// The largest errors as shares of the tolerance that the case allows.
struct Worst {
  double before = 0, history = 0, evaluate = 0, after = 0;
  double all() const;
};

double excess(const std::vector<double>& got, const std::vector<double>& want, const nlohmann::json& item);

// Does with the model, which has its first weights, what parity.py did.
Worst run(const std::string& name, keraslike::Model model);

// Does the same, without looking at what Keras made of it: history, scores and predictions.
std::vector<double> course(const std::string& name, keraslike::Model model);

void print(const std::string& name, const Worst& worst);

}  // namespace parity
