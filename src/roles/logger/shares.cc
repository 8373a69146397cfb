#include "roles/logger/shares.h"

#include <algorithm>

#include "ipc/principal.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::int64_t kMinute = 60'000'000, kHour = 60 * kMinute;
constexpr SecurityKind kNoKind{};
constexpr std::size_t kMaxPrincipal = 128;  // longer names of principals are cut to this many bytes

}  // namespace

// ---- shares

void LineShares::BeginPeriod(std::int64_t now_us) {
  started_ = true;
  period_began_us_ = now_us;
  written_ = 0;
  active_ = 0;
  std::erase_if(principals_, [](const auto& each) { return each.second.counted == 0; });
  if (principals_.size() > limits_.lines) Forget();
  for (auto& [name, share] : principals_) share.written = share.asked = 0;
}

bool LineShares::Take(const std::string& principal, std::int64_t now_us) {
  if (!started_ || now_us - period_began_us_ >= limits_.period_us) BeginPeriod(now_us);
  auto found = principals_.find(principal);
  if (found == principals_.end()) {
    // A period begins with at most `lines` principals in the table. If the table is full, at least `lines` new
    // principals have come in this period. Each of them got a line or came when no line was left. So no line is left
    // now.
    if (principals_.size() >= std::size_t{2} * limits_.lines) {
      ++unlisted_;
      if (!counting_since_) counting_since_ = now_us;
      return false;
    }
    found = principals_.emplace(principal, Share{.came = ++came_}).first;
  }
  Share& share = found->second;
  if (share.asked++ == 0) ++active_;
  const std::uint32_t half = limits_.lines / 2;
  const std::uint32_t equal = std::max(1u, half / active_);
  if (share.written < limits_.of_one && written_ < (share.written < equal ? limits_.lines : half)) {
    ++share.written;
    ++written_;
    return true;
  }
  ++share.counted;
  if (!counting_since_) counting_since_ = now_us;
  return false;
}

std::vector<std::map<std::string, LineShares::Share>::iterator> LineShares::Counted() {
  std::vector<std::map<std::string, Share>::iterator> counted;
  for (auto each = principals_.begin(); each != principals_.end(); ++each) {
    if (each->second.counted > 0) counted.push_back(each);
  }
  std::ranges::sort(counted, {}, [](const auto& each) { return each->second.came; });
  if (counted.size() > kNamed) {
    std::stable_sort(counted.begin() + kNamed, counted.end(),
                     [](const auto& a, const auto& b) { return a->second.counted > b->second.counted; });
  }
  return counted;
}

void LineShares::Forget() {
  const auto counted = Counted();
  for (std::size_t i = 2 * kNamed; i < counted.size(); ++i) {
    ++forgotten_;
    unlisted_ += counted[i]->second.counted;
    principals_.erase(counted[i]);
  }
}

LineShares::Summary LineShares::TakeSummary() {
  Summary summary;
  if (!counting_since_) return summary;
  summary.since_us = *std::exchange(counting_since_, std::nullopt);
  for (const auto& each : Counted()) {
    const std::uint64_t lines = std::exchange(each->second.counted, 0);
    if (summary.named.size() < 2 * kNamed) {
      summary.named.push_back({each->first, lines});
    } else {
      ++summary.others;
      summary.other_lines += lines;
    }
  }
  const std::uint64_t unlisted = std::exchange(unlisted_, 0);
  summary.others += std::exchange(forgotten_, 0);
  summary.others_more = unlisted > 0;
  summary.other_lines += unlisted;
  return summary;
}

// ---- of security lines

SecurityShares::OfKind& SecurityShares::SharesOf(Role from, const SecurityKind* kind) {
  const SecurityKind& limits = kind ? *kind : kNoKind;
  return kinds_
      .try_emplace({from, kind}, OfKind{LineShares({limits.lines, limits.of_one, kMinute}),
                                        LineShares({kAlarmLines, kAlarmLinesOfOne, kHour}),
                                        LineShares({limits.sealed, limits.sealed_of_one, kHour})})
      .first->second;
}

SecurityShares::Files SecurityShares::Take(Role from, const SecurityKind* kind, const WriteRequest& line,
                                           std::int64_t now_us) {
  OfKind& of_kind = SharesOf(from, kind);
  const std::string principal = PrincipalOf(kind, line);
  Files files;
  files.security = of_kind.security.Take(principal, now_us);
  files.alarms = kind && kind->alarm && of_kind.alarms.Take(principal, now_us);
  files.audit = of_kind.audit.Take(principal, now_us);
  return files;
}

bool SecurityShares::TakeForAudit(Role from, const SecurityKind* kind, const WriteRequest& line, std::int64_t now_us) {
  return SharesOf(from, kind).audit.Take(PrincipalOf(kind, line), now_us);
}

std::vector<SecurityShares::Counted> SecurityShares::TakeSummaries(std::int64_t now_us, bool all) {
  std::vector<Counted> counted;
  for (auto& [of, shares] : kinds_) {
    if (shares.security.counting_since())
      counted.push_back({of.first, of.second, File::kSecurity, shares.security.TakeSummary()});
    for (const auto& [file, share] : {std::pair(File::kAlarms, &shares.alarms), {File::kAudit, &shares.audit}}) {
      const std::optional<std::int64_t> since = share->counting_since();
      if (since && (all || now_us - *since >= kHour))
        counted.push_back({of.first, of.second, file, share->TakeSummary()});
    }
  }
  return counted;
}

bool SecurityShares::counting() const {
  return std::ranges::any_of(kinds_, [](const auto& each) {
    return each.second.security.counting_since() || each.second.alarms.counting_since() ||
           each.second.audit.counting_since();
  });
}

std::string PrincipalOf(const SecurityKind* kind, const WriteRequest& line) {
  const std::string_view subject = kind ? kind->subject : "address";
  // All events that are not in the table of kinds have one share together. So that one of these events does not use up
  // the share, the event's name is a part of the principal.
  const std::string before = kind ? "" : std::string(CutUtf8(line.event(), kMaxPrincipal)) + " ";
  for (const WriteRequest::Field& field : line.fields()) {
    if (field.key() != subject) continue;
    return before +
           (subject == "address" ? NetworkOf(field.value()) : std::string(CutUtf8(field.value(), kMaxPrincipal)));
  }
  return before;
}

std::string PrincipalOf(const AccessRequest::Entry& entry) {
  return entry.member().empty() ? NetworkOf(entry.address())
                                : "member " + std::string(CutUtf8(entry.member(), kMaxPrincipal));
}

}  // namespace zoobar
