// Values made by Keras 3.15.1 with KERAS_BACKEND=torch (torch 2.13): keras.initializers.GlorotUniform(seed=1)((2, 3))
// and so on, with the arguments of each row.

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/initializers/initializers.h"
#include "keraslike/initializers/windows.h"
#include "keraslike/utils/random.h"

#include "support/tensors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::initializers;
using test::differences;

namespace {

struct Golden {
  Initializer initializer;
  Shape shape;
  std::vector<double> values;
};

const std::vector<Golden>& draws() {
  static const std::vector<Golden> instance{
    {GlorotUniform({.seed = 1}),
     {2, 3},
     {0.564442635, -0.483505666, -0.212364614, 0.514167905, -1.03129244, 0.656957388}},
    {GlorotNormal({.seed = 1}),
     {2, 3},
     {-1.09691167, -0.0720207393, 0.315745145, 0.100208856, -0.574082494, -0.0403647199}},
    {HeUniform({.seed = 1}),
     {2, 3},
     {0.892462134, -0.764489532, -0.335777879, 0.812970757, -1.63061655, 1.03874075}},
    {HeNormal({.seed = 1}),
     {2, 3},
     {-1.73436952, -0.113874778, 0.499236882, 0.158444107, -0.907704115, -0.0638222247}},
    {LecunUniform({.seed = 1}),
     {2, 3},
     {0.631065965, -0.540575743, -0.237430871, 0.574857235, -1.15302002, 0.734500647}},
    {LecunNormal({.seed = 1}),
     {2, 3},
     {-1.2263844, -0.0805216283, 0.353013784, 0.112036906, -0.641843736, -0.0451291278}},
    {RandomNormal({.mean = 1, .stddev = 2, .seed = 1}),
     {2, 3},
     {2.32270432, 1.53384817, 1.12335455, 2.24263477, 0.0961880684, 0.667739511}},
    {RandomNormal({.seed = 5}),
     {20},
     {0.0921164975, 0.0259443577, -0.0855960697, -0.0850689635, -0.00648313388, -0.0300882813, 0.00724992855,
      -0.00749135856, 0.130728856, -0.0217011478, 0.017616773, -0.00322757405, 0.0741466209, 0.0247019045,
      0.0124609387, 0.0873515755, 0.0372388475, 0.00158284476, -0.0586207174, -0.0753470212}},
    {TruncatedNormal({.mean = 1, .stddev = 2, .seed = 1}),
     {2, 3},
     {-2.05119181, 0.79966563, 1.87828314, 1.27874303, -0.596879601, 0.887720644}},
    {RandomUniform({.minval = -2, .maxval = 3, .seed = 1}),
     {2, 3},
     {1.78815794, -0.60344553, 0.0153462887, 1.67342234, -1.85359216, 1.99929309}},
    {RandomUniform({.minval = -2, .maxval = 3, .seed = 1}),
     {},
     {1.78815794}},
    {RandomNormal({.seed = 1}),
     {},
     {0.0330676101}},
    {TruncatedNormal({.seed = 1}),
     {},
     {0.0330676101}},
    {RandomNormal({.seed = 4294967297}),
     {2, 3},
     {0.0330676101, 0.0133462045, 0.00308386283, 0.0310658664, -0.0225952975, -0.00830651168}},
    {RandomNormal({.seed = -1}),
     {2, 3},
     {0.0609881505, -0.0196489748, 0.0511537567, -0.0186710563, -0.00377550977, -0.0629113838}},
    {VarianceScaling({.scale = 3, .mode = "fan_out", .distribution = "untruncated_normal", .seed = 1}),
     {2, 3},
     {0.661352158, 0.266924113, 0.0616772585, 0.621317327, -0.451905966, -0.16613023}},
    {VarianceScaling({.scale = 0.5, .mode = "fan_avg", .distribution = "Normal", .seed = 1}),
     {2, 3},
     {-0.775633633, -0.0509263501, 0.223265529, 0.0708583593, -0.405937612, -0.0285421666}},
    {VarianceScaling({.distribution = "uniform", .seed = 1}),
     {5},
     {0.399121165, -0.341890126, -0.150164485, 0.363571644, -0.729233921}},
    {VarianceScaling({.distribution = "uniform", .seed = 1}),
     {},
     {0.892462134}},
    {VarianceScaling({.mode = "fan_out", .distribution = "uniform", .seed = 1}),
     {2, 1, 2, 3},
     {0.364346087, -0.312101543, -0.137080789, 0.331893981, -0.665696383, 0.4240641, -0.145469785, 0.359736264,
      0.098299861, -0.086581111, 0.196123779, 0.0348828435}},
    {VarianceScaling({.distribution = "uniform", .seed = 1, .input_axes = {{0}}, .output_axes = {{1, 2}}}),
     {2, 2, 3},
     {0.631065965, -0.540575743, -0.237430871, 0.574857235, -1.15302002, 0.734500647, -0.251961052, 0.623081446,
      0.17026031, -0.149962902, 0.339696407, 0.0604188442}},
    {VarianceScaling(
         {.mode = "fan_out", .distribution = "uniform", .seed = 1, .input_axes = {{-3}}, .output_axes = {{1, 2}}}),
     {2, 2, 3},
     {0.364346087, -0.312101543, -0.137080789, 0.331893981, -0.665696383, 0.4240641, -0.145469785, 0.359736264,
      0.098299861, -0.086581111, 0.196123779, 0.0348828435}},
  };
  return instance;
}

const std::vector<Golden>& orthogonal_draws() {
  static const std::vector<Golden> instance{
    {Orthogonal({.seed = 1}),
     {2, 4},
     {0.384128571, 0.0358235687, -0.262477368, -0.884458959, 0.42780742, 0.808634639, -0.271364868, 0.299084902}},
    {Orthogonal({.gain = 2, .seed = 1}),
     {4, 2},
     {0.768257141, 0.855614841, 0.0716471374, 1.61726928, -0.524954736, -0.542729735, -1.76891792, 0.598169804}},
    {Orthogonal({.seed = 1}),
     {2, 2, 3},
     {0.355582476, 0.274741173, -0.305637002, 0.334057301, -0.381305218, -0.804459631, -0.818731308,
      0.273996651, -0.498905867, -0.302730799, -0.839076519, 0.1025832}},
  };
  return instance;
}

// One unit in the last place: vector instructions differ between builds of LibTorch.
constexpr double kOneUlp = 1.2e-7;

}  // namespace

TEST_CASE("Random initializers draw Keras' numbers", "[initializers]") {
  const size_t row = GENERATE(range<size_t>(0, draws().size()));
  const Golden& golden = draws()[row];

  const at::Tensor values = golden.initializer(golden.shape);

  INFO("row " << row);
  REQUIRE(values.sizes() == at::IntArrayRef(golden.shape));
  REQUIRE(differences(values, golden.values, kOneUlp, 1e-8).empty());
}

// The decomposition itself differs between LAPACKs by rounding.
TEST_CASE("Orthogonal draws Keras' numbers", "[initializers]") {
  const Golden golden = GENERATE(from_range(orthogonal_draws()));

  const at::Tensor values = golden.initializer(golden.shape);

  REQUIRE(values.sizes() == at::IntArrayRef(golden.shape));
  REQUIRE(values.is_contiguous());
  REQUIRE(differences(values, golden.values, 2e-6, 2e-7).empty());
}

// keras.initializers.RandomUniform(-2, 3, seed=1)((2, 2), dtype="float64") and RandomNormal(seed=1).
TEST_CASE("Double precision has draws of its own, as in Keras", "[initializers]") {
  const at::Tensor uniform = RandomUniform({.minval = -2, .maxval = 3, .seed = 1})({2, 2}, DType::Float64);
  const at::Tensor normal = RandomNormal({.seed = 1})({2, 2}, DType::Float64);

  REQUIRE(uniform.scalar_type() == at::kDouble);
  REQUIRE(differences(uniform, {-1.6947336264018817, -0.87722746716174793, -0.82873743027580327, -1.1145038627612225},
                      1e-15, 0)
              .empty());
  REQUIRE(differences(normal, {0.03306760857852261, 0.01334620491462594, 0.0030838629118674155, 0.031065866434271078},
                      1e-14, 0)
              .empty());
}

// HeNormal(seed=9)((50, 40)) and GlorotUniform(seed=9)((50, 40)): first and last three values, and the sum as float64.
TEST_CASE("Large tensors, which LibTorch draws another way, have Keras' numbers too", "[initializers]") {
  const at::Tensor normal = HeNormal({.seed = 9})({50, 40}).reshape({-1});
  const at::Tensor uniform = GlorotUniform({.seed = 9})({50, 40}).reshape({-1});

  REQUIRE(differences(normal.slice(0, 0, 3), {-0.24269294738, 0.32877874374, 0.22664563357}, kOneUlp, 0).empty());
  REQUIRE(differences(normal.slice(0, -3), {0.02960985712, 0.00074891472, 0.16906698048}, kOneUlp, 1e-8).empty());
  REQUIRE(differences(normal.to(at::kDouble).sum(), {0.7916135128907626}, 0, 1e-5).empty());
  REQUIRE(differences(uniform.slice(0, 0, 3), {0.08044674992, -0.10223503410, -0.01038144528}, kOneUlp, 0).empty());
  REQUIRE(differences(uniform.slice(0, -3), {0.20726010203, 0.01514011621, 0.04098200798}, kOneUlp, 0).empty());
  REQUIRE(differences(uniform.to(at::kDouble).sum(), {-0.2820921391248703}, 0, 1e-6).empty());
}

// keras.initializers.STFT(...)(shape).
TEST_CASE("STFT has Keras' kernels", "[initializers]") {
  REQUIRE(differences(STFT()({5, 1, 3}),
                      {0, 0, 0, 0.408248276, -1.78450996e-08, -0.408248276, 0.816496551, -0.816496551, 0.816496551,
                       0.408248276, 4.86831198e-09, -0.408248276, 0, 0, 0},
                      2e-7, 1e-8)
              .empty());
  const STFT imaginary({.side = "imag", .window = "hamming", .scaling = "spectrum", .periodic = true});
  REQUIRE(differences(imaginary({5, 1, 3}), {0, 0, 0, 0, -0.147352651, 0, 0, 0, 0, 0, 0.33783251, 0, 0, 0, 0}, 2e-7,
                      1e-7)
              .empty());
  const STFT plain({.window = none, .scaling = none});
  REQUIRE(differences(plain({4, 1, 3}), {1, 1, 1, 1, 0, -1, 1, -1, 1, 1, 0, -1}, 2e-7, 1e-7).empty());
  REQUIRE_THROWS_WITH(STFT({.side = "left"}), Equals("side should be 'real' or 'imag', not left"));
  REQUIRE_THROWS_WITH(STFT({.window = "hanning2"}), StartsWith("Unknown window type. Expected one of 'barthann'"));
  REQUIRE_THROWS_WITH(STFT({.scaling = "l2"}), StartsWith("Scaling is invalid, it must be `none`, 'density'"));
  REQUIRE_THROWS_WITH(STFT()({5, 3}), StartsWith("STFT expects a shape of three sizes"));
}

// scipy.signal.get_window(name, 6, fftbins=False), SciPy 1.17: the first half, and get_window(name, 5) has the same
// values but the last.
TEST_CASE("Windows have SciPy's values", "[initializers]") {
  const std::vector<std::pair<std::string, std::vector<double>>> known{
      {"boxcar", {1, 1, 1}},
      {"triang", {0.166666666667, 0.5, 0.833333333333}},
      {"bartlett", {0, 0.4, 0.8}},
      {"hann", {0, 0.345491502813, 0.904508497187}},
      {"hamming", {0.08, 0.397852182588, 0.912147817412}},
      {"blackman", {0, 0.200770143263, 0.849229856737}},
      {"blackmanharris", {6e-05, 0.103011489346, 0.793833510654}},
      {"nuttall", {0.0003628, 0.11051525305, 0.79825809695}},
      {"flattop", {-0.000421051, -0.0677142520762, 0.606872152576}},
      {"cosine", {0.258819045103, 0.707106781187, 0.965925826289}},
      {"bohman", {0, 0.179123893706, 0.834311452258}},
      {"barthann", {0, 0.358573542138, 0.879426457862}},
      {"parzen", {0.00925925925926, 0.25, 0.861111111111}},
      {"tukey", {0, 0.904508497187, 1}},
      {"lanczos", {0, 0.504551152427, 0.935489283789}},
  };
  for (const auto& [name, half] : known) {
    INFO(name);
    const auto whole = window_values(name, 6, false);
    const auto periodic = window_values(name, 5, true);
    for (size_t i = 0; i < 3; ++i) {
      CHECK(std::abs(whole[i] - half[i]) < 1e-11);
      CHECK(std::abs(whole[5 - i] - half[i]) < 1e-11);
      CHECK(periodic[i] == whole[i]);
    }
    CHECK(periodic.size() == 5);
  }
}

// keras.utils.set_random_seed(42); Dense(3, kernel_initializer=...).build((None, 4)).
TEST_CASE("After set_random_seed an initializer made from its name has the values of a Keras layer", "[initializers]") {
  struct Row {
    const char* name;
    std::vector<double> kernel;
  };
  const auto row = GENERATE(values<Row>({
    {"glorot_uniform",
     {0.732886553, 0.801904917, 0.520545244, -0.316676497, -0.548604667, 0.837337613, 0.0532570481, -0.83187139,
      0.622676492, -0.543935537, -0.342500687, 0.609004378}},
    {"he_normal",
     {0.882106304, -0.195053592, -1.46447122, 0.506332695, -0.454763561, -0.331512868, 0.798263431, -0.76098299,
      0.436512142, -0.495766014, -0.126966774, 0.430786401}},
  }));
  set_random_seed(42);

  const Initializer initializer = NameOr<Initializer>(row.name).get();

  REQUIRE(differences(initializer({4, 3}), row.kernel, kOneUlp, 1e-8).empty());
}
