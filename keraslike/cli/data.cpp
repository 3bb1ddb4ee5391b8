#include "keraslike/cli/commands.h"

namespace keraslike::cli {

namespace {

// The member is what stands behind the last colon; an archive with one array needs none.
Array load_member(const std::string& file) {
  const size_t colon = file.rfind(".npz:");
  const data::Npz archive = data::load_npz(colon == std::string::npos ? file : file.substr(0, colon + 4));
  if (colon != std::string::npos) return archive[file.substr(colon + 5)];
  if (archive.size() == 1) return archive.begin()->second;
  throw ValueError("'{0}' holds {1} arrays. Say which: {0}:NAME. {2}", file, archive.size(),
                   utils::describe_names("", archive.names()));
}

}  // namespace

Array load_array(const std::string& file) {
  if (file.ends_with(".npz") || file.find(".npz:") != std::string::npos) return load_member(file);
  if (file.ends_with(".npy")) return data::load_npy(file);
  if (file.ends_with(".csv")) return data::read_csv(file).to_array();
  throw ValueError("Data come from files that end in .npy, .npz (with :NAME of the array) or .csv. Received: {}", file);
}

Data load_data(const Files& files) {
  if (files.empty()) return none;
  if (files.size() == 1) return load_array(files.front());
  std::vector<Array> arrays;
  for (const auto& file : files) arrays.push_back(load_array(file));
  return Data(arrays);
}

}  // namespace keraslike::cli
