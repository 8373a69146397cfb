#include "long_run/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace zoobar::long_run {
namespace {

constexpr std::size_t kSecond = 1, kLast = 3;
constexpr std::uint64_t kMib = 1024;        // in KiB
constexpr std::uint64_t kLogSlack = 65536;  // lines that were on their way when the file had reached its size

using Figures = std::array<double, 4>;

class Judgement {
 public:
  explicit Judgement(std::vector<std::string>& faults) : faults_(faults) {}

  void Head(std::string_view title) {
    table_ += fmt::format("\n{:<34}{:>12}{:>12}{:>12}{:>12}\n", title, "1st", "2nd", "3rd", "4th quarter");
  }
  // Adds one line. `most`: of the last quarter.
  void Add(const std::string& name, const Figures& figures, double most, std::string_view unit) {
    const bool flat = figures[kLast] <= most;
    const int digits = unit == "ms" ? 1 : 0;
    table_ += fmt::format("  {:<32}", name);
    for (const double figure : figures) table_ += fmt::format("{:>12.{}f}", figure, digits);
    table_ += flat ? "\n" : fmt::format("  GROWS, at most {:.{}f}\n", most, digits);
    if (flat) return;
    faults_.push_back(fmt::format("{}: {:.{}f} {} in the second quarter, {:.{}f} in the last", name, figures[kSecond],
                                  digits, unit, figures[kLast], digits));
  }
  std::string Take() { return std::move(table_); }

 private:
  std::vector<std::string>& faults_;
  std::string table_;
};

Figures Of(const std::array<Quarter, 4>& quarters, const std::function<double(const Quarter&)>& figure) {
  Figures figures;
  std::ranges::transform(quarters, figures.begin(), figure);
  return figures;
}

std::vector<std::string> PartNames(const std::array<Quarter, 4>& quarters) {
  std::vector<std::string> names;
  for (const auto& [name, part] : quarters[kLast].measures.parts) names.push_back(name);
  return names;
}

void JudgeParts(const std::array<Quarter, 4>& quarters, const Rule& rule, Judgement& judgement) {
  struct Kind {
    std::string_view title, unit;
    std::uint64_t Part::* field;
    std::function<double(double)> most;
  };
  const auto more = [](std::uint64_t by) { return [by](double second) { return second + static_cast<double>(by); }; };
  const std::array<Kind, 4> kinds = {Kind{"memory, KiB", "KiB", &Part::anonymous_kib,
                                          [&rule](double second) {
                                            return second + std::max(static_cast<double>(rule.memory_kib),
                                                                     second * rule.memory_share);
                                          }},
                                     Kind{"descriptors", "descriptors", &Part::descriptors, more(rule.descriptors)},
                                     Kind{"threads", "threads", &Part::threads, more(rule.threads)},
                                     Kind{"processes", "processes", &Part::processes, more(rule.processes)}};
  for (const Kind& kind : kinds) {
    judgement.Head(kind.title);
    for (const std::string& name : PartNames(quarters)) {
      const Figures figures = Of(quarters, [&](const Quarter& quarter) {
        const auto part = quarter.measures.parts.find(name);
        return part == quarter.measures.parts.end() ? 0.0 : static_cast<double>(part->second.*kind.field);
      });
      judgement.Add(name, figures, kind.most(figures[kSecond]), kind.unit);
    }
  }
}

// bank's store grows with its journal, so what counts there is the size of an entry.
double MostOfStore(const std::string& name, const std::array<Quarter, 4>& quarters, const Rule& rule,
                   const Figures& used, double share) {
  const double second = used[kSecond];
  double most = second + std::max(static_cast<double>(rule.store_bytes), second * share);
  if (name == "auth" || name == "bank" || name == "honeychecker")
    most += static_cast<double>((quarters[kLast].left - quarters[kSecond].left) * rule.bytes_of_a_leaver);
  if (name == "bank" && quarters[kSecond].measures.entries > 0) {
    const double entry = second / static_cast<double>(quarters[kSecond].measures.entries);
    const auto more = static_cast<double>(quarters[kLast].measures.entries - quarters[kSecond].measures.entries);
    most += more * entry * (1 + rule.entry_share);
  }
  return most;
}

void JudgeStores(const std::array<Quarter, 4>& quarters, const Rule& rule, Judgement& judgement) {
  const auto of = [&](const std::string& name, std::uint64_t StoreState::* field) {
    return Of(quarters, [&](const Quarter& quarter) {
      const auto store = quarter.measures.stores.find(name);
      return store == quarter.measures.stores.end() ? 0.0 : static_cast<double>(store->second.*field);
    });
  };
  const auto each = [&](std::string_view title, std::uint64_t StoreState::* field, std::string_view unit,
                        const std::function<double(const std::string&, const Figures&)>& most) {
    judgement.Head(title);
    for (const auto& [name, store] : quarters[kLast].measures.stores) {
      const Figures figures = of(name, field);
      judgement.Add(name, figures, most(name, figures), unit);
    }
  };
  const auto within = [&](double share) {
    return [&quarters, &rule, share](const std::string& name, const Figures& figures) {
      return MostOfStore(name, quarters, rule, figures, share);
    };
  };
  each("stores: live bytes", &StoreState::live_bytes, "bytes", within(rule.store_share));
  each("stores: bytes ever used", &StoreState::used_bytes, "bytes", within(rule.used_share));
  each("stores: size of data.mdb", &StoreState::file_bytes, "bytes", within(rule.used_share));
  each("stores: readers ever at once", &StoreState::readers, "readers",
       [](const std::string&, const Figures& figures) { return figures[kSecond] + 2; });
  each("stores: stale readers", &StoreState::stale, "readers", [](const std::string&, const Figures&) { return 0.0; });
  judgement.Head("bank");
  const Figures entries = Of(quarters, [](const Quarter& q) { return static_cast<double>(q.measures.entries); });
  judgement.Add("entries of the journal", entries, entries[kLast], "entries");
}

void JudgeLogs(const std::array<Quarter, 4>& quarters, Judgement& judgement) {
  judgement.Head("logs, bytes with rotated files");
  for (const auto& [log, bytes] : quarters[kLast].measures.logs) {
    const Figures figures = Of(quarters, [name = log](const Quarter& quarter) {
      const auto found = quarter.measures.logs.find(name);
      return found == quarter.measures.logs.end() ? 0.0 : static_cast<double>(found->second);
    });
    judgement.Add(log, figures, static_cast<double>(kLogBytes * (kLogsKept + 1) + kLogSlack), "bytes");
  }
  const Figures other = Of(quarters, [](const Quarter& q) { return static_cast<double>(q.measures.other_bytes); });
  judgement.Add("other files", other, other[kSecond] + static_cast<double>(kLogSlack), "bytes");
}

void JudgeTimes(const std::array<Quarter, 4>& quarters, const Rule& rule, Judgement& judgement) {
  for (const bool is_p99 : {false, true}) {
    judgement.Head(is_p99 ? "times: p99, ms" : "times: p50, ms");
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      const Figures figures =
          Of(quarters, [&](const Quarter& q) { return is_p99 ? q.times[kind].p99 : q.times[kind].p50; });
      const bool bounded = is_p99 && kind != static_cast<std::size_t>(Kind::kDownload);
      const double most = bounded ? figures[kSecond] * rule.p99_factor + rule.p99_ms : figures[kLast];
      judgement.Add(kKindNames[kind], figures, most, "ms");
    }
  }
}

}  // namespace

std::string LogSettings() {
  return fmt::format(
      "log {{ rotate_bytes: {0} keep: {1} alarm_rotate_bytes: {0} alarm_keep: {1} audit_rotate_bytes: {0} "
      "audit_keep: {1} money_rotate_bytes: {0} money_keep: {1} }}",
      kLogBytes, kLogsKept);
}

Rule RuleFor(bool brief) {
  Rule rule{};
  // All browsers are closed in the break. What may still differ are a run that sandbox has ready, and a file that the
  // dispatcher keeps open. A leak of one for each restart of a role already counts three.
  rule.descriptors = 2;
  rule.threads = 0;
  rule.processes = 1;
  // A heap that has once held more keeps it. A request that loses 64 bytes loses 1 MiB in 16,000 requests; half a run of
  // 60 members and 8 minutes has about as many.
  rule.memory_kib = brief ? 3 * kMib : kMib;
  rule.memory_share = brief ? 0.25 : 0.08;
  // Rows are saved with other sizes than before.
  rule.store_bytes = brief ? 1048576 : 393216;
  rule.store_share = brief ? 0.5 : 0.1;
  // A large value needs pages that are side by side, and a backup keeps freed pages from being used. So the pages that
  // were ever used become more for long, but ever more slowly.
  rule.used_share = brief ? 0.5 : 0.25;
  // The closed account and its name stay (docs/stores.md), in both stores.
  rule.bytes_of_a_leaver = 1024;
  rule.entry_share = 0.3;
  // A table that is walked for each request makes p99 grow with the requests. Other programs on the machine do as well,
  // and then all quarters are slow or none.
  rule.p99_factor = brief ? 4 : 2;
  rule.p99_ms = brief ? 150 : 40;
  return rule;
}

std::string Explain(const Rule& rule) {
  return fmt::format(
      "The first quarter fills tables and heaps. Flat means that the last quarter has, compared with the second:\n"
      "  memory       at most {} KiB or {:.0f} % more, whichever is greater, in each role\n"
      "  descriptors  at most {} more; threads {} more; processes {} more\n"
      "  stores       at most {} KiB or {:.0f} % more ({:.0f} % with free pages); where accounts are closed also {} "
      "bytes for each;\n"
      "               bank also the bytes of the entries since then, each {:.0f} % larger at most; no stale reader\n"
      "  logs         at most {} KiB of one log with its rotated files\n"
      "  times        a p99 of at most {} times as much and {} ms (downloads grow with the journal and are not "
      "judged)\n",
      rule.memory_kib, rule.memory_share * 100, rule.descriptors, rule.threads, rule.processes, rule.store_bytes / 1024,
      rule.store_share * 100, rule.used_share * 100, rule.bytes_of_a_leaver, rule.entry_share * 100,
      (kLogBytes * (kLogsKept + 1) + kLogSlack) / 1024, rule.p99_factor, rule.p99_ms);
}

std::string Judge(const std::array<Quarter, 4>& quarters, const Rule& rule, std::vector<std::string>& faults) {
  Judgement judgement(faults);
  JudgeParts(quarters, rule, judgement);
  JudgeStores(quarters, rule, judgement);
  JudgeLogs(quarters, judgement);
  JudgeTimes(quarters, rule, judgement);
  return judgement.Take();
}

}  // namespace zoobar::long_run
