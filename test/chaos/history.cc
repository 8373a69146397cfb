#include "chaos/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <tuple>
#include <utility>

namespace zoobar::chaos {
namespace {

constexpr Moment kNever = std::numeric_limits<Moment>::max();

// Between which moments a member asked for what an entry holds. `acknowledged` is kNever if the member was not told.
struct Asked {
  Moment invoked = std::numeric_limits<Moment>::min();
  Moment acknowledged = kNever;
};

// A member's balance from one position of the journal on. Position N is after entry N.
struct Balance {
  std::size_t position;
  std::int64_t zoobars;
};

std::string Words(const Payment& payment) {
  return fmt::format("the {} of {} zoobars from {} to {}", payment.offer ? "offer" : "transfer", payment.zoobars,
                     payment.sender, payment.recipient);
}

std::string_view Word(End end) {
  if (end == End::kAccept) return "accepted";
  return end == End::kDecline ? "declined" : "withdrawn";
}

// How the entry ends its offer; nullopt: not because of a member.
std::optional<End> EndIn(const Entry& entry) {
  if (entry.kind == kAccepted) return End::kAccept;
  if (entry.note == "declined") return End::kDecline;
  if (entry.note == "withdrawn") return End::kWithdraw;
  return std::nullopt;
}

class Judge {
 public:
  Judge(const History& history, const std::vector<Entry>& journal) : history_(history), journal_(journal) {}

  Verdict Pronounce() {
    if (!Usable()) return std::move(verdict_);
    for (const Entry& entry : journal_) Take(entry);
    FindLost();
    CheckOrder();
    CheckReads();
    return std::move(verdict_);
  }

 private:
  using PaymentKey = std::tuple<std::string, std::string, std::int64_t, bool>;
  using SettlingKey = std::pair<std::uint64_t, End>;

  void Fault(std::string text) {
    if (verdict_.faults.size() < Verdict::kMostFaults) verdict_.faults.push_back(std::move(text));
  }
  void Doubled(std::string text) {
    ++verdict_.doubled;
    Fault(std::move(text));
  }
  void Lost(std::string text) {
    ++verdict_.lost;
    Fault(std::move(text));
  }

  bool Usable() {
    for (const Payment& payment : history_.payments) {
      const PaymentKey key{payment.sender, payment.recipient, payment.zoobars, payment.offer};
      if (!payments_.emplace(key, &payment).second) Fault(Words(payment) + " was asked for as two acts");
      verdict_.acknowledged += payment.outcome == Outcome::kAcknowledged;
    }
    // A member may ask for the same end on two devices. The journal cannot tell which of them it was, so the earliest
    // question and the earliest answer count.
    for (const Settling& settling : history_.settlings) {
      const auto [place, fresh] = settlings_.try_emplace({settling.offer, settling.end}, settling);
      Settling& known = place->second;
      if (fresh) continue;
      known.invoked = std::min(known.invoked, settling.invoked);
      if (settling.outcome == Outcome::kAcknowledged) {
        const bool both = known.outcome == Outcome::kAcknowledged;
        known.returned = both ? std::min(known.returned, settling.returned) : settling.returned;
        known.outcome = Outcome::kAcknowledged;
      }
    }
    for (std::size_t i = 0; i < journal_.size(); ++i) {
      if (journal_[i].number != i + 1) {
        Fault(fmt::format("entry {} of the journal has the number {}", i + 1, journal_[i].number));
        return false;
      }
    }
    return verdict_.faults.empty();
  }

  void Take(const Entry& entry) {
    asked_.emplace_back();
    switch (entry.kind) {
      case kOpened:
        TakeOpened(entry);
        break;
      case kTransfer:
      case kOffer:
        TakePayment(entry);
        break;
      case kAccepted:
      case kReturned:
        TakeEnd(entry);
        break;
      default:
        Doubled(fmt::format("entry {} has the kind {}, which nobody asked for", entry.number, entry.kind));
    }
  }

  void TakeOpened(const Entry& entry) {
    const auto has = [&](const std::vector<std::string>& names) { return std::ranges::count(names, entry.recipient); };
    if (!opened_.insert(entry.recipient).second) {
      Doubled(fmt::format("entry {} opens the account of {} again", entry.number, entry.recipient));
    } else if (!has(history_.members) && !has(history_.perhaps_members)) {
      Doubled(fmt::format("entry {} opens an account of {}, who never asked for one", entry.number, entry.recipient));
    } else if (entry.zoobars != history_.initial_zoobars) {
      Fault(fmt::format("entry {} gives {} zoobars to {}", entry.number, entry.zoobars, entry.recipient));
    }
    Change(entry.recipient, entry.number, entry.zoobars);
  }

  void TakePayment(const Entry& entry) {
    const bool offer = entry.kind == kOffer;
    const auto found = payments_.find({entry.sender, entry.recipient, entry.zoobars, offer});
    Change(entry.sender, entry.number, -entry.zoobars);
    if (!offer) Change(entry.recipient, entry.number, entry.zoobars);
    if (offer) open_offers_[entry.number] = &entry;
    if (found == payments_.end()) {
      return Doubled(fmt::format("entry {} moves {} zoobars from {} to {}, which nobody asked for", entry.number,
                                 entry.zoobars, entry.sender, entry.recipient));
    }
    const Payment& payment = *found->second;
    if (!paid_.insert(&payment).second) {
      return Doubled(fmt::format("{} was asked for once and is entry {} too", Words(payment), entry.number));
    }
    if (payment.outcome == Outcome::kRefused) {
      Doubled(fmt::format("{} was refused and is entry {}", Words(payment), entry.number));
    }
    const bool told = payment.outcome == Outcome::kAcknowledged;
    asked_.back() = {payment.invoked, told ? payment.returned : kNever};
  }

  void TakeEnd(const Entry& entry) {
    const auto offer = open_offers_.find(entry.about);
    if (offer == open_offers_.end()) {
      return Doubled(fmt::format("entry {} ends offer {}, which is not open", entry.number, entry.about));
    }
    const Entry& made = *offer->second;
    open_offers_.erase(offer);
    if (made.sender != entry.sender || made.recipient != entry.recipient || made.zoobars != entry.zoobars) {
      Fault(fmt::format("entry {} ends offer {} with other members or another amount", entry.number, entry.about));
    }
    Change(entry.kind == kAccepted ? made.recipient : made.sender, entry.number, made.zoobars);
    const std::optional<End> end = EndIn(entry);
    if (!end) return;  // it expired
    const auto settling = settlings_.find({entry.about, *end});
    const std::string& who = *end == End::kWithdraw ? made.sender : made.recipient;
    if (settling == settlings_.end() || settling->second.member != who) {
      return Doubled(fmt::format("entry {}: offer {} was {}, which {} never asked for", entry.number, entry.about,
                                 Word(*end), who));
    }
    settled_.insert(settling->first);
    const bool told = settling->second.outcome == Outcome::kAcknowledged;
    asked_.back() = {settling->second.invoked, told ? settling->second.returned : kNever};
  }

  void Change(const std::string& member, std::uint64_t number, std::int64_t by) {
    std::vector<Balance>& balances = balances_[member];
    const std::int64_t after = (balances.empty() ? 0 : balances.back().zoobars) + by;
    if (after < 0) Fault(fmt::format("after entry {} the balance of {} is {}", number, member, after));
    balances.push_back({number, after});
  }

  void FindLost() {
    for (const Payment& payment : history_.payments) {
      if (payment.outcome == Outcome::kAcknowledged && !paid_.contains(&payment)) {
        Lost(Words(payment) + " was acknowledged and is not in the journal");
      }
    }
    for (const auto& [key, settling] : settlings_) {
      if (settling.outcome == Outcome::kAcknowledged && !settled_.contains(key)) {
        Lost(fmt::format("{} was told that offer {} is {}, and the journal does not have it", settling.member,
                         key.first, Word(key.second)));
      }
    }
    for (const std::string& member : history_.members) {
      if (!opened_.contains(member)) Lost(fmt::format("{} has no account", member));
    }
  }

  // If an act was acknowledged before another one was asked for, its entry must be the earlier one.
  void CheckOrder() {
    Moment first_told = kNever;
    std::uint64_t told = 0;  // the number of that entry
    for (std::size_t i = journal_.size(); i-- > 0;) {
      if (first_told < asked_[i].invoked) {
        Fault(fmt::format("entry {} was asked for after entry {} was acknowledged", i + 1, told));
      }
      if (asked_[i].acknowledged < first_told) {
        first_told = asked_[i].acknowledged;
        told = i + 1;
      }
    }
  }

  // Each balance gets the first position at which it may stand: not before an entry that was acknowledged before the
  // page was asked for, not before what an earlier page has shown, and not after an entry that was asked for later. If
  // it has none, no other choice would help: an earlier position of one balance restricts no other balance more.
  void CheckReads() {
    std::vector<std::pair<Moment, std::size_t>> told;      // when, and up to which position
    std::vector<std::pair<Moment, std::size_t>> asked_at;  // when, and from which position on; the latest last
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (asked_[i].acknowledged != kNever) told.emplace_back(asked_[i].acknowledged, i + 1);
      asked_at.emplace_back(asked_[i].invoked, i + 1);
    }
    std::ranges::sort(told);
    for (std::size_t i = 1; i < told.size(); ++i) told[i].second = std::max(told[i].second, told[i - 1].second);
    std::ranges::sort(asked_at);
    for (std::size_t i = asked_at.size(); i-- > 1;) {
      asked_at[i - 1].second = std::min(asked_at[i - 1].second, asked_at[i].second);
    }
    std::vector<const Read*> reads;
    for (const Read& read : history_.reads) reads.push_back(&read);
    std::ranges::sort(reads, {}, &Read::invoked);
    using Placed = std::pair<Moment, std::size_t>;  // when its page had come, and its position
    std::priority_queue<Placed, std::vector<Placed>, std::greater<>> pages;
    std::size_t shown = 0, next_told = 0, first = 0;
    for (const Read* read : reads) {
      for (; !pages.empty() && pages.top().first < read->invoked; pages.pop())
        shown = std::max(shown, pages.top().second);
      for (; next_told < told.size() && told[next_told].first < read->invoked; ++next_told)
        first = told[next_told].second;
      const auto later = std::ranges::upper_bound(asked_at, read->returned, {}, &Placed::first);
      const std::size_t last = later == asked_at.end() ? journal_.size() : later->second - 1;
      const std::optional<std::size_t> place = PlaceOf(*read, std::max(first, shown), last);
      if (place) {
        pages.emplace(read->returned, *place);
      } else {
        Fault(fmt::format("{} read {} zoobars, which was the balance at no entry from {} to {}", read->member,
                          read->zoobars, std::max(first, shown), last));
      }
    }
  }

  // The first position from `first` to `last` at which the member's balance is the one that was read.
  std::optional<std::size_t> PlaceOf(const Read& read, std::size_t first, std::size_t last) const {
    const auto found = balances_.find(read.member);
    if (found == balances_.end()) return std::nullopt;
    const std::vector<Balance>& balances = found->second;
    auto next = std::ranges::upper_bound(balances, first, {}, &Balance::position);
    if (next != balances.begin() && std::prev(next)->zoobars == read.zoobars) {
      return first <= last ? std::optional(first) : std::nullopt;
    }
    next = std::find_if(next, balances.end(), [&](const Balance& each) { return each.zoobars == read.zoobars; });
    if (next == balances.end() || next->position > last) return std::nullopt;
    return next->position;
  }

  const History& history_;
  const std::vector<Entry>& journal_;
  Verdict verdict_;
  std::map<PaymentKey, const Payment*> payments_;
  std::map<SettlingKey, Settling> settlings_;
  std::set<const Payment*> paid_;
  std::set<SettlingKey> settled_;
  std::set<std::string> opened_;
  std::map<std::uint64_t, const Entry*> open_offers_;
  std::map<std::string, std::vector<Balance>> balances_;
  std::vector<Asked> asked_;  // for each entry
};

}  // namespace

Verdict Check(const History& history, const std::vector<Entry>& journal) { return Judge(history, journal).Pronounce(); }

}  // namespace zoobar::chaos
