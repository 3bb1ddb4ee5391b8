#include "keraslike/saving/config.h"

#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::saving {

std::string write_config(const std::function<void(Fields&)>& fields) { return write_fields(fields).dump(); }

void read_config(const std::string& json, const std::string& owner, const std::function<void(Fields&)>& fields) {
  read_fields(parse_json(json, "The config of " + owner), "The config of " + owner, {}, fields);
}

}  // namespace keraslike::saving

namespace keraslike {

void Fields::refuse_sizes(std::string_view key, const std::vector<int64_t>& sizes, std::size_t expected) {
  throw ValueError("The `{}` argument must be a tuple of {} integers. Received {}={}", key, expected, key,
                   saving::Json(sizes).dump());
}

}  // namespace keraslike
