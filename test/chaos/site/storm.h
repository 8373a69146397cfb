// What disturbs a site: one fault after the other, of kinds, roles and times that a seed decides. The site's master is
// never disturbed, but for its clock.
#pragma once

#include <array>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/history.h"
#include "chaos/site/faults.h"
#include "live_site/live_site.h"

namespace zoobar::chaos {

enum class Kind { kKill, kStop, kDisk, kClock, kDescriptors, kMemory };
inline constexpr std::array<std::string_view, 6> kKindNames = {"kills", "stops",       "disk",
                                                               "clock", "descriptors", "memory"};

// A time in which a member may have waited because of a fault. `end` is the time when the fault was over.
struct Disturbance {
  Kind kind = Kind::kKill;
  Moment begin = 0, end = 0;
  std::string role;
};

class Storm {
 public:
  Storm(LiveSite& site, const FaultPages& pages, std::uint64_t seed) : site_(site), pages_(pages), random_(seed) {}

  // Makes one fault of this kind, and waits until it is over. False if it did not happen: then it does not count. For
  // example, a role did not write while its disk was to fail.
  bool Disturb(Kind kind);
  // Makes the disk of bank say once that a commit is written when it is not. No site can be right then.
  bool LoseCommit();
  // Puts right what is still wrong: the clock.
  void Calm();

  const std::vector<Disturbance>& disturbances() const { return disturbances_; }
  // How many processes each kind of fault but kKill has ended. kDisk kills some too.
  const std::map<Kind, std::size_t>& ended() const { return ended_; }
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  bool Kill();
  bool Stop();
  bool FailDisk();
  bool StepClock();
  bool LowerDescriptors();
  bool LowerMemory();

  RoleProcess AnyRole();
  RoleProcess OneOf(const std::vector<std::string>& names);
  FaultPage AnyDiskFault();
  void SetClocks();
  void SleepBetween(int shortest_ms, int longest_ms);
  std::int64_t Between(std::int64_t least, std::int64_t most);
  // Waits until all roles have a process that is ready.
  void AwaitRoles();
  void Note(Kind kind, Moment begin, const std::string& role) { disturbances_.push_back({kind, begin, Now(), role}); }
  static Moment Now();

  LiveSite& site_;
  const FaultPages& pages_;
  std::mt19937_64 random_;
  std::int64_t clock_us_ = 0;
  std::vector<Disturbance> disturbances_;
  std::map<Kind, std::size_t> ended_;
  std::vector<std::string> faults_;
  std::size_t processes_ = 0;  // that the site has when nothing is wrong
};

}  // namespace zoobar::chaos
