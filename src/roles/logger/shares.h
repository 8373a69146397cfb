// Decides which lines are written and which are only counted, so that the lines about one principal leave room for the
// lines about others.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "roles/logger/kinds.h"
#include "roles/logger/line.h"

namespace zoobar {

// Divides the lines of one role and kind among the principals that they are about. In each period at most `lines` lines
// may be written. The first half goes to any principals, in order of arrival. The other half is divided equally among
// the principals that came in this period. So one principal with very many lines still leaves room for the others. If
// many principals have very many lines, each still gets its first line while lines are left. All further lines are
// counted for each principal, for a summary. At most twice `lines` principals are kept in memory.
class LineShares {
 public:
  struct Limits {
    std::uint32_t lines = 0;   // lines in one period
    std::uint32_t of_one = 0;  // how many of these lines may be about one principal
    std::int64_t period_us = 0;
  };
  explicit LineShares(Limits limits) : limits_(limits) {}
  void SetLimits(Limits limits) { limits_ = limits; }

  // Returns whether one more line about this principal may be written. If not, counts the line for the next summary.
  // now_us: the monotonic clock in microseconds.
  bool Take(const std::string& principal, std::int64_t now_us);

  // The lines that were counted since the last summary. A summary names the first kNamed principals in order of
  // arrival, and the kNamed principals with the most lines among the rest. The lines of all other principals are added
  // up.
  static constexpr std::size_t kNamed = 8;
  struct Repeats {
    std::string principal;
    std::uint64_t lines = 0;
  };
  struct Summary {
    std::vector<Repeats> named;
    std::uint64_t others = 0;       // how many principals are not named
    bool others_more = false;       // `others` may be too small: some lines were counted without their principal
    std::uint64_t other_lines = 0;  // the lines of all principals that are not named
    std::int64_t since_us = 0;      // when the first line of this summary was counted
  };
  // When the first line of the next summary was counted; nullopt if no line was counted.
  std::optional<std::int64_t> counting_since() const { return counting_since_; }
  Summary TakeSummary();

 private:
  struct Share {
    std::uint64_t came = 0;                // the principal's number in order of arrival
    std::uint32_t asked = 0, written = 0;  // lines in this period: all that came, and those that were written
    std::uint64_t counted = 0;             // lines that were only counted, since the last summary
  };
  void BeginPeriod(std::int64_t now_us);
  // Returns the principals that have counted lines, in the order in which a summary names them.
  std::vector<std::map<std::string, Share>::iterator> Counted();
  // Removes the principals that a summary would not name from principals_. Adds their counted lines to unlisted_.
  void Forget();

  Limits limits_;
  bool started_ = false;
  std::int64_t period_began_us_ = 0;
  std::uint32_t written_ = 0, active_ = 0;  // in this period: lines written, and principals that came
  std::uint64_t came_ = 0;                  // number of principals that ever came
  std::uint64_t unlisted_ = 0;              // lines that were counted for principals that are not in principals_
  std::uint64_t forgotten_ = 0;             // number of principals that Forget removed
  std::map<std::string, Share> principals_;
  std::optional<std::int64_t> counting_since_;
};

// Decides to which files a security line is written. A line that does not go to a file is counted. For each kind, a
// role has a share of security.log, a share of audit.log and, if the kind is an alarm, a share of alarms.log. All events of a role that are
// not in the table (kinds.h) have one share together, which is as large as the share of one kind.
class SecurityShares {
 public:
  // For each role and kind: how many lines per hour go to alarms.log in all, and how many of them about one principal.
  static constexpr std::uint32_t kAlarmLines = 20, kAlarmLinesOfOne = 5;

  struct Files {
    bool security = false;
    bool alarms = false;
    bool audit = false;
    bool any() const { return security || alarms || audit; }
  };
  // Returns the files to which the line must be written. kind: the result of FindSecurityKind; nullptr for an event
  // that is not in the table.
  Files Take(Role from, const SecurityKind* kind, const WriteRequest& line, std::int64_t now_us);
  // The same for a line of a kind that is no security event: it can only go to audit.log.
  bool TakeForAudit(Role from, const SecurityKind* kind, const WriteRequest& line, std::int64_t now_us);

  enum class File { kSecurity, kAlarms, kAudit };
  struct Counted {
    Role role = ROLE_UNSPECIFIED;
    const SecurityKind* kind = nullptr;
    File file = File::kSecurity;  // where the summary goes
    LineShares::Summary summary;
  };
  // Returns the summaries that are due. A summary for alarms.log or audit.log is due one hour after its first line was
  // counted. All others are due at each call. all: return also the summaries that are not due yet.
  std::vector<Counted> TakeSummaries(std::int64_t now_us, bool all);
  // Returns whether there are counted lines that were not in a summary yet.
  bool counting() const;

 private:
  struct OfKind {
    LineShares security, alarms, audit;
  };
  OfKind& SharesOf(Role from, const SecurityKind* kind);
  std::map<std::pair<Role, const SecurityKind*>, OfKind> kinds_;
};

// Returns the principal from whose share a security line is taken.
std::string PrincipalOf(const SecurityKind* kind, const WriteRequest& line);
// Returns the principal of an access line: the member if the request had a session, else the client's network address.
std::string PrincipalOf(const AccessRequest::Entry& entry);

}  // namespace zoobar
