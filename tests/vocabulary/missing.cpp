#include "vocabulary/missing.h"

namespace test {

const std::vector<Missing>& missing() {
  static const std::vector<Missing> all{
      {"layers", {"TorchModuleWrapper"}, "holds a module of Python's; `TorchModule` holds one of LibTorch's"},
      {"layers", {"FlaxLayer", "JaxLayer", "TFSMLayer"}, "hold what only JAX and TensorFlow can run"},
      {"layers", {"InputLayer", "InputSpec"}, "`Input` and each layer's own checks stand for them"},
      {"callbacks", {"RemoteMonitor"}, "posts to a web server"},
      {"callbacks", {"TensorBoard"}, "writes the event files of another program"},
      {"callbacks", {"OrbaxCheckpoint"}, "writes files that only JAX' Orbax reads"},
  };
  return all;
}

std::set<std::string> missing_of(const std::string& room) {
  std::set<std::string> result;
  for (const auto& entry : missing()) {
    if (entry.room == room) result.insert(entry.names.begin(), entry.names.end());
  }
  return result;
}

}  // namespace test
