#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

struct MuonOptions {
  LearningRate learning_rate = 0.001;
  double adam_beta_1 = 0.9;
  double adam_beta_2 = 0.999;
  std::optional<double> adam_weight_decay = 0.004;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = 0.004;
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::vector<std::string> exclude_layers = {};  // as regular expressions
  bool exclude_embeddings = true;
  double muon_a = 3.4445;
  double muon_b = -4.7750;
  double muon_c = 2.0315;
  double adam_lr_ratio = 1.0;
  double momentum = 0.95;
  int64_t ns_steps = 5;
  bool nesterov = true;
  std::optional<double> rms_rate = 0.2;
  std::string name = {};
};

// Momentum made orthogonal: five Newton-Schulz steps bring all singular values of a matrix' update near one (Jordan et
// al., kellerjordan.github.io/posts/muon), and `rms_rate` scales it by the longer side (arXiv:2502.16982). Weights that
// are no matrices, embeddings, and those whose path matches one of `exclude_layers` follow AdamW, with
// `learning_rate` * `adam_lr_ratio` and `adam_weight_decay`.
class Muon : public Optimizer {
 public:
  explicit Muon(MuonOptions options = {});
  explicit Muon(LearningRate learning_rate, MuonOptions options = {});
};

}  // namespace keraslike::optimizers
