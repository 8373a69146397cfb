// Who may write how many lines, so that nobody's lines crowd out another's: repeats are counted instead of written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "roles/logger/kinds.h"
#include "roles/logger/line.h"

namespace zoobar {

// Lines of one source and kind, shared by those they are about (principals). In each period `lines` may be written: the
// first half goes to whoever comes, the other half in equal shares to the principals of this period. So one that floods
// leaves room for the others, and with many that flood each still has its first line while there are lines. What is
// over is counted, by principal, for a summary. Memory: at most twice `lines` principals.
class LineShares {
 public:
  struct Limits {
    std::uint32_t lines = 0;   // a period
    std::uint32_t of_one = 0;  // of these, of one principal
    std::int64_t period_us = 0;
  };
  explicit LineShares(Limits limits) : limits_(limits) {}
  void SetLimits(Limits limits) { limits_ = limits; }

  // True: it may be written. False: it was counted. now_us: monotonic.
  bool Take(const std::string& principal, std::int64_t now_us);

  // What was counted since the last summary. Named: those that came first, then those with most lines, at most
  // kNamed of each; the others are added up.
  static constexpr std::size_t kNamed = 8;
  struct Repeats {
    std::string principal;
    std::uint64_t lines = 0;
  };
  struct Summary {
    std::vector<Repeats> named;
    std::uint64_t others = 0;       // principals that are not named; more when `others_more`
    bool others_more = false;       // some were not even told apart
    std::uint64_t other_lines = 0;  // theirs
    std::int64_t since_us = 0;      // the first of all these lines
  };
  // When the first line of the next summary was counted; none while there is nothing to say.
  std::optional<std::int64_t> counting_since() const { return counting_since_; }
  Summary TakeSummary();

 private:
  struct Share {
    std::uint64_t came = 0;                // its number in order of arrival
    std::uint32_t asked = 0, written = 0;  // in this period
    std::uint64_t counted = 0;             // since the last summary
  };
  void BeginPeriod(std::int64_t now_us);
  // Those with something counted, in the order in which a summary names them.
  std::vector<std::map<std::string, Share>::iterator> Counted();
  // Adds up what was counted of those that would not be named, and forgets them.
  void Forget();

  Limits limits_;
  bool started_ = false;
  std::int64_t period_began_us_ = 0;
  std::uint32_t written_ = 0, active_ = 0;  // lines, and principals that came, in this period
  std::uint64_t came_ = 0;
  std::uint64_t unlisted_ = 0;   // lines counted of principals that are not in the table
  std::uint64_t forgotten_ = 0;  // principals that were
  std::map<std::string, Share> principals_;
  std::optional<std::int64_t> counting_since_;
};

// Where security lines may go, and what was counted instead. Each role has for each of its kinds a share in
// security.log and, for alarms, one in alarms.log; events without a row in the table share what one kind has.
class SecurityShares {
 public:
  // In alarms.log, of one role and kind, an hour: lines, and of these of one subject.
  static constexpr std::uint32_t kAlarmLines = 20, kAlarmLinesOfOne = 5;

  struct Places {
    bool security = false;
    bool alarms = false;
  };
  // kind: of FindSecurityKind, nullptr for an event without a row.
  Places Take(Role from, const SecurityKind* kind, const WriteRequest& line, std::int64_t now_us);

  struct Counted {
    Role role = ROLE_UNSPECIFIED;
    const SecurityKind* kind = nullptr;
    bool alarm = false;  // belongs in alarms.log
    LineShares::Summary summary;
  };
  // What there is to be said now: alarms once an hour, the rest whenever this is called; `all`: everything.
  std::vector<Counted> TakeSummaries(std::int64_t now_us, bool all);
  bool counting() const;

 private:
  struct OfKind {
    LineShares security, alarms;
  };
  std::map<std::pair<Role, const SecurityKind*>, OfKind> kinds_;
};

// The principal a security line's share comes from.
std::string PrincipalOf(const SecurityKind* kind, const WriteRequest& line);
// And of an access line: the member where there is one, else the address.
std::string PrincipalOf(const AccessRequest::Entry& entry);

}  // namespace zoobar
