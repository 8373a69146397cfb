// The part of the ledger for offers and corrections (docs/offers.md).
#include <sodium.h>

#include <algorithm>
#include <utility>

#include "ipc/try.h"
#include "ledger/ledger.h"
#include "store/keys.h"

namespace zoobar {
namespace {

std::string_view NoteOf(OfferEnd end) {
  if (end == OFFER_END_DECLINE) return "declined";
  return end == OFFER_END_WITHDRAW ? "withdrawn" : "";
}

StoredEntry::Kind KindOf(OfferEnd end) {
  return end == OFFER_END_ACCEPT ? StoredEntry::KIND_ACCEPTED : StoredEntry::KIND_RETURNED;
}

// An act that nobody asked for. Its id is random, because the salts of the entry's leaf come from it.
std::string OwnActId() {
  std::string id(Ledger::kActIdSize, '\0');
  randombytes_buf(id.data(), id.size());
  return id;
}

}  // namespace

std::optional<Ledger::Judgement::Outcome> Ledger::PastOffers(const ReadTransaction& tx,
                                                             const Transfer& transfer) const {
  if (!transfer.offer) return std::nullopt;
  std::uint32_t made = 0, between = 0, got = 0;
  for (const Numbered& offer : OffersIn(tx, transfer.sender)) {
    made += offer.entry.sender() == transfer.sender;
    between += offer.entry.recipient() == transfer.recipient;
  }
  for (const Numbered& offer : OffersIn(tx, transfer.recipient)) got += offer.entry.recipient() == transfer.recipient;
  if (between >= (got < kMostGot / 2 ? kMostBetween : 1)) return Judgement::Outcome::kTooManyBetween;
  if (made >= kMostMade) return Judgement::Outcome::kTooManyMade;
  if (got >= kMostGot) return Judgement::Outcome::kTooManyGot;
  return std::nullopt;
}

Task<Result<Ledger::Settled>> Ledger::Settle(Settlement settlement) {
  auto act = [this, &settlement](WriteTransaction& tx) { return SettleIn(tx, settlement); };
  auto writing = environment_->Write(std::move(act), settlement.deadline);
  Result<Settled> settled = co_await writing;
  if (settled.ok() || !settled.error().no_room()) co_return settled;
  // As in Send.
  auto find = [&](ReadTransaction& tx) -> Result<std::optional<Settled>> { return SettledBefore(tx, settlement); };
  CO_TRY(const std::optional<Settled> before, environment_->Read(find));
  if (before) co_return *before;
  co_return settled;
}

// Returns the answer to an act that is already in the journal, or nullopt if the act is not there.
std::optional<Ledger::Settled> Ledger::SettledBefore(const ReadTransaction& tx, const Settlement& settlement) const {
  const std::optional<std::string_view> number = tx.Get(acts_, settlement.act);
  if (!number) return std::nullopt;
  Settled before{.repeated_act = true};
  if (number->size() != kNumberSize || !tx.GetMessage(journal_, *number, &before.stored)) {
    tx.FailDamaged(acts_, settlement.act);
    return Settled{};
  }
  const StoredEntry& entry = before.stored;
  if (entry.kind() != KindOf(settlement.end) || entry.about() != settlement.offer ||
      entry.note() != NoteOf(settlement.end)) {
    return Settled{.outcome = SettleReply::OUTCOME_NOT_OPEN};
  }
  before.entry = NumberOf(*number);
  before.zoobars = BalanceAfter(entry, settlement.member);
  return before;
}

Result<Ledger::Settled> Ledger::SettleIn(WriteTransaction& tx, const Settlement& settlement) const {
  if (std::optional<Settled> before = SettledBefore(tx, settlement)) return *before;
  StoredBankAccount account;
  tx.GetMessage(accounts_, settlement.member, &account);
  auto refuse = [&](SettleReply::Outcome why) { return Settled{.outcome = why, .zoobars = account.zoobars()}; };
  StoredEntry offer;
  if (!tx.Has(offers_, EntryKey(settlement.member, settlement.offer)) ||
      !tx.GetMessage(journal_, NumberKey(settlement.offer), &offer)) {
    return refuse(SettleReply::OUTCOME_NOT_OPEN);
  }
  if (offer.zoobars() <= 0) {
    tx.FailDamaged(journal_, NumberKey(settlement.offer));
    return Settled{};
  }
  const bool withdraws = settlement.end == OFFER_END_WITHDRAW;
  if ((withdraws ? offer.sender() : offer.recipient()) != settlement.member)
    return refuse(SettleReply::OUTCOME_NOT_OPEN);
  const bool accepts = settlement.end == OFFER_END_ACCEPT;
  if (accepts && settlement.time_ms >= offer.expires_ms()) return refuse(SettleReply::OUTCOME_EXPIRED);
  if (accepts && account.zoobars() > kMostZoobars - offer.zoobars()) return refuse(SettleReply::OUTCOME_OVERFLOW);
  Numbered ended = EndOffer(tx, settlement.offer, offer, KindOf(settlement.end), NoteOf(settlement.end), settlement.act,
                            settlement.time_ms);
  return Settled{.zoobars = withdraws ? ended.entry.sender_after() : ended.entry.recipient_after(),
                 .entry = ended.number,
                 .stored = std::move(ended.entry)};
}

Ledger::Numbered Ledger::EndOffer(WriteTransaction& tx, std::uint64_t number, const StoredEntry& offer,
                                  StoredEntry::Kind kind, std::string_view note, std::string act,
                                  std::int64_t time_ms) const {
  StoredBankAccount sender, recipient;
  if (!tx.GetMessage(accounts_, offer.sender(), &sender)) tx.FailDamaged(accounts_, offer.sender());
  if (!tx.GetMessage(accounts_, offer.recipient(), &recipient)) tx.FailDamaged(accounts_, offer.recipient());
  Numbered ended;
  StoredEntry& entry = ended.entry;
  entry.set_kind(kind);
  entry.set_time_ms(time_ms);
  entry.set_sender(offer.sender());
  entry.set_recipient(offer.recipient());
  entry.set_zoobars(offer.zoobars());
  entry.set_act(std::move(act));
  entry.set_about(number);
  entry.set_note(std::string(note));
  ended.number = AddBetween(tx, &entry, &sender, &recipient);
  for (const std::string& member : {offer.sender(), offer.recipient()}) tx.Delete(offers_, EntryKey(member, number));
  tx.Delete(expiring_, NumberKey(static_cast<std::uint64_t>(offer.expires_ms())) + NumberKey(number));
  return ended;
}

std::vector<std::string> Ledger::Expired(const ReadTransaction& tx, std::int64_t now_ms) const {
  std::vector<std::string> numbers;
  Cursor cursor(tx, expiring_);
  for (bool at = cursor.First(); at && numbers.size() < kMostAtOnce; at = cursor.Next()) {
    if (cursor.key().size() != 2 * kNumberSize) tx.FailDamaged(expiring_, cursor.key());
    if (tx.failed() || static_cast<std::int64_t>(NumberOf(cursor.key())) > now_ms) break;
    numbers.emplace_back(cursor.key().substr(kNumberSize));
  }
  return numbers;
}

std::vector<Ledger::Numbered> Ledger::ReturnOffers(WriteTransaction& tx, const std::vector<std::string>& numbers,
                                                   std::string_view note, std::int64_t time_ms) const {
  std::vector<Numbered> returned;
  for (const std::string& key : numbers) {
    StoredEntry offer;
    if (!tx.GetMessage(journal_, key, &offer)) tx.FailDamaged(journal_, key);
    returned.push_back(EndOffer(tx, NumberOf(key), offer, StoredEntry::KIND_RETURNED, note, OwnActId(), time_ms));
  }
  return returned;
}

Task<Result<std::vector<Ledger::Numbered>>> Ledger::ReturnExpired(std::int64_t now_ms) {
  // Asks first whether there is anything to do, so that nothing is written otherwise.
  auto any = [this, now_ms](ReadTransaction& tx) -> Result<bool> { return !Expired(tx, now_ms).empty(); };
  CO_TRY(const bool due, environment_->Read(any));
  if (!due) co_return std::vector<Numbered>();
  auto act = [this, now_ms](WriteTransaction& tx) -> Result<std::vector<Numbered>> {
    return ReturnOffers(tx, Expired(tx, now_ms), "expired", now_ms);
  };
  auto writing = environment_->Write(std::move(act));
  co_return co_await writing;
}

Result<std::vector<Ledger::Numbered>> Ledger::Offers(std::string_view member) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<std::vector<Numbered>> { return OffersIn(tx, member); });
}

std::vector<Ledger::Numbered> Ledger::OffersIn(const ReadTransaction& tx, std::string_view member) const {
  std::vector<Numbered> offers;
  for (const std::string& key : KeysWithPrefix(tx, offers_, member)) {
    const std::string_view number = std::string_view(key).substr(kMemberIdSize);
    Numbered& offer = offers.emplace_back();
    if (number.size() != kNumberSize || !tx.GetMessage(journal_, number, &offer.entry)) {
      tx.FailDamaged(offers_, key);
      break;
    }
    offer.number = NumberOf(number);
  }
  std::ranges::reverse(offers);
  return offers;
}

Task<Result<Ledger::Corrected>> Ledger::Correct(Correction correction) {
  auto act = [this, &correction](WriteTransaction& tx) { return CorrectIn(tx, correction); };
  auto writing = environment_->Write(std::move(act));
  co_return co_await writing;
}

Result<Ledger::Corrected> Ledger::CorrectIn(WriteTransaction& tx, const Correction& correction) const {
  auto refuse = [](std::string why) { return Corrected{.refused = std::move(why), .entry = {}}; };
  const std::string key = NumberKey(correction.entry);
  StoredEntry wrong;
  if (!tx.GetMessage(journal_, key, &wrong)) return refuse(fmt::format("there is no entry {}", correction.entry));
  if (wrong.kind() == StoredEntry::KIND_OFFER || wrong.kind() == StoredEntry::KIND_RETURNED)
    return refuse(fmt::format("entry {} is of an offer that moved nothing to its recipient", correction.entry));
  if (!journal::MovesBetweenMembers(static_cast<std::uint32_t>(wrong.kind())))
    return refuse(fmt::format("entry {} opened an account", correction.entry));
  if (const auto number = tx.Get(corrected_, key); number && number->size() == kNumberSize)
    return refuse(fmt::format("entry {} was already corrected by entry {}", correction.entry, NumberOf(*number)));
  if (wrong.zoobars() <= 0) tx.FailDamaged(journal_, key);
  StoredBankAccount gives, gets;
  if (!tx.GetMessage(accounts_, wrong.recipient(), &gives)) tx.FailDamaged(accounts_, wrong.recipient());
  if (!tx.GetMessage(accounts_, wrong.sender(), &gets)) tx.FailDamaged(accounts_, wrong.sender());
  if (tx.failed()) return refuse("the journal is damaged");
  if (gives.zoobars() < wrong.zoobars()) {
    return refuse(fmt::format("{} holds only {} of the {} zoobars", gives.name(), gives.zoobars(), wrong.zoobars()));
  }
  if (gets.zoobars() > kMostZoobars - wrong.zoobars())
    return refuse(fmt::format("{} cannot hold that many zoobars", gets.name()));
  Corrected corrected;
  StoredEntry& entry = corrected.entry.entry;
  entry.set_kind(StoredEntry::KIND_CORRECTION);
  entry.set_time_ms(correction.time_ms);
  entry.set_sender(wrong.recipient());
  entry.set_recipient(wrong.sender());
  entry.set_zoobars(wrong.zoobars());
  entry.set_act(correction.act);
  entry.set_about(correction.entry);
  entry.set_note(correction.reason);
  corrected.entry.number = AddBetween(tx, &entry, &gives, &gets);
  return corrected;
}

}  // namespace zoobar
