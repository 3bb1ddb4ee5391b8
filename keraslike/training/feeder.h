#pragma once

// For sources.

#include <optional>

#include <ATen/core/Tensor.h>

#include "keraslike/training/batches.h"

namespace keraslike::training {

// Brings batches of samples, which lie in main memory, to where the network computes. On the CPU they are there; to
// another device the next batch is on its way while the one before is computed.
class Feeder {
 public:
  // The samples outlive it.
  explicit Feeder(const Samples& samples) : samples_(samples) {}

  const Samples& samples() const { return samples_; }

  // The rows on `device`, which were sent ahead or are sent now.
  Samples take(const BatchRows& rows, at::Device device);

  // To be called as soon as a step is queued: what the stream gives next goes where the last batch went.
  void send_ahead(const BatchStream& batches);

 private:
  struct Sent {
    BatchRows rows;
    at::Device device;
    Samples batch;
  };

  const Samples& samples_;
  at::Device device_ = at::kCPU;  // of the last batch
  std::optional<Sent> ahead_;
};

}  // namespace keraslike::training
