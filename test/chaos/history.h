// Judges what members of a site have seen while it was disturbed. Each member keeps a journal of what it asked for and
// what it was told, with times. The site has a journal too. Check compares the two.
//
// The payments are told apart by sender, recipient and amount. So no member may ask for two payments, or make two
// offers, of the same amount to the same recipient.
//
// The order of the site's journal is the numbers of its entries, which all members' statements share. Check puts each
// thing that a member did at the place of its entry, and each balance that a member read between two entries. The site
// is right if that can be done so that the order agrees with real time: if one thing had ended before another began,
// its place is not later. (Herlihy and Wing call this linearizable.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace zoobar::chaos {

// Of a clock that is never set, in microseconds.
using Moment = std::int64_t;

// What a member knows about an act at the end.
enum class Outcome {
  kAcknowledged,  // the site said that it was done
  kRefused,       // the site said that nothing was moved, and the member did not ask again
  kUnknown,       // the member got no answer that says so, and does not ask any more
};

// A transfer, or an offer, which takes the zoobars from its sender and waits for its recipient.
struct Payment {
  Moment invoked = 0, returned = 0;  // when the member asked for the first time, and when it was told the outcome
  std::string sender, recipient;     // names
  std::int64_t zoobars = 0;
  bool offer = false;
  Outcome outcome = Outcome::kUnknown;
};

enum class End { kAccept, kDecline, kWithdraw };

// A member ended an offer.
struct Settling {
  Moment invoked = 0, returned = 0;
  std::string member;
  std::uint64_t offer = 0;  // the number of its entry
  End end = End::kAccept;
  Outcome outcome = Outcome::kUnknown;  // kRefused says nothing here: the offer may have ended by an earlier attempt
};

// A page showed a member's balance.
struct Read {
  Moment invoked = 0, returned = 0;
  std::string member;
  std::int64_t zoobars = 0;
};

struct History {
  std::int64_t initial_zoobars = 0;  // that a new account has
  // Who asked for an account. All other accounts are a fault. Those of `members` must be there.
  std::vector<std::string> members, perhaps_members;
  std::vector<Payment> payments;
  std::vector<Settling> settlings;
  std::vector<Read> reads;
};

// The kinds of entries, as StoredEntry::Kind (proto/stored.proto) has them.
enum EntryKind : std::uint32_t { kOpened = 1, kTransfer, kCorrection, kOffer, kAccepted, kReturned };

// An entry of the site's journal.
struct Entry {
  std::uint64_t number = 0;  // from 1
  std::uint32_t kind = 0;
  std::string sender, recipient;  // names; an account that was opened has only a recipient
  std::int64_t zoobars = 0;
  std::uint64_t about = 0;
  std::string note;
};

struct Verdict {
  // What the members were told is done and the journal does not have, and what the journal has more often than it was
  // asked for: twice, after a refusal, or although nobody asked for it.
  std::size_t lost = 0, doubled = 0;
  std::size_t acknowledged = 0;     // payments and offers
  std::vector<std::string> faults;  // a sentence for each fault, the first kMostFaults; empty: the site was right
  static constexpr std::size_t kMostFaults = 50;
};

// `journal`: all entries, in the order of their numbers.
Verdict Check(const History& history, const std::vector<Entry>& journal);

}  // namespace zoobar::chaos
