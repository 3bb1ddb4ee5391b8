#include "keraslike/data/npy.h"

#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>

#include "data/files.h"
#include "keraslike/utils/errors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::data;
using tests::golden;
using tests::TemporaryFile;

namespace {

// A version 1 file with this header and as many bytes of values.
std::string npy(const std::string& header, size_t value_bytes) {
  const std::string begin = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size() & 0xff) +
                            static_cast<char>(header.size() >> 8);
  return begin + header + std::string(value_bytes, '\x01');
}

std::string with_shape(const std::string& shape, size_t value_bytes) {
  return npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }\n", value_bytes);
}

// What is said of a file with these bytes, after its name.
std::string problem_of(const std::string& bytes) {
  const TemporaryFile file(".npy", bytes);
  try {
    load_npy(file.path);
  } catch (const FileError& error) {
    const std::string begin = "'" + file.path + "' can not be read as a NumPy array: ";
    return std::string(error.what()).starts_with(begin) ? error.what() + begin.size() : error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Every number type of NumPy is read, in both orders and byte orders", "[data][npy]") {
  const std::map<std::string, DType> dtypes{
      {"bool", DType::Bool},  {"i1", DType::Int8},  {"u1", DType::UInt8},   {"i2", DType::Int16},
      {"i4", DType::Int32},   {"i8", DType::Int64}, {"u2", DType::Int32},   {"u4", DType::Int64},
      {"u8", DType::Int64},   {"f2", DType::Float16}, {"f4", DType::Float32}, {"f8", DType::Float64}};
  const Array expected{{0, 1, 2}, {3, 4, 5}};
  const Array expected_bool{{0, 1, 0}, {1, 0, 1}};

  const Npz archive = load_npz(golden("all_types.npz"));

  CHECK(archive.size() == 48);
  for (const auto& [name, array] : archive) {
    const std::string type = name.substr(name.find('_') + 1, name.rfind('_') - name.find('_') - 1);
    INFO(name);
    CHECK(array == (type == "bool" ? expected_bool : expected).astype(dtypes.at(type)));
  }
}

TEST_CASE("All three versions of the .npy format are read", "[data][npy]") {
  const auto* version = GENERATE("version_1.npy", "version_2.npy", "version_3.npy");

  CHECK(load_npy(golden(version)) == Array{0.0f, 1.0f, 2.0f});
}

TEST_CASE("An archive is a list of names and arrays in its own order", "[data][npy]") {
  const Npz archive = load_npz(golden("stored.npz"));

  CHECK(archive.names() == std::vector<std::string>{"x", "y", "empty"});
  CHECK(archive["x"] == Array::ones({2, 2}));
  CHECK(archive["y"].shape() == Shape{});
  CHECK(archive["y"].item() == 2.5);
  CHECK(archive["empty"].shape() == Shape{0, 3});
  CHECK(archive.contains("x"));
  CHECK_FALSE(archive.contains("z"));
  CHECK_THROWS_WITH(archive["z"], StartsWith("The archive has no array 'z'."));
}

TEST_CASE("What is saved is read back the same", "[data][npy]") {
  const auto dtype = GENERATE(DType::Bool, DType::UInt8, DType::Int8, DType::Int16, DType::Int32, DType::Int64,
                              DType::Float16, DType::Float32, DType::Float64);
  const auto shape = GENERATE(Shape{}, Shape{1}, Shape{0, 3}, Shape{2, 3}, Shape{2, 1, 2});
  const Array array =
      Array::arange(shape.count(), dtype == DType::Bool ? DType::Int32 : dtype).reshape(shape).astype(dtype);
  const TemporaryFile file(".npy");

  save_npy(file.path, array);

  CHECK(load_npy(file.path) == array);
}

TEST_CASE("Whatever Data takes can be saved", "[data][npy]") {
  const TemporaryFile file(".npy");
  const at::Tensor transposed = at::arange(4, at::kFloat).reshape({2, 2}).t();

  save_npy(file.path, transposed);
  CHECK(load_npy(file.path) == Array{{0.0f, 2.0f}, {1.0f, 3.0f}});
  save_npy(file.path, {{1, 2}});
  CHECK(load_npy(file.path) == Array{{1, 2}});
}

TEST_CASE("The header of a saved file is NumPy's, padded to 64 bytes", "[data][npy]") {
  const TemporaryFile file(".npy");

  save_npy(file.path, Array{1.0f, 2.0f});

  const std::string bytes = tests::read_bytes(file.path);
  CHECK(bytes.size() == 128 + 8);
  CHECK(bytes.substr(10, 60) == "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }   ");
  CHECK(bytes[127] == '\n');
}

TEST_CASE("An archive holds named arrays or a list", "[data][npy]") {
  const TemporaryFile file(".npz");
  const Array x{{1, 2}};

  save_npz(file.path, Data::named({{"x", x}, {"größe", {1.5, 2.5}}}));
  CHECK(load_npz(file.path).names() == std::vector<std::string>{"x", "größe"});
  CHECK(load_npz(file.path)["größe"] == Array{1.5, 2.5});
  save_npz(file.path, {x, x});
  CHECK(load_npz(file.path).names() == std::vector<std::string>{"arr_0", "arr_1"});
  CHECK_THROWS_WITH(save_npz(file.path, {}), "save_npz expects `arrays` to hold one array at least. Received: none.");
}

TEST_CASE("Damaged and hostile .npy files are refused by name", "[data][npy]") {
  CHECK(problem_of("") == "it does not begin as a .npy file does.");
  CHECK(problem_of("PK\x03\x04 not an array") == "it does not begin as a .npy file does.");
  CHECK(problem_of(std::string("\x93NUMPY\x09\x00\x00\x00", 10)) == "its format version is 9, known are 1 to 3.");
  CHECK(problem_of(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12)) == "its header is cut off.");
  CHECK(problem_of(std::string("\x93NUMPY\x02\x00\x00", 9)) == "it does not begin as a .npy file does.");
  CHECK(problem_of(npy("{'descr': '<f4'}", 0)) == "'fortran_order' in its header is missing or damaged.");
  CHECK(problem_of(npy("{}", 0)) == "'descr' in its header is missing or damaged.");
  CHECK(problem_of(with_shape("2, 3", 23)) == "its shape (2, 3) needs 24 bytes, but 23 are there.");
  CHECK(problem_of(with_shape("2, -3", 24)) == "'shape' in its header is missing or damaged.");
  CHECK(problem_of(with_shape("2 3", 24)) == "'shape' in its header is missing or damaged.");
  CHECK(problem_of(with_shape("4611686018427387904,", 0)) == "its shape is too large.");
  CHECK(problem_of(with_shape("0, 4611686018427387904", 0)) == "its shape is too large.");
  CHECK(problem_of(with_shape("99999999999999999999,", 0)) == "its shape is too large.");
  CHECK(problem_of(with_shape("1000000000000,", 8)) ==
        "its shape (1000000000000,) needs 4000000000000 bytes, but 8 are there.");
  CHECK(problem_of(npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8)) ==
        "its values are of type 'c8'; known are real numbers of 1 to 8 bytes.");
  CHECK(problem_of(npy("{'descr': '>', 'fortran_order': False, 'shape': (1,), }", 8)) ==
        "its values are of type '>'; known are real numbers of 1 to 8 bytes.");
}

TEST_CASE("Long headers of nonsense are refused, not followed", "[data][npy]") {
  const auto* filler = GENERATE("1,", "(", " ", "'", "9");
  std::string nonsense;
  while (nonsense.size() < 60000) nonsense += filler;

  CHECK_FALSE(problem_of(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + nonsense, 4)).empty());
  CHECK_FALSE(problem_of(npy("{'descr': " + nonsense, 4)).empty());
}

TEST_CASE("Objects, records and unsigned values past int64 are refused", "[data][npy]") {
  CHECK_THROWS_WITH(load_npy(golden("objects.npy")), ContainsSubstring("its values are of type 'O'"));
  CHECK_THROWS_WITH(load_npy(golden("records.npy")), ContainsSubstring("'descr' in its header is no single type"));
  CHECK_THAT(problem_of(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (8,), }", 8)), Equals(""));
  std::string large = npy("{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }", 8);
  large.back() = '\xff';
  CHECK_THAT(problem_of(large), ContainsSubstring("which int64 can not hold"));
}

TEST_CASE("A file that is cut off anywhere is refused or whole", "[data][npy]") {
  const std::string whole = tests::read_bytes(golden("stored.npz"));
  const std::string array = tests::read_bytes(golden("version_1.npy"));

  for (size_t size = 0; size < array.size(); ++size) CHECK_FALSE(problem_of(array.substr(0, size)).empty());
  for (size_t size = 0; size < whole.size(); size += 7) {
    const TemporaryFile file(".npz", whole.substr(0, size));
    CHECK_THROWS_AS(load_npz(file.path), FileError);
  }
}

TEST_CASE("An archive with any byte changed is read or refused, never more", "[data][npy]") {
  const std::string whole = tests::read_bytes(golden("stored.npz"));

  for (size_t i = 0; i < whole.size(); i += 3) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x55);
    const TemporaryFile file(".npz", changed);
    size_t arrays = 0;
    try {
      arrays = load_npz(file.path).size();
    } catch (const FileError& error) {
      CHECK_THAT(error.what(), ContainsSubstring(file.path));
    }
    CHECK(arrays <= 3);
  }
}

TEST_CASE("Missing files and folders are named", "[data][npy]") {
  CHECK_THROWS_WITH(load_npy("/nowhere/x.npy"), StartsWith("File not found: '/nowhere/x.npy'."));
  CHECK_THROWS_WITH(load_npz("/nowhere/x.npz"), StartsWith("File not found: '/nowhere/x.npz'."));
  CHECK_THROWS_AS(load_npy("/tmp"), FileError);
  CHECK_THROWS_AS(load_npz("/tmp"), FileError);
  CHECK_THROWS_WITH(save_npy("/nowhere/x.npy", {1}), StartsWith("'/nowhere/x.npy' can not be written"));
  CHECK_THROWS_WITH(save_npz("/nowhere/x.npz", {1}), StartsWith("'/nowhere/x.npz' can not be written"));
  CHECK_THROWS_WITH(save_npy("x.npy", at::ones({1}, at::kBFloat16)), StartsWith("NumPy has no bfloat16."));
}
