#include "operator/tune.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include "config.pb.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

class TuneTest : public testing::Test {
 protected:
  // A machine on which a hash takes `ms_of_a_mib` for each MiB in each pass.
  explicit TuneTest(double ms_of_a_mib = 0.5) {
    options_.max_memory_kib = 1 << 20;
    options_.measure = [this, ms_of_a_mib](const Argon2Parameters& parameters) -> Result<double> {
      ++measured_;
      longest_ms_ = std::max(longest_ms_, parameters.memory_kib / 1024.0 * parameters.passes * ms_of_a_mib * slower_);
      return parameters.memory_kib / 1024.0 * parameters.passes * ms_of_a_mib * slower_;
    };
  }

  int Tune() {
    std::ostringstream out;
    const int status = TuneArgon2(out, options_);
    text_ = out.str();
    return status;
  }
  // The parameters in the printed configuration.
  std::optional<Argon2Parameters> Suggested() const {
    const std::size_t at = text_.find("auth {");
    Config config;
    if (at == std::string::npos) return std::nullopt;
    if (!google::protobuf::TextFormat::ParseFromString(text_.substr(at, text_.find('\n', at) - at), &config)) {
      return std::nullopt;
    }
    return Argon2Parameters::From(config.auth().argon2());
  }

  TuneOptions options_;
  double slower_ = 1, longest_ms_ = 0;
  int measured_ = 0;
  std::string text_;
};

TEST_F(TuneTest, TheMostMemoryWithinTheTargetIsSuggestedAsConfigurationText) {
  EXPECT_EQ(Tune(), 0);
  EXPECT_EQ(Suggested(), (Argon2Parameters{98304, 1, 1})) << text_;  // 48 ms
  EXPECT_THAT(text_, HasSubstr("logins: at most 20.8 a second with 1 thread\n"));
  EXPECT_THAT(text_, HasSubstr("memory: 96 MiB, kept all the time\n"));
  EXPECT_THAT(text_, HasSubstr("with 20 sweetwords: 0.96 s of one thread\n"));
  EXPECT_THAT(text_, HasSubstr("hashed once more"));
}

TEST_F(TuneTest, OfEqualMemoryMorePassesAreSuggested) {
  options_.memory_kib = {19456, 32768};
  EXPECT_EQ(Tune(), 0);
  EXPECT_EQ(Suggested(), (Argon2Parameters{32768, 3, 1})) << text_;  // 48 ms
}

TEST_F(TuneTest, NothingBelowOwaspsMinimumIsSuggested) {
  options_.target_ms = 15;  // 19 MiB in one pass would take less; the minimum takes more
  EXPECT_EQ(Tune(), 0);
  EXPECT_EQ(Suggested(), (Argon2Parameters{19456, 2, 1})) << text_;
  EXPECT_THAT(text_, HasSubstr("(below OWASP's minimum)"));
  EXPECT_THAT(text_, HasSubstr("Even OWASP's minimum takes 19.0 ms here, longer than 15 ms."));

  EXPECT_FALSE(MeetsOwaspMinimum({19455, 2, 1}));
  EXPECT_FALSE(MeetsOwaspMinimum({47103, 1, 1}));
  EXPECT_TRUE(MeetsOwaspMinimum({47104, 1, 1}));
  EXPECT_TRUE(MeetsOwaspMinimum({19456, 3, 1}));
}

TEST_F(TuneTest, ParametersThatWouldBeFarTooSlowAreNotMeasured) {
  slower_ = 20;
  EXPECT_EQ(Tune(), 0);
  EXPECT_LE(measured_, 2);
  slower_ = 1;
  longest_ms_ = 0;
  EXPECT_EQ(Tune(), 0);
  EXPECT_LE(longest_ms_, 75);
}

TEST_F(TuneTest, MoreMemoryThanTheMachineCanSpareIsNotMeasured) {
  options_.max_memory_kib = 65536;
  EXPECT_EQ(Tune(), 0);
  EXPECT_EQ(Suggested()->memory_kib, 65536u) << text_;
  EXPECT_THAT(text_, Not(HasSubstr("98304 KiB")));
}

TEST_F(TuneTest, WhenTheTimeIsUpTheMinimumIsSuggested) {
  options_.seconds = 0;
  EXPECT_EQ(Tune(), 0);
  EXPECT_EQ(Suggested(), (Argon2Parameters{19456, 2, 1}));
  EXPECT_THAT(text_, HasSubstr("left out"));
}

TEST_F(TuneTest, AMachineThatCannotHashIsReported) {
  options_.measure = [](const Argon2Parameters&) -> Result<double> { return Error{"no memory"}; };
  EXPECT_EQ(Tune(), 1);
  EXPECT_THAT(text_, HasSubstr("no memory"));
  EXPECT_EQ(Suggested(), std::nullopt);
}

TEST_F(TuneTest, OptionsOutOfRangeAreRefused) {
  for (const double target : {0.0, -1.0, 1001.0, std::numeric_limits<double>::quiet_NaN()}) {
    options_.target_ms = target;
    EXPECT_EQ(Tune(), 2) << target;
    EXPECT_THAT(text_, HasSubstr("1 to 1000 milliseconds"));
  }
  options_.target_ms = 50;
  for (const unsigned threads : {0u, 17u}) {
    options_.threads = threads;
    EXPECT_EQ(Tune(), 2) << threads;
    EXPECT_THAT(text_, HasSubstr("threads must be 1 to 16"));
  }
  EXPECT_EQ(measured_, 0);
}

TEST_F(TuneTest, ThisMachineIsMeasured) {
  options_.measure = nullptr;
  options_.memory_kib = {19456};
  options_.threads = 2;
  options_.target_ms = 1000;
  EXPECT_EQ(Tune(), 0);
  EXPECT_EQ(Suggested()->memory_kib, 19456u) << text_;
  EXPECT_THAT(text_, HasSubstr("with 2 threads"));
}

}  // namespace
}  // namespace zoobar
