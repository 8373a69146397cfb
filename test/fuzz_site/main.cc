// fuzz_site: requests that nobody should send, against a live site whose processes are watched. docs/testing.md has more.
// Exit status: 0 no fault, 1 a fault, 2 wrong use.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "fuzz_site/options.h"
#include "fuzz_site/recording.h"
#include "fuzz_site/run.h"

int main(int count, char** arguments) {
  using namespace zoobar::fuzz_site;
  Options options;
  std::string wrong = ReadOptions(count, arguments, &options);
  Recording recording;
  if (wrong.empty() && !options.replay.empty()) wrong = ReadRecording(options.replay, &recording);
  if (wrong.empty() && options.url.empty() && geteuid() != 0) wrong = "a live site needs root: sudo tools/fuzz site";
  if (!wrong.empty()) {
    std::fprintf(stderr, "fuzz site: %s\n%s", wrong.c_str(), kUsage);
    return 2;
  }
  if (recording.seed != 0) options.seed = recording.seed;  // the members then have the same names and passwords
  signal(SIGPIPE, SIG_IGN);
  int no_arguments = 1;
  testing::InitGoogleTest(&no_arguments, arguments);  // LiveSite reports to it
  const int status = Run(std::move(options)).Do();
  return testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed() ? 1 : status;
}
