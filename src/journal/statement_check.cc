#include "journal/statement_check.h"

#include <map>
#include <set>
#include <string_view>

#include "ipc/try.h"
#include "journal/entry.h"
#include "journal/statement_text.h"

namespace zoobar::journal {
namespace {

constexpr std::size_t kMemberIdBytes = 16, kMostMemberName = 128, kMostProof = 64;

template <typename Repeated>
Result<std::vector<Hash>> HashesOf(const Repeated& texts) {
  if (texts.size() > static_cast<int>(kMostProof)) return Error::Of("the proof has more than {} hashes", kMostProof);
  std::vector<Hash> hashes;
  hashes.reserve(kMostProof);
  for (const std::string& text : texts) {
    const std::optional<Hash> hash = Hash::Of(text);
    if (!hash) return Error{"the proof has a hash of a wrong size"};
    hashes.push_back(*hash);
  }
  return hashes;
}

// The fields that only the kinds from 3 on have.
Status CheckAbout(const StatementEntry& entry) {
  const std::uint32_t kind = entry.kind();
  if (kind > kKindReturned) return Error{"its kind is unknown: it was written by a newer zoobar"};
  if (kind < kKindMint) return Error{"it has no kind"};
  if (entry.by_program() && kind != kKindTransfer) return Error{"it was made by a program, against its kind"};
  const bool later = kind == kKindCorrection || kind == kKindAccepted || kind == kKindReturned;
  if (later != (entry.about() != 0)) return Error{"it does not name the entry that it is about, or names one too much"};
  if (later && entry.about() >= entry.number()) return Error{"it is about an entry that comes after it"};
  if ((kind == kKindOffer) != (entry.expires_ms() != 0)) return Error{"it expires, or does not, against its kind"};
  return NoteFits(kind, entry.note()) ? Status() : Status(Error{"its note does not fit its kind"});
}

// What an entry says must have the form that the bank writes.
Status CheckForm(const StatementEntry& entry, const std::string& member) {
  const bool opens = entry.sender().empty();
  if (entry.recipient().size() != kMemberIdBytes || (!opens && entry.sender().size() != kMemberIdBytes))
    return Error{"a member id has a wrong size"};
  if (entry.sender_name().size() > kMostMemberName || entry.recipient_name().size() > kMostMemberName)
    return Error{"a name is too long"};
  if (entry.sender() == entry.recipient()) return Error{"it is between one member and itself"};
  if (entry.sender() != member && entry.recipient() != member) return Error{"it is another member's"};
  if (opens != (entry.kind() == kKindMint)) return Error{"its kind does not fit its members"};
  if (opens && (!entry.sender_name().empty() || entry.by_program())) return Error{"it names a sender who is none"};
  if (opens != entry.other_side().empty()) return Error{"the hash of the other side is missing, or is too much"};
  if (entry.zoobars() < 0 || (!opens && entry.zoobars() == 0)) return Error{"its amount is not positive"};
  if (entry.balance() < 0) return Error{"its balance is negative"};
  return CheckAbout(entry);
}

Status CheckProof(const StatementEntry& entry, const std::string& member, const Checkpoint& head) {
  const std::optional<Hash> salt = Hash::Of(entry.salt()), stored = Hash::Of(entry.stored());
  const std::optional<Hash> other = entry.other_side().empty() ? Hash() : Hash::Of(entry.other_side());
  if (!salt || !stored || !other) return Error{"a hash has a wrong size"};
  const Hash own = Side{*salt, entry.ordinal(), entry.balance()}.hash();
  const bool receives = entry.recipient() == member;
  const Entry leaf{.number = entry.number(),
                   .kind = entry.kind(),
                   .time_ms = entry.time_ms(),
                   .zoobars = entry.zoobars(),
                   .by_program = entry.by_program(),
                   .sender = entry.sender(),
                   .sender_name = entry.sender_name(),
                   .recipient = entry.recipient(),
                   .recipient_name = entry.recipient_name(),
                   .sender_side = receives ? *other : own,
                   .recipient_side = receives ? own : *other,
                   .stored = *stored,
                   .about = entry.about(),
                   .expires_ms = entry.expires_ms(),
                   .note = entry.note()};
  TRY(const std::vector<Hash> proof, HashesOf(entry.proof()));
  if (entry.number() == 0) return Error{"entries count from 1"};
  return CheckInclusion(LeafOf(leaf), entry.number() - 1, head.size, proof, head.root);
}

// Follows the member's entries: their numbers grow, none is missing among them, and each balance follows from the one
// before.
class Following {
 public:
  Following(const Statement& statement, Checked& checked) : statement_(statement), checked_(checked) {}

  Status Take(const StatementEntry& entry) {
    if (entry.number() <= last_number_) return Error{"it is not in the order of the numbers"};
    last_number_ = entry.number();
    if (first_number_ == 0) first_number_ = entry.number();
    const bool receives = entry.recipient() == statement_.member();
    const std::string& name = receives ? entry.recipient_name() : entry.sender_name();
    if (!name.empty() && name != statement_.name()) return Error{"it is of another name"};
    TRY_STATUS(Count(entry));
    TRY_STATUS(Add(entry, receives));
    return Relate(entry);
  }

  Status End() {
    if (checked_.from_the_opening && checked_.first > 1) return Error{"entries before the opening of the account"};
    if (checked_.first == 1 && !checked_.from_the_opening)
      return Error{"the statement has the member's first entry, but this does not open the account"};
    if (checked_.from_the_opening && checked_.first == 0) {
      checked_.first = 1;
      checked_.last = position_;
    }
    return {};
  }

 private:
  Status Count(const StatementEntry& entry) {
    ++position_;
    if (entry.ordinal() == 0) {
      if (checked_.last != 0) return Error{"it is not counted, but the one before is"};
      ++checked_.uncounted;
      return {};
    }
    if (checked_.last == 0) {
      // The entries before it, which are older than the tree, are counted backwards from here.
      if (entry.ordinal() < position_) return Error{"there are more entries before it than it says"};
      checked_.first = entry.ordinal() - (position_ - 1);
    } else if (entry.ordinal() != checked_.last + 1) {
      return Error::Of("it is entry {} of the member, but the one before is entry {}: something is missing or too much",
                       entry.ordinal(), checked_.last);
    }
    checked_.last = entry.ordinal();
    return {};
  }

  Status Add(const StatementEntry& entry, bool receives) {
    const bool opens = entry.kind() == kKindMint;
    if (opens && position_ != 1) return Error{"it opens the account again"};
    if (opens) checked_.from_the_opening = true;
    std::int64_t before = 0;
    const std::int64_t change = ChangeOf(entry.kind(), receives, entry.zoobars());
    const bool impossible = __builtin_sub_overflow(entry.balance(), change, &before);
    if (impossible || before < 0 || (opens && before != 0)) return Error{"its amount does not fit its balance"};
    if (position_ == 1) checked_.before = before;
    if (position_ != 1 && before != checked_.after)
      return Error::Of("the balance before it was {}, and with its amount this does not make {}", checked_.after,
                       entry.balance());
    checked_.after = entry.balance();
    return {};
  }

  // An entry that ends an offer, or corrects an entry, must fit that one if the file has it, and there is only one such.
  Status Relate(const StatementEntry& entry) {
    if (entry.kind() == kKindOffer || MovesBetweenMembers(entry.kind())) earlier_.emplace(entry.number(), &entry);
    if (entry.about() == 0) return {};
    const bool corrects = entry.kind() == kKindCorrection;
    if (!(corrects ? corrected_ : ended_).insert(entry.about()).second)
      return Error::Of("an entry before it is already about entry {}", entry.about());
    const auto found = earlier_.find(entry.about());
    if (found == earlier_.end()) {
      const bool missing = position_ != 1 && entry.about() >= first_number_;
      return missing ? Status(Error::Of("it is about entry {}, which is none that it can be about", entry.about()))
                     : Status();
    }
    const StatementEntry& of = *found->second;
    const bool same =
        corrects ? of.kind() != kKindOffer && of.sender() == entry.recipient() && of.recipient() == entry.sender()
                 : of.kind() == kKindOffer && of.sender() == entry.sender() && of.recipient() == entry.recipient();
    if (!same || of.zoobars() != entry.zoobars()) return Error::Of("it does not fit entry {}", entry.about());
    return {};
  }

  const Statement& statement_;
  Checked& checked_;
  std::map<std::uint64_t, const StatementEntry*> earlier_;  // what a later entry can be about
  std::set<std::uint64_t> corrected_, ended_;
  std::uint64_t first_number_ = 0;
  std::uint64_t last_number_ = 0, position_ = 0;
};

// The proof must lead from the older size that it names to the head of the statement.
Status CheckConsistencyProof(const ConsistencyProof& proof, const Checkpoint& head) {
  const std::optional<Hash> old_root = Hash::Of(proof.old_root());
  if (!old_root || proof.size() != head.size) return Error{"the consistency proof is of another size"};
  TRY(const std::vector<Hash> hashes, HashesOf(proof.proof()));
  return CheckConsistency(proof.old_size(), *old_root, head.size, head.root, hashes);
}

// The older head must be of the same journal and the beginning of the newer one.
Status CheckHistory(const Statement& statement, const CheckAgainst& against, Checked& checked) {
  Result<Checkpoint> older = OpenCheckpoint(against.older->checkpoint, checked.key);
  if (!older.ok()) return Error::Of("the older one: {}", older.error().text);
  const Checkpoint& head = checked.checkpoint;
  if (older->size > head.size)
    return Error::Of("the older one has {} entries, this one {}: give the newer statement first", older->size,
                     head.size);
  ConsistencyProof trivial;
  trivial.set_old_size(older->size);
  trivial.set_size(head.size);
  trivial.set_old_root(older->root.text());
  const ConsistencyProof* found = older->size == head.size || older->size == 0 ? &trivial : nullptr;
  for (const ConsistencyProof* each : {statement.has_consistency() ? &statement.consistency() : nullptr,
                                       against.consistency ? &*against.consistency : nullptr}) {
    if (!found && each && each->old_size() == older->size && each->size() == head.size) found = each;
  }
  if (!found) {
    return Error::Of(
               "there is no proof from size {} to size {}. Download the statement again with the older size, or "
               "ask the operator for: zoobar ctl journal proof {} {}",
               older->size, head.size, older->size, head.size)
        .As(Cause::kGone);
  }
  if (found->old_root() != older->root.view())
    return Error{"the journal had another content when the older one was signed: its history was changed"};
  TRY_STATUS(CheckConsistencyProof(*found, head));
  checked.older = std::move(*older);
  return {};
}

// Two statements of one member must not contradict each other.
Status CompareStatements(const Statement& statement, const Checked& checked, const Statement& older) {
  if (older.member() != statement.member()) return Error{"the older statement is another member's"};
  CheckAgainst against;
  against.key = checked.key;
  Result<Checked> before = CheckStatement(older, against);
  if (!before.ok()) return Error::Of("the older statement: {}", before.error().text);
  std::map<std::uint64_t, std::uint64_t> numbers;  // by which of the member's entries it is
  for (int i = 0; i < older.entries_size() && before->first != 0; ++i) {
    numbers[before->first + static_cast<std::uint64_t>(i)] = older.entries(i).number();
  }
  for (int i = 0; i < statement.entries_size() && checked.first != 0; ++i) {
    const std::uint64_t ordinal = checked.first + static_cast<std::uint64_t>(i);
    const auto same = numbers.find(ordinal);
    if (same != numbers.end() && same->second != statement.entries(i).number())
      return Error::Of("entry {} of the member has number {} here, and {} in the older statement", ordinal,
                       statement.entries(i).number(), same->second);
  }
  if (before->last > checked.last)
    return Error::Of(
        "the older statement goes to entry {} of the member, this one only to {}: compare it with the "
        "newest part of the statement",
        before->last, checked.last);
  return {};
}

Result<Checked> Begin(const Statement& statement, const CheckAgainst& against) {
  if (statement.format() != kStatementFormat) return Error::Of("its format is not \"{}\"", kStatementFormat);
  TRY(PublicKey key, PublicKey::Parse(statement.key()));
  if (against.key && !(*against.key == key)) return Error{"it is signed with another key than the one that was given"};
  TRY(Checkpoint head, OpenCheckpoint(statement.checkpoint(), key));
  if (statement.member().size() != kMemberIdBytes) return Error{"its member id has a wrong size"};
  if (statement.name().empty() || statement.name().size() > kMostMemberName) return Error{"its name has a wrong size"};
  Checked checked{.key = std::move(key), .checkpoint = std::move(head)};
  checked.key_known = against.key.has_value();
  return checked;
}

}  // namespace

Result<Checked> CheckStatement(const Statement& statement, const CheckAgainst& against) {
  TRY(Checked checked, Begin(statement, against));
  Following following(statement, checked);
  for (const StatementEntry& entry : statement.entries()) {
    Status sound = CheckForm(entry, statement.member());
    if (sound.ok()) sound = CheckProof(entry, statement.member(), checked.checkpoint);
    if (sound.ok()) sound = following.Take(entry);
    if (!sound.ok()) return Error::Of("entry {}: {}", entry.number(), sound.error().text);
  }
  if (statement.entries_size() > 0) TRY_STATUS(following.End());
  if (statement.has_consistency()) TRY_STATUS(CheckConsistencyProof(statement.consistency(), checked.checkpoint));
  if (against.older) {
    TRY_STATUS(CheckHistory(statement, against, checked));
    if (against.older->statement) TRY_STATUS(CompareStatements(statement, checked, *against.older->statement));
  }
  return checked;
}

}  // namespace zoobar::journal
