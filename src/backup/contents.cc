#include "backup/contents.h"

#include <algorithm>
#include <map>

#include "backup/store_copies.h"
#include "ipc/bytes.h"
#include "ipc/try.h"
#include "ledger/ledger_tree.h"
#include "stored_credentials.pb.h"

namespace zoobar::backup {
namespace {

constexpr std::size_t kId = 16, kNumber = 8, kMostKey = 511, kMostTableName = 64, kMostWords = 64;
// The roles, and what the table `format` of each store names as its owner.
constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
    {"auth", "cred"}, {"honeychecker", "honey"}, {"bank", "bank"},    {"profile", "profile"},
    {"keys", "keys"}, {"notary", "notary"},      {"course", "course"}};

// A store may come from a role that was taken over, so a name is only what zoobar calls its tables.
bool IsTableName(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && name.size() <= kMostTableName && std::ranges::all_of(name, is_letter);
}

const Error kMalformed{"the backup is damaged: a record is malformed"};

}  // namespace

Status Contents::Take(char type, std::string_view content) {
  if (type == kStoreBegins) {
    TRY_STATUS(BeginStore(content));
  } else if (!store_) {
    return kMalformed;
  }
  if (type == kStoreEnds) return EndStore(content);
  std::string head(1, type);
  AppendNumber(head, static_cast<std::uint32_t>(content.size()));
  running_.Add(head);
  running_.Add(content);
  store_->set_bytes(store_->bytes() + head.size() + content.size());
  switch (type) {
    case kStoreBegins:
      return {};
    case kSnapshot:
      if (content.size() != kNumber) return kMalformed;
      store_->set_snapshot(ReadNumber<std::uint64_t>(content));
      return {};
    case kTable:
      return BeginTable(content);
    case kEntries:
      return table_ ? TakeEntries(content) : Status(kMalformed);
    default:
      return kMalformed;
  }
}

Status Contents::BeginStore(std::string_view role) {
  const bool known = std::ranges::find(kStores, role) != std::end(kStores);
  const bool twice = std::ranges::any_of(manifest_.stores(), [&](const auto& store) { return store.role() == role; });
  if (store_ || !known || twice) return kMalformed;
  store_ = manifest_.add_stores();
  store_->set_role(std::string(role));
  table_ = nullptr;
  running_ = Hash();
  return {};
}

Status Contents::BeginTable(std::string_view name) {
  static const std::map<std::pair<std::string_view, std::string_view>, TakeEntry> kReaders = {
      {{"auth", "accounts"}, &Contents::TakeMember},      {{"honeychecker", "indexes"}, &Contents::TakeIndex},
      {{"bank", "accounts"}, &Contents::TakeAccount},     {{"bank", "journal"}, &Contents::TakeJournal},
      {{"bank", "totals"}, &Contents::TakeTotals},        {{"notary", "head"}, &Contents::TakeHead},
      {{"profile", "profiles"}, &Contents::TakeOfMember}, {{"profile", "files"}, &Contents::TakeOfMember},
      {{"profile", "programs"}, &Contents::TakeOfMember}, {{"profile", "visits"}, &Contents::TakeOfMember},
      {{"profile", "doors"}, &Contents::TakeOfMember},    {{"profile", "wall"}, &Contents::TakeOfMember},
      {{"profile", "messages"}, &Contents::TakeOfMember}, {{"profile", "shared"}, &Contents::TakeOfMember},
  };
  if (!IsTableName(name) || (table_ && table_->name() >= name))
    return kMalformed;  // tables are in the order of their names
  table_ = store_->add_tables();
  table_->set_name(std::string(name));
  last_key_.clear();
  const auto found = kReaders.find({store_->role(), name});
  take_entry_ = name == "format" ? &Contents::TakeFormat : found == kReaders.end() ? nullptr : found->second;
  return {};
}

Status Contents::ForEachEntry(std::string_view content,
                              const std::function<Status(std::string_view key, std::string_view value)>& visit) {
  while (!content.empty()) {
    if (content.size() < kEntryHead) return kMalformed;
    const std::size_t key = ReadNumber<std::uint16_t>(content), value = ReadNumber<std::uint32_t>(content.substr(2));
    content.remove_prefix(kEntryHead);
    if (key == 0 || content.size() < key || content.size() - key < value) return kMalformed;
    TRY_STATUS(visit(content.substr(0, key), content.substr(key, value)));
    content.remove_prefix(key + value);
  }
  return {};
}

Status Contents::TakeEntries(std::string_view content) {
  return ForEachEntry(content, [this](std::string_view key, std::string_view value) -> Status {
    if (key <= last_key_ || key.size() > kMostKey) return kMalformed;
    last_key_ = key;
    table_->set_entries(table_->entries() + 1);
    return take_entry_ ? (this->*take_entry_)(key, value) : Status();
  });
}

Status Contents::EndStore(std::string_view hash) {
  hash_ = running_.Finish();
  if (!hash.empty() && hash != hash_) return Error{"the backup is damaged: the hash of a store is another one"};
  store_->set_hash(hash_);
  store_ = nullptr;
  return {};
}

void Contents::Fault(std::string fault) {
  if (manifest_.sums().faults_size() < kMostFaults) manifest_.mutable_sums()->add_faults(std::move(fault));
}

template <typename Message>
bool Contents::Parse(std::string_view key, std::string_view value, Message* message) {
  if (message->ParseFromArray(value.data(), static_cast<int>(value.size()))) return true;
  Fault(fmt::format("{}: the entry {} of {} is damaged", store_->role(), ToHex(key), table_->name()));
  return false;
}

Status Contents::TakeFormat(std::string_view key, std::string_view value) {
  StoredFormat format;
  if (!Parse(key, value, &format)) return {};
  const auto kind = std::ranges::find(kKinds, store_->role(), [](const auto& each) { return each.first; });
  if (kind->second == format.kind()) formats_.insert(store_->role());
  return {};
}

Status Contents::TakeMember(std::string_view key, std::string_view value) {
  if (key.size() != kId) return kMalformed;
  members_.emplace(key);
  StoredAccount account;
  if (!Parse(key, value, &account)) return {};
  if (account.password().words().size() > kMostWords) return kMalformed;
  if (!account.password().words().empty()) draws_.insert(std::string(key) + account.password().words());
  return {};
}

Status Contents::TakeIndex(std::string_view key, std::string_view) {
  if (key.size() < kId || key.size() > kId + kMostWords) return kMalformed;
  indexes_.emplace(key);
  return {};
}

Status Contents::TakeAccount(std::string_view key, std::string_view value) {
  if (key.size() != kId) return kMalformed;
  StoredBankAccount account;
  if (!Parse(key, value, &account)) return {};
  if (account.zoobars() < 0) Fault(fmt::format("bank: the balance of {} is below 0", ToHex(key)));
  balances_[std::string(key)] = account.zoobars();
  return {};
}

Status Contents::TakeJournal(std::string_view key, std::string_view value) {
  BackupSums& sums = *manifest_.mutable_sums();
  sums.set_entries(sums.entries() + 1);
  std::string expected;
  for (int shift = 56; shift >= 0; shift -= 8) expected.push_back(static_cast<char>(sums.entries() >> shift));
  if (key != expected) Fault(fmt::format("bank: entry {} of the journal is not at its place", sums.entries()));
  tree_.Add(JournalLeafOf(sums.entries(), value));
  CompareHead();
  StoredEntry entry;
  if (!Parse(key, value, &entry)) return {};
  if (entry.recipient().size() != kId || entry.sender().size() > kId) {
    Fault(fmt::format("bank: entry {} of the journal is damaged", sums.entries()));
    return {};
  }
  if (!entry.sender().empty()) last_after_[entry.sender()] = entry.sender_after();
  last_after_[entry.recipient()] = entry.recipient_after();
  TakeOffer(sums.entries(), entry);
  return {};
}

// Notes an offer that begins or ends with this entry.
void Contents::TakeOffer(std::uint64_t number, const StoredEntry& entry) {
  if (entry.kind() == StoredEntry::KIND_OFFER) {
    if (entry.zoobars() <= 0) Fault(fmt::format("bank: entry {} offers {} zoobars", number, entry.zoobars()));
    open_offers_[number] = {entry.zoobars(), entry.sender() + entry.recipient()};
  }
  if (entry.kind() != StoredEntry::KIND_ACCEPTED && entry.kind() != StoredEntry::KIND_RETURNED) return;
  const auto offer = open_offers_.find(entry.about());
  if (offer == open_offers_.end()) return Fault(fmt::format("bank: entry {} ends no open offer", number));
  if (offer->second.zoobars != entry.zoobars())
    Fault(fmt::format("bank: entry {} ends an offer of {} zoobars with {}", number, offer->second.zoobars,
                      entry.zoobars()));
  if (offer->second.members != entry.sender() + entry.recipient())
    Fault(fmt::format("bank: entry {} ends an offer of other members", number));
  open_offers_.erase(offer);
}

Status Contents::TakeHead(std::string_view key, std::string_view value) {
  StoredHead head;
  if (!Parse(key, value, &head)) return {};
  signed_size_ = head.size();
  signed_root_ = head.root();
  return {};
}

// Notes whether the journal is, at this entry, what notary has signed.
void Contents::CompareHead() {
  if (tree_.size() == signed_size_ && tree_.Root().view() == signed_root_) found_signed_ = true;
}

Status Contents::TakeTotals(std::string_view key, std::string_view value) {
  StoredTotals totals;
  if (Parse(key, value, &totals)) totals_issued_ = totals.issued();
  return {};
}

Status Contents::TakeOfMember(std::string_view key, std::string_view) {
  if (key.size() < kId) return kMalformed;
  others_.emplace(key.substr(0, kId));
  return {};
}

Status Contents::Compare() {
  for (const std::string_view role : kStores) {
    const bool there = std::ranges::any_of(manifest_.stores(), [&](const auto& store) { return store.role() == role; });
    // A backup of a zoobar from before a role has no store of it.
    if (!there && MayBeMissing(role) && !store_) continue;
    if (!there || store_) return Error::Of("the backup is not whole: it ends before the store of {}", role);
    if (!formats_.contains(std::string(role)))
      Fault(fmt::format("{}: this is not its store, or its format is missing", role));
  }
  if (signed_size_ != 0 && !found_signed_)
    Fault(fmt::format("bank: the journal is not the one whose head notary signed with {} entries", signed_size_));
  CompareSums();
  for (const std::string& draw : draws_) {
    if (!indexes_.contains(draw))
      Fault(fmt::format("honeychecker does not know the password that auth has of {}", ToHex(draw.substr(0, kId))));
  }
  for (const std::string& member : others_) {
    if (!members_.contains(member))
      Fault(fmt::format("profile has a member that auth does not know: {}", ToHex(member)));
  }
  return {};
}

// Compares the balances with the members, with the journal and with what was issued.
void Contents::CompareSums() {
  BackupSums& sums = *manifest_.mutable_sums();
  sums.set_members(members_.size());
  sums.set_accounts(balances_.size());
  sums.set_issued(totals_issued_);
  std::int64_t held = 0, offered = 0, all = 0;
  for (const auto& [member, zoobars] : balances_) {
    if (!members_.contains(member))
      Fault(fmt::format("bank has an account that auth does not know: {}", ToHex(member)));
    const auto after = last_after_.find(member);
    if (after == last_after_.end() || after->second != zoobars)
      Fault(fmt::format("bank: the balance of {} is not the one after its last entry", ToHex(member)));
    if (__builtin_add_overflow(held, zoobars, &held)) Fault("bank: the sum of the balances is too large");
  }
  for (const auto& [number, offer] : open_offers_) {
    if (__builtin_add_overflow(offered, offer.zoobars, &offered))
      Fault("bank: the sum of the open offers is too large");
  }
  sums.set_held(held);
  sums.set_offered(offered);
  if (__builtin_add_overflow(held, offered, &all) || all != totals_issued_) {
    Fault(fmt::format("bank: {} zoobars were issued, {} are held, and {} are in open offers", totals_issued_, held,
                      offered));
  }
}

}  // namespace zoobar::backup
