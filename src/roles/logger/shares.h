// Decides which lines are written and which are only counted, so that one principal's lines leave room for others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "roles/logger/kinds.h"
#include "roles/logger/line.h"

namespace zoobar {

// The lines of one role and kind, shared by the principals that they are about. In each period `lines` may be written.
// The first half goes to any principal, in order of arrival. The other half is divided equally among the principals of
// this period. So a principal that floods leaves room for the others. If many flood, each still gets its first line
// while lines are left. Further lines are counted by principal, for a summary. At most twice `lines` principals are
// kept in memory.
class LineShares {
 public:
  struct Limits {
    std::uint32_t lines = 0;   // in one period
    std::uint32_t of_one = 0;  // of these, about one principal
    std::int64_t period_us = 0;
  };
  explicit LineShares(Limits limits) : limits_(limits) {}
  void SetLimits(Limits limits) { limits_ = limits; }

  // True: the line may be written. False: it was counted. now_us: monotonic clock, microseconds.
  bool Take(const std::string& principal, std::int64_t now_us);

  // The lines counted since the last summary. It names the kNamed principals that came first and the kNamed others with
  // most lines. All further ones are added up.
  static constexpr std::size_t kNamed = 8;
  struct Repeats {
    std::string principal;
    std::uint64_t lines = 0;
  };
  struct Summary {
    std::vector<Repeats> named;
    std::uint64_t others = 0;       // principals that are not named
    bool others_more = false;       // there were more of them: some lines were counted without their principal
    std::uint64_t other_lines = 0;  // of all principals that are not named
    std::int64_t since_us = 0;      // when the first of these lines was counted
  };
  // When the first line of the next summary was counted. Nothing if no line was counted.
  std::optional<std::int64_t> counting_since() const { return counting_since_; }
  Summary TakeSummary();

 private:
  struct Share {
    std::uint64_t came = 0;                // its number in order of arrival
    std::uint32_t asked = 0, written = 0;  // in this period
    std::uint64_t counted = 0;             // since the last summary
  };
  void BeginPeriod(std::int64_t now_us);
  // The principals with counted lines, in the order in which a summary names them.
  std::vector<std::map<std::string, Share>::iterator> Counted();
  // Adds up the counted lines of principals that a summary would not name, and forgets these principals.
  void Forget();

  Limits limits_;
  bool started_ = false;
  std::int64_t period_began_us_ = 0;
  std::uint32_t written_ = 0, active_ = 0;  // lines written, and principals that came, in this period
  std::uint64_t came_ = 0;                  // principals, in all
  std::uint64_t unlisted_ = 0;              // lines counted of principals that are not in principals_
  std::uint64_t forgotten_ = 0;             // principals that Forget removed
  std::map<std::string, Share> principals_;
  std::optional<std::int64_t> counting_since_;
};

// Decides to which files a security line goes, and counts it otherwise. Each role has, for each of its kinds, a share
// of security.log and, for alarms, one of alarms.log. All events of a role that are not in the table share as much as
// one kind has.
class SecurityShares {
 public:
  // In alarms.log, of one role and kind, in an hour: lines in all, and about one subject.
  static constexpr std::uint32_t kAlarmLines = 20, kAlarmLinesOfOne = 5;

  struct Files {
    bool security = false;
    bool alarms = false;
  };
  // The files that the line goes to. kind: from FindSecurityKind; nullptr for an event that is not in the table.
  Files Take(Role from, const SecurityKind* kind, const WriteRequest& line, std::int64_t now_us);

  struct Counted {
    Role role = ROLE_UNSPECIFIED;
    const SecurityKind* kind = nullptr;
    bool alarm = false;  // the summary goes to alarms.log
    LineShares::Summary summary;
  };
  // The summaries that are due: those of alarms once an hour, the others at each call. `all`: also those not due yet.
  std::vector<Counted> TakeSummaries(std::int64_t now_us, bool all);
  // Whether lines were counted that no summary has given yet.
  bool counting() const;

 private:
  struct OfKind {
    LineShares security, alarms;
  };
  std::map<std::pair<Role, const SecurityKind*>, OfKind> kinds_;
};

// The principal from whose share a security line comes.
std::string PrincipalOf(const SecurityKind* kind, const WriteRequest& line);
// The principal of an access line: the member if there is one, else the address.
std::string PrincipalOf(const AccessRequest::Entry& entry);

}  // namespace zoobar
