#pragma once

// For sources.

#include <exception>
#include <string>

#include <c10/util/Exception.h>

#include "keraslike/models/model.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::models {

constexpr const char* kKerasVersion = "3.15.1";  // whose formats these are

// A model as JSON, and from it. `where` begins messages.
saving::Json model_to_json(const Model& model);
Model model_from_json(const saving::Json& json, const std::string& where, const saving::ReadOptions& options);

// What a file says is no argument of the caller's: its faults are the file's, be it that a config is not of the form
// that is expected, or that it asks for numbers or memory that there are not.
template <class Read>
auto as_file_errors(const std::string& path, Read read) {
  constexpr size_t kMostCharacters = 590;
  constexpr size_t kMostOfReason = 200;
  try {
    return read();
  } catch (const FileError&) {
    throw;
  } catch (const ValueError& error) {
    throw FileError(std::string(error.what()).substr(0, kMostCharacters));
  } catch (const c10::Error& error) {
    throw FileError("'{}' describes what LibTorch can not make: {}", path,
                    std::string(error.what_without_backtrace()).substr(0, kMostOfReason));
  } catch (const std::exception& error) {
    throw FileError("'{}' describes no model that can be made: {}", path,
                    std::string(error.what()).substr(0, kMostOfReason));
  }
}

// A `.keras` archive.
void write_keras_file(const Model& model, const std::string& path, const SaveOptions& options);
Model read_keras_file(const std::string& path, const LoadModelOptions& options);

// A folder with the members of such an archive.
Model read_keras_folder(const std::string& path, const LoadModelOptions& options);

}  // namespace keraslike::models
