#include "audit/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

namespace zoobar::audit {
namespace {

std::string Records(std::uint64_t count) { return count == 1 ? "1 record" : fmt::format("{} records", count); }

// Chooses the runs that stand in the right order: a longest possible sequence, by the number of records, of runs whose
// ids ascend. All other runs were moved or repeated. Returns the indexes of the chosen pieces. Needs n log n steps.
std::vector<std::size_t> RunsInOrder(const std::vector<Piece>& pieces) {
  struct Best {
    std::uint64_t records;
    std::size_t piece;
  };
  constexpr std::size_t kNone = ~std::size_t{0};
  std::map<RecordId, Best> best;  // by the last id of a sequence; a later id always has more records
  std::vector<std::size_t> before(pieces.size(), kNone);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (!pieces[i].sound) continue;
    Best reached{pieces[i].lines, i};
    if (const auto after = best.lower_bound(pieces[i].first); after != best.begin()) {
      reached.records += std::prev(after)->second.records;
      before[i] = std::prev(after)->second.piece;
    }
    auto next = best.upper_bound(pieces[i].last);
    if (next != best.begin() && std::prev(next)->second.records >= reached.records) continue;
    while (next != best.end() && next->second.records <= reached.records) next = best.erase(next);
    best.insert_or_assign(pieces[i].last, reached);
  }
  std::vector<std::size_t> chosen;
  for (std::size_t at = best.empty() ? kNone : best.rbegin()->second.piece; at != kNone; at = before[at])
    chosen.push_back(at);
  std::ranges::reverse(chosen);
  return chosen;
}

// The place between two runs in order. Gap j is before the run j; the last gap is after all runs.
struct Gap {
  std::vector<Piece> bad;       // the lines that are no records and stand here
  std::uint64_t elsewhere = 0;  // records that belong here and stand elsewhere
};

struct Missing {
  std::uint64_t records = 0;
  bool at_least = false;  // the number cannot be known
};

// Neighbouring runs that were moved together.
struct Moved {
  Piece first, last;
  std::size_t piece = 0;            // the index of the last one
  std::size_t place = 0, home = 0;  // the gap where they stand, and the one where they belong
  bool told = false;
};

class Judging {
 public:
  Judging(const Scan& scan, const Expected& expected) : scan_(scan), expected_(expected) {
    std::ranges::sort(expected_.must_exist);
  }

  Judgement Run() {
    for (const std::size_t index : RunsInOrder(scan_.pieces())) order_.push_back(index);
    gaps_.resize(order_.size() + 1);
    Sort();
    for (std::size_t gap = 0; gap < gaps_.size(); ++gap) {
      LookAt(gap);
      if (gap > 0 && gap < order_.size()) CompareSeals(RunAt(gap - 1), RunAt(gap));
    }
    TellMoved();
    Finish();
    return std::move(judgement_);
  }

 private:
  const Piece& RunAt(std::size_t number) const { return scan_.pieces()[order_[number]]; }

  void Tell(Fault fault, const Piece& at, std::uint64_t first, std::uint64_t last, std::string what) {
    found_.push_back({at.file, {fault, scan_.files()[at.file].name, first, last, std::move(what)}});
  }

  // Finds out for each piece in which gap it stands, and where it belongs.
  void Sort() {
    std::size_t place = 0;
    for (std::size_t i = 0; i < scan_.pieces().size(); ++i) {
      const Piece& piece = scan_.pieces()[i];
      if (piece.sound) judgement_.records += piece.lines;
      if (place < order_.size() && order_[place] == i) {
        ++place;
      } else if (!piece.sound) {
        gaps_[place].bad.push_back(piece);
      } else {
        SortMoved(piece, i, place);
      }
    }
  }

  void SortMoved(const Piece& piece, std::size_t index, std::size_t place) {
    const auto after =
        std::ranges::upper_bound(order_, piece.first, {}, [this](std::size_t at) { return scan_.pieces()[at].first; });
    const std::size_t home = static_cast<std::size_t>(after - order_.begin());
    if ((home > 0 && RunAt(home - 1).last >= piece.first) || !seen_.insert({piece.first, index}).second) {
      return Tell(Fault::kRepeated, piece, piece.line, piece.last_line(),
                  fmt::format("{} to {} stand in the files twice", piece.first.Text(), piece.last.Text()));
    }
    gaps_[home].elsewhere += piece.lines;
    if (!moved_.empty() && moved_.back().piece + 1 == index && moved_.back().place == place &&
        moved_.back().home == home && moved_.back().last.file == piece.file) {
      moved_.back().last = piece;
      moved_.back().piece = index;
    } else {
      moved_.push_back({piece, piece, index, place, home});
    }
  }

  // Returns how many records are missing between the runs gap-1 and gap, or before the first, or after the last.
  Missing MissingIn(std::size_t gap) const {
    const Piece* const from = gap > 0 ? &RunAt(gap - 1) : nullptr;
    const Piece* const to = gap < order_.size() ? &RunAt(gap) : nullptr;
    if (to && expected_.oldest && to->first <= *expected_.oldest) return {};  // left over from before a deletion
    if (!from && !expected_.whole) return {};
    if (from && to && from->last.SameEpoch(to->first)) return {to->first.line - from->last.line - 1};
    if (to && to->first.line > 0) return {to->first.line, true};
    const std::optional<RecordId> need = LastBefore(to);
    if (!need || (from && *need <= from->last)) return {};
    if (from && need->SameEpoch(from->last)) return {need->line - from->last.line};
    return {need->line + 1, true};
  }

  // Returns the last record of which something says that it was before the run. nullptr: before the end of the log.
  std::optional<RecordId> LastBefore(const Piece* run) const {
    std::optional<RecordId> last;
    if (run && run->begin) last = std::max(run->begin->found, run->begin->noted);
    const auto& all = expected_.must_exist;
    const auto after = run ? std::ranges::lower_bound(all, run->first) : all.end();
    if (after != all.begin()) last = std::max(last, std::optional(*std::prev(after)));
    return last;
  }

  // A line that was not finished when a process ended, or that is being written now, is no fault.
  void Excuse(std::size_t gap) {
    std::vector<Piece>& bad = gaps_[gap].bad;
    if (bad.empty()) return;
    const bool torn = gap < order_.size() && RunAt(gap).begin && RunAt(gap).begin->torn;
    const bool written_now = gap == order_.size() && expected_.running && bad.back().unfinished &&
                             bad.back().file + 1 == scan_.files().size();
    if (!torn && !written_now) return;
    bad.back().unfinished = false;
    if (--bad.back().lines == 0) bad.pop_back();
  }

  void LookAt(std::size_t gap) {
    Excuse(gap);
    const Missing missing = MissingIn(gap);
    const std::vector<Piece>& bad = gaps_[gap].bad;
    const std::uint64_t elsewhere = std::min(missing.records, gaps_[gap].elsewhere);
    const std::uint64_t records = missing.records - elsewhere;
    const std::string how_many = fmt::format("{}{}", missing.at_least ? "at least " : "", Records(records));
    std::uint64_t lines = 0;
    for (const Piece& piece : bad) lines += piece.lines;
    if (lines == 0 && records > 0) return TellRemoved(gap, how_many);
    if (lines == records && !missing.at_least) return TellEdited(bad);
    for (const Piece& piece : bad) {
      const Fault fault = piece.unfinished ? Fault::kTruncated : records > 0 ? Fault::kEdited : Fault::kAdded;
      Tell(fault, piece, piece.line, piece.last_line(),
           records > 0 ? how_many + " should stand here" : "no record is missing in its place");
    }
  }

  // Each line stands where one record is missing.
  void TellEdited(const std::vector<Piece>& bad) {
    for (const Piece& piece : bad) {
      for (std::uint64_t line = piece.line; line <= piece.last_line(); ++line) {
        const bool unfinished = piece.unfinished && line == piece.last_line();
        if (found_.size() > 2 * Judgement::kMaxFindings) {
          ++judgement_.more_findings;
        } else {
          Tell(unfinished ? Fault::kTruncated : Fault::kEdited, piece, line, line,
               unfinished ? "the line is not finished" : "its seal is wrong");
        }
      }
    }
  }

  void TellRemoved(std::size_t gap, const std::string& how_many) {
    const std::string after = gap > 0 ? fmt::format(" after {}", RunAt(gap - 1).last.Text()) : "";
    if (gap < order_.size()) {
      const Piece& to = RunAt(gap);
      return Tell(Fault::kRemoved, to, to.line, to.line,
                  fmt::format("{} missing{}, before this line", how_many, after));
    }
    Piece end;
    end.file = scan_.files().empty() ? 0 : scan_.files().size() - 1;
    const std::uint64_t line = scan_.files().empty() ? 0 : scan_.files()[end.file].lines;
    if (!scan_.files().empty())
      Tell(Fault::kTruncated, end, line, line, fmt::format("{} missing{}, at the end", how_many, after));
  }

  // Looks for records that logger has not written at this place, although their seals are right. Only somebody who had
  // the key of an epoch that was going on could make them.
  void CompareSeals(const Piece& from, const Piece& to) {
    const std::optional<RecordId> end =
        to.begin && !to.begin->unknown ? std::max(to.begin->found, to.begin->noted) : std::optional<RecordId>();
    if (to.first.line == 0 && end && *end < from.last) {
      const bool within = end->SameEpoch(from.first) && *end >= from.first;
      const std::uint64_t line = within ? from.line + (end->line + 1 - from.first.line) : from.line;
      return Tell(Fault::kForged, from, line, from.last_line(), "the log ended before it when the next epoch began");
    }
    const bool next = to.first == from.last.Next() || (to.begin && to.begin->found == from.last);
    if (next && to.first_prev != from.last_mac) {
      Tell(Fault::kForged, from, from.last_line(), from.last_line(), "the record after it follows another one");
    }
  }

  void TellMoved() {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> by_way;
    for (std::size_t i = 0; i < moved_.size(); ++i) by_way.emplace(std::pair(moved_[i].place, moved_[i].home), i);
    for (std::size_t i = 0; i < moved_.size(); ++i) {
      Moved& moved = moved_[i];
      if (std::exchange(moved.told, true)) continue;
      std::string what = fmt::format("{} does not belong here", moved.first.first.Text());
      const auto other = by_way.find({moved.home, moved.place});
      if (other != by_way.end() && !moved_[other->second].told) {
        Moved& second = moved_[other->second];
        second.told = true;
        what += fmt::format("; it was exchanged with {}:{}", scan_.files()[second.first.file].name, second.first.line);
      }
      Tell(Fault::kReordered, moved.first, moved.first.line, moved.last.last_line(), std::move(what));
    }
  }

  void Finish() {
    if (!order_.empty()) {
      judgement_.first = RunAt(0).first;
      judgement_.last = RunAt(order_.size() - 1).last;
      judgement_.ended = RunAt(order_.size() - 1).ends;
    }
    for (std::size_t i = 1; i < order_.size(); ++i) {
      judgement_.not_ended += !RunAt(i).first.SameEpoch(RunAt(i - 1).last) && !RunAt(i - 1).ends;
    }
    std::ranges::stable_sort(found_, {}, [](const auto& each) { return std::tuple(each.first, each.second.first); });
    for (auto& [file, finding] : found_) {
      if (judgement_.findings.size() < Judgement::kMaxFindings) {
        judgement_.findings.push_back(std::move(finding));
      } else {
        ++judgement_.more_findings;
      }
    }
  }

  const Scan& scan_;
  Expected expected_;
  std::vector<std::size_t> order_;  // the indexes of the runs in order
  std::vector<Gap> gaps_;
  std::vector<Moved> moved_;
  std::map<RecordId, std::size_t> seen_;  // the first ids of the moved runs
  std::vector<std::pair<std::size_t, Finding>> found_;
  Judgement judgement_;
};

}  // namespace

std::string_view NameOf(Fault fault) {
  switch (fault) {
    case Fault::kEdited:
      return "edited";
    case Fault::kRemoved:
      return "removed";
    case Fault::kTruncated:
      return "truncated";
    case Fault::kReordered:
      return "reordered";
    case Fault::kRepeated:
      return "repeated";
    case Fault::kForged:
      return "forged";
    case Fault::kAdded:
      return "added";
  }
  return "?";
}

Judgement Judge(const Scan& scan, const Expected& expected) { return Judging(scan, expected).Run(); }

}  // namespace zoobar::audit
