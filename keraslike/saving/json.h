#pragma once

// For sources.

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

#include "keraslike/saving/fields.h"

namespace keraslike::saving {

using Json = nlohmann::ordered_json;

struct ReadOptions {
  bool keep_unknown_keys = false;  // a user's own config is refused for them; a file's are kept, to be written back
  bool compile = true;             // models as their files say
};

// Python writes three words where JSON has no number. Here they are strings that no name can be mistaken for.
inline const std::string kNotANumber = "\x1bNaN";
inline const std::string kInfinity = "\x1bInfinity";
inline const std::string kMinusInfinity = "\x1b-Infinity";

// JSON as Python writes it. Throws ValueError beginning with `subject` where it is not JSON or nested deeper than 200.
Json parse_json(const std::string& text, const std::string& subject);

// As Python's json.dumps writes it: one line, ", " and ": " between, other characters than ASCII escaped.
std::string dump_json(const Json& json);

// A config through the fields that describe it; reading returns the keys that they did not ask for. `where` begins each
// message, and says what the config is of.
Json write_fields(const std::function<void(Fields&)>& fields);
Json read_fields(const Json& json, const std::string& where, const ReadOptions& options,
                 const std::function<void(Fields&)>& fields);

// An argument that may be a name, an object or none, as short as its kind allows.
Json write_argument(ObjectField& value);
void read_argument(const Json& json, const std::string& where, const ReadOptions& options, ObjectField& value);

// A whole object: module, class name, config, registered name, and what it was built for.
Json write_object(ObjectField& object);
void read_object(const Json& json, const std::string& where, const ReadOptions& options, ObjectField& object);

}  // namespace keraslike::saving
