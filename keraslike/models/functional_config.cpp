#include <memory>

#include "keraslike/models/functional_impl.h"
#include "keraslike/models/graph_reader.h"
#include "keraslike/models/graph_writer.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::models {

namespace {

using saving::Json;

class EntryField final : public saving::NameOrField<Layer> {
 public:
  explicit EntryField(GraphEntry& entry) : NameOrField(entry.layer), entry_(entry) {}

  void fields_beside(Fields& field) override {
    field("name", entry_.name);
    field.json("inbound_nodes", entry_.inbound_nodes);
  }

 private:
  GraphEntry& entry_;
};

class EntryListField final : public saving::ObjectListField {
 public:
  explicit EntryListField(std::vector<GraphEntry>& entries) : entries_(entries) {}

  size_t size() const override { return entries_.size(); }
  void clear() override { entries_.clear(); }
  void append() override { entries_.emplace_back(); }
  std::unique_ptr<saving::ObjectField> item(size_t index) override {
    return std::make_unique<EntryField>(entries_[index]);
  }

 private:
  std::vector<GraphEntry>& entries_;
};

}  // namespace

void FunctionalImpl::fields(Fields& field) {
  if (field.is_reading()) {
    read_graph(field);
  } else {
    write_graph(field);
  }
}

// Keras writes no policy here.
void FunctionalImpl::write_graph(Fields& field) {
  std::string name = this->name();
  bool is_trainable = trainable();
  field("name", name);
  field("trainable", is_trainable);
  const GraphWriter writer(graph_);
  std::vector<GraphEntry> entries;
  for (const Layer& layer : graph_.operations) {
    entries.push_back({layer, layer.name(), writer.inbound_nodes(layer).dump()});
  }
  EntryListField list(entries);
  field.objects("layers", list);
  std::string ends = writer.ends(inputs_).dump();
  field.json("input_layers", ends);
  ends = writer.ends(outputs_).dump();
  field.json("output_layers", ends);
}

void FunctionalImpl::read_graph(Fields& field) {
  std::string name;
  bool is_trainable = true;
  field("name", name);
  field("trainable", is_trainable);
  std::vector<GraphEntry> entries;
  EntryListField list(entries);
  field.objects("layers", list);
  std::string inputs;
  std::string outputs;
  field.json("input_layers", inputs);
  field.json("output_layers", outputs);
  if (entries.empty() || inputs.empty() || outputs.empty()) {
    throw ValueError("a Functional model expects `layers`, `input_layers` and `output_layers`.");
  }
  set_name(name);
  const layers::NameScope scope(this->name());
  GraphReader reader(entries);
  reader.make_calls();
  connect(reader.ends(Json::parse(inputs), "input_layers"), reader.ends(Json::parse(outputs), "output_layers"));
  if (!is_trainable) set_trainable(false);
}

}  // namespace keraslike::models
