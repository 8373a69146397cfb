// A run: a site, its members, clients that send what they should not, and what must be true at the end of each quarter.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fuzz_site/client.h"
#include "fuzz_site/control.h"
#include "fuzz_site/grammar.h"
#include "fuzz_site/members.h"
#include "fuzz_site/options.h"
#include "fuzz_site/run_state.h"
#include "fuzz_site/streams.h"
#include "fuzz_site/watcher.h"
#include "live_site/live_site.h"

namespace zoobar::fuzz_site {

class Run {
 public:
  explicit Run(Options options);
  // Does it all. Returns the exit status: 0 no fault, 1 a fault.
  int Do();

 private:
  bool Prepare();
  void StartSite();
  void Fuzz();
  void ShowProgress();
  void Check(int quarter);
  void Finish();
  void Expect(const std::vector<std::string>& command, const std::string& meaning);
  void Replay();
  void WriteLast() const;
  int Conclude();

  Options options_;
  std::optional<LiveSite> site_;  // none with --url
  std::string address_;
  Members members_;
  std::optional<Grammar> grammar_;
  std::optional<Control> control_;
  Budget budget_;
  Tally tally_;
  Verdict verdict_;
  std::optional<Ground> ground_;
  std::atomic<std::uint64_t> order_{0};
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<Streams>> streams_;
  std::optional<Watcher> watcher_;
  Figures half_, end_;
  Budget::Clock::time_point shown_;
  std::uint64_t shown_requests_ = 0;
};

}  // namespace zoobar::fuzz_site
