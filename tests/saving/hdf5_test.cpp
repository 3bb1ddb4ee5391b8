#include "keraslike/saving/hdf5.h"

#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "data/files.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::saving;

namespace {

std::string golden(const std::string& name) {
  return tests::read_bytes(std::string(KERASLIKE_SOURCE_DIR) + "/tests/saving/golden/" + name);
}

// A model of one layer, as Keras writes it.
std::string weights_file() {
  Hdf5Writer writer("w.h5");
  writer.group("vars");
  writer.attribute("vars", "name", "sequential");
  writer.dataset("layers/dense/vars/0", at::arange(6, at::kFloat).reshape({2, 3}));
  writer.dataset("layers/dense/vars/1", at::ones({3}, at::kBFloat16));
  writer.attribute("layers/dense/vars", "name", "dense");
  writer.attribute("layers", "layer_names", std::vector<std::string>{"dense", "größe"});
  return std::string(writer.finish().view());
}

bool is_equal(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && a.equal(b);
}

// Reads everything there is, and counts it.
size_t read_all(const Hdf5Reader& reader, const std::string& path = "") {
  size_t count = 1;
  const std::string begin = path.empty() ? "" : path + "/";
  reader.text(path, "name");
  reader.texts(path, "layer_names");
  for (const auto& name : reader.datasets(path)) count += reader.read(begin + name).defined() ? 1 : 0;
  for (const auto& name : reader.groups(path)) count += read_all(reader, begin + name);
  return count;
}

// True where the file is refused by name, or read to its end.
bool is_refused_or_read(std::string bytes) {
  try {
    return read_all(Hdf5Reader(std::move(bytes), "changed.h5")) > 0;
  } catch (const FileError& error) {
    return std::string(error.what()).starts_with("'changed.h5'");
  }
}

}  // namespace

TEST_CASE("An HDF5 file holds groups, datasets and attributes", "[saving][hdf5]") {
  const Hdf5Reader reader(weights_file(), "w.h5");

  CHECK(reader.groups("") == std::vector<std::string>{"layers", "vars"});
  CHECK(reader.groups("layers/dense") == std::vector<std::string>{"vars"});
  CHECK(reader.datasets("layers/dense/vars") == std::vector<std::string>{"0", "1"});
  CHECK(reader.contains("layers/dense/vars/0"));
  CHECK_FALSE(reader.contains("layers/dense/vars/2"));
  CHECK(reader.is_group("vars"));
  CHECK_FALSE(reader.is_group("layers/dense/vars/0"));
  CHECK(reader.shape("layers/dense/vars/0") == Shape{2, 3});
  CHECK(reader.dtype("layers/dense/vars/1") == DType::BFloat16);
  CHECK(is_equal(reader.read("layers/dense/vars/0"), at::arange(6, at::kFloat).reshape({2, 3})));
  CHECK(is_equal(reader.read("layers/dense/vars/1"), at::ones({3}, at::kBFloat16)));
  CHECK(reader.text("vars", "name") == "sequential");
  CHECK(reader.text("layers", "name") == std::nullopt);
  CHECK(reader.texts("layers", "layer_names") == std::vector<std::string>{"dense", "größe"});
  CHECK(reader.texts("layers", "names") == std::nullopt);
}

TEST_CASE("Every dtype and shape is read as it was written", "[saving][hdf5]") {
  const auto dtype = GENERATE(DType::Bool, DType::UInt8, DType::Int8, DType::Int16, DType::Int32, DType::Int64,
                              DType::Float16, DType::BFloat16, DType::Float32, DType::Float64);
  const auto shape = GENERATE(Shape{}, Shape{1}, Shape{0, 3}, Shape{2, 3}, Shape{2, 1, 2});
  const at::Tensor values = at::arange(shape.count()).reshape(shape).to(utils::scalar_type(dtype));
  Hdf5Writer writer("x.h5");

  writer.dataset("x", values);
  const Hdf5Reader reader(writer.finish(), "x.h5");

  CHECK(reader.dtype("x") == dtype);
  CHECK(is_equal(reader.read("x"), values));
}

TEST_CASE("A tensor that is a view, or one that learns, is written by its values", "[saving][hdf5]") {
  const at::Tensor values = at::arange(6, at::kFloat).reshape({2, 3});
  Hdf5Writer writer("x.h5");

  writer.dataset("view", values.t());
  writer.dataset("learns", values.clone().requires_grad_());
  const Hdf5Reader reader(writer.finish(), "x.h5");

  CHECK(is_equal(reader.read("view"), values.t()));
  CHECK(is_equal(reader.read("learns"), values));
}

TEST_CASE("Texts of all kinds come back", "[saving][hdf5]") {
  const std::vector<std::string> many(5000, "a_name_of_twenty_one_");
  Hdf5Writer writer("x.h5");
  writer.attribute("", "model_config", std::string(200'000, 'j'));
  writer.attribute("", "empty", "");
  writer.attribute("", "none", std::vector<std::string>{});
  writer.attribute("", "hollow", std::vector<std::string>{"", ""});
  writer.attribute("", "many", many);

  const Hdf5Reader reader(writer.finish(), "x.h5");

  CHECK(reader.text("", "model_config") == std::string(200'000, 'j'));
  CHECK(reader.text("", "empty") == "");
  CHECK(reader.texts("", "none") == std::vector<std::string>{});
  CHECK(reader.texts("", "hollow") == std::vector<std::string>{"", ""});
  CHECK(reader.texts("", "many") == many);
  CHECK(reader.texts("", "many0")->size() == 2500);
}

TEST_CASE("Two files may be open at a time, and the same calls give the same bytes", "[saving][hdf5]") {
  const Hdf5Reader first(weights_file(), "first.h5");
  Hdf5Writer writer("x.h5");
  writer.group("only");
  const Hdf5Reader second(writer.finish(), "second.h5");

  CHECK(first.groups("") == std::vector<std::string>{"layers", "vars"});
  CHECK(second.groups("") == std::vector<std::string>{"only"});
  CHECK(weights_file() == weights_file());
}

TEST_CASE("Files of h5py are read: chunks, compression, byte orders, types", "[saving][hdf5]") {
  const Hdf5Reader reader(golden("h5py.h5"), "h5py.h5");
  const at::Tensor values = at::arange(6).reshape({2, 3});

  for (const auto& type : reader.datasets("types")) {
    INFO(type);
    CHECK(is_equal(reader.read("types/" + type), values.to(utils::scalar_type(reader.dtype("types/" + type)))));
  }
  CHECK(reader.datasets("types").size() == 21);
  CHECK(reader.dtype("types/>f2") == DType::Float16);
  CHECK(reader.dtype("types/>u4") == DType::Int64);
  CHECK(is_equal(reader.read("bool"), values.remainder(2).to(at::kBool)));
  CHECK(is_equal(reader.read("packed"), at::arange(1000, at::kFloat)));
  CHECK(reader.read("unlimited").sizes() == at::IntArrayRef{0});
  CHECK(reader.text("", "variable") == "größe");
  CHECK(reader.text("", "fixed") == "abc");
  CHECK(reader.texts("", "variable_list") == std::vector<std::string>{"dense", "größe"});
  CHECK(reader.texts("", "fixed_list") == std::vector<std::string>{"dense", "x"});
  CHECK(reader.texts("", "empty_list") == std::vector<std::string>{});
}

TEST_CASE("What leads out of a file, or is of an unknown type, is refused", "[saving][hdf5]") {
  const Hdf5Reader reader(golden("hostile.h5"), "m.h5");
  const auto problem_of = [&](const std::string& path) -> std::string {
    try {
      reader.read(path);
    } catch (const FileError& error) {
      return error.what();
    }
    return "";
  };

  CHECK(problem_of("soft") == "'m.h5', 'soft': it is a soft link, which is not allowed.");
  CHECK(problem_of("soft_group/x") == "'m.h5' holds no 'soft_group/x'.");
  CHECK(problem_of("links/outside") == "'m.h5', 'links/outside': it is an external link, which is not allowed.");
  CHECK(problem_of("links/soft") == "'m.h5', 'links/soft': it is a soft link, which is not allowed.");
  CHECK(problem_of("elsewhere") == "'m.h5', 'elsewhere': its values lie in another file, which is not allowed.");
  CHECK(problem_of("virtual") == "'m.h5', 'virtual': its values lie in other datasets, which is not allowed.");
  CHECK(problem_of("bomb") == "'m.h5', 'bomb': it declares 1073741824 bytes, but stores 9.");
  CHECK(problem_of("holes") == "'m.h5', 'holes': 9 of its chunks are missing.");
  CHECK(problem_of("never_written") == "'m.h5', 'never_written': it declares 4000 bytes, but stores 0.");
  CHECK(problem_of("filter") == "'m.h5', 'filter': its values are packed by the unknown filter 32000.");
  CHECK(problem_of("null") == "'m.h5', 'null': it holds nothing, not even a shape.");
  CHECK(problem_of("type") == "'m.h5', 'type': it is neither a group nor a dataset.");
  for (const auto* name : {"complex", "compound", "opaque", "texts", "reference", "enumeration", "uint64"}) {
    CHECK(problem_of(name) ==
          "'m.h5', '" + std::string(name) +
              "': its values are of an unknown type; known are bool, integers and floating numbers.");
  }
  CHECK_FALSE(reader.contains("soft"));
  CHECK(reader.groups("") == std::vector<std::string>{"group", "links"});
  CHECK(reader.datasets("links") == std::vector<std::string>{"größe"});
}

TEST_CASE("Groups that hold themselves, or are of a newer kind, are refused", "[saving][hdf5]") {
  CHECK_THROWS_WITH(Hdf5Reader(golden("circle.h5"), "m.h5"),
                    "'m.h5', 'group/again': its group stands in two places, which is not allowed.");
  CHECK_THROWS_WITH(Hdf5Reader(golden("large_group.h5"), "m.h5"), StartsWith("'m.h5', 'layers': it is a large group"));
}

TEST_CASE("What is not there, or something else, is named", "[saving][hdf5]") {
  const Hdf5Reader reader(weights_file(), "m.keras:model.weights.h5");

  CHECK_THROWS_WITH(reader.read("layers/x"), "'m.keras:model.weights.h5' holds no 'layers/x'.");
  CHECK_THROWS_WITH(reader.read("layers"), "'m.keras:model.weights.h5', 'layers': it is a group, not a dataset.");
  CHECK_THROWS_WITH(reader.groups("layers/dense/vars/0"),
                    "'m.keras:model.weights.h5', 'layers/dense/vars/0': it is a dataset, not a group.");
  CHECK_THROWS_WITH(reader.text("layers", "layer_names"),
                    "'m.keras:model.weights.h5', 'layers': its attribute 'layer_names' holds 2 texts, not one.");
  CHECK_THROWS_WITH(reader.text("nowhere", "name"), "'m.keras:model.weights.h5' holds no 'nowhere'.");
  CHECK_THROWS_WITH(Hdf5Reader("", "m.h5"), "'m.h5' is not an HDF5 file: it does not begin as one does.");
  CHECK_THROWS_WITH(Hdf5Reader("\x89HDF\r\n\x1a\n", "m.h5"),
                    "'m.h5' can not be read as an HDF5 file: it is damaged: it leads beyond the end of the file.");
  CHECK_THROWS_WITH(Hdf5Reader(weights_file().replace(8, 1, "\x03"), "m.h5"),
                    StartsWith("'m.h5' can not be read as an HDF5 file: it is written in HDF5's newer format "
                               "(superblock 3)"));
  CHECK_THROWS_WITH(Hdf5Reader(weights_file().substr(0, 2000), "m.h5"),
                    StartsWith("'m.h5' can not be read as an HDF5 file: it is cut off: it has 2000 of "));
}

TEST_CASE("What can not be written is named", "[saving][hdf5]") {
  Hdf5Writer writer("m.h5");
  writer.dataset("x", at::ones({1}));
  writer.attribute("x", "name", "once");

  CHECK_THROWS_WITH(writer.dataset("x", at::ones({1})), StartsWith("'m.h5' can not be written: the dataset 'x': "));
  CHECK_THROWS_WITH(writer.attribute("x", "name", "twice"),
                    StartsWith("'m.h5' can not be written: the attribute 'x@name': "));
  CHECK_THROWS_WITH(writer.attribute("y", "name", "y"), StartsWith("'m.h5' can not be written: there is no 'y': "));
  CHECK_THROWS_WITH(writer.group("x/y"), StartsWith("'m.h5' can not be written: the group 'x/y': "));
  CHECK_THROWS_WITH(writer.dataset("complex", at::ones({1}, at::kComplexFloat)),
                    StartsWith("The tensor of a dataset must be bool, integer or floating."));
}

TEST_CASE("A file that is cut off anywhere is refused or read", "[saving][hdf5]") {
  const std::string whole = weights_file();

  size_t surprises = 0;
  for (size_t size = 0; size < whole.size(); size += 37) surprises += is_refused_or_read(whole.substr(0, size)) ? 0 : 1;

  CHECK(surprises == 0);
}

TEST_CASE("A file with any bit changed is refused or read", "[saving][hdf5]") {
  const std::string whole = GENERATE(weights_file(), golden("h5py.h5"));

  size_t surprises = 0;
  for (size_t i = 0; i < 5000; ++i) {
    const size_t bit = i * 7919 % (whole.size() * 8);
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    surprises += is_refused_or_read(changed) ? 0 : 1;
  }

  CHECK(surprises == 0);
}

TEST_CASE("Large datasets are written in order whatever lies how, between small ones", "[saving][hdf5]") {
  const auto type = GENERATE(at::kFloat, at::kDouble, at::kBFloat16, at::kLong, at::kBool, at::kByte);
  const at::Tensor values = at::arange(300 * 500, at::kDouble).reshape({300, 500}).remainder(251).to(type);
  const at::Tensor odd = at::ones({3}, at::kByte);
  Hdf5Writer writer("x.h5");
  writer.dataset("a/odd", odd);  // what follows need not begin at a multiple of its size
  writer.dataset("a/turned", values.t());
  writer.dataset("a/straight", values);
  writer.dataset("b/part", values.slice(1, 3, 400));
  writer.dataset("b/odd", odd);

  const Hdf5Reader reader(writer.finish(), "x.h5");

  CHECK(is_equal(reader.read("a/turned"), values.t()));
  CHECK(is_equal(reader.read("a/straight"), values));
  CHECK(is_equal(reader.read("b/part"), values.slice(1, 3, 400)));
  CHECK(is_equal(reader.read("b/odd"), odd));
  CHECK(is_equal(reader.borrow("a/turned"), values.t()));
  CHECK(is_equal(reader.borrow("b/part"), values.slice(1, 3, 400)));
}

TEST_CASE("Borrowed values stay when the reader is gone", "[saving][hdf5]") {
  Hdf5Writer writer("x.h5");
  writer.dataset("zeros", at::zeros({0}));
  writer.dataset("x", at::arange(6, at::kFloat));
  at::Tensor borrowed;
  {
    const Hdf5Reader reader(std::string(writer.finish().view()), "x.h5");
    borrowed = reader.borrow("x");
    CHECK(reader.borrow("zeros").numel() == 0);
  }

  CHECK(is_equal(borrowed, at::arange(6, at::kFloat)));
}
