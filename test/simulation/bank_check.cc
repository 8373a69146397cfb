#include "simulation/bank_check.h"

#include <lmdb.h>
#include <sys/stat.h>

#include <memory>

namespace zoobar::simulation {
namespace {

constexpr unsigned kTables = 16;

std::uint64_t NumberIn(const MDB_val& key) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < key.mv_size; ++i) {
    number = number << 8 | static_cast<const unsigned char*>(key.mv_data)[i];
  }
  return number;
}

// Calls `each` with key and value of the table's entries, from `from` on. Returns an error of LMDB, or 0.
template <typename Each>
int Walk(MDB_txn* txn, const char* table, std::string from, const Each& each) {
  MDB_dbi dbi;
  if (const int code = mdb_dbi_open(txn, table, 0, &dbi); code != 0) return code;
  MDB_cursor* cursor;
  if (const int code = mdb_cursor_open(txn, dbi, &cursor); code != 0) return code;
  MDB_val key{from.size(), from.data()}, value{};
  int code = mdb_cursor_get(cursor, &key, &value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (code == 0) {
    each(key, value);
    code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
  }
  mdb_cursor_close(cursor);
  return code == MDB_NOTFOUND ? 0 : code;
}

}  // namespace

void BankCheck::Forget() {
  entries_ = 0;
  issued_ = offered_ = 0;
  balances_.clear();
  ids_.clear();
  open_.clear();
  acts_.clear();
  paid_.clear();
}

void BankCheck::Look() {
  struct stat about{};
  if (stat((folder_ + "/data.mdb").c_str(), &about) != 0 || about.st_size == 0) return;
  MDB_env* env;
  mdb_env_create(&env);
  const std::unique_ptr<MDB_env, decltype(&mdb_env_close)> owner(env, mdb_env_close);
  mdb_env_set_maxdbs(env, kTables);
  // Without locks, because bank has the store open in this same real process.
  if (mdb_env_open(env, folder_.c_str(), MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS, 0) != 0) return;
  MDB_txn* txn;
  if (mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn) != 0) return;
  std::string from(8, '\0');
  for (int i = 0; i < 8; ++i) from[static_cast<std::size_t>(i)] = static_cast<char>((entries_ + 1) >> (56 - 8 * i));
  int code = Walk(txn, "journal", from, [this](const MDB_val& key, const MDB_val& value) {
    StoredEntry entry;
    if (!entry.ParseFromArray(value.mv_data, static_cast<int>(value.mv_size))) judge_.Fault("an entry is damaged");
    Apply(NumberIn(key), entry);
  });
  std::int64_t held = 0;
  if (code == 0) {
    code = Walk(txn, "accounts", {}, [this, &held](const MDB_val& key, const MDB_val& value) {
      StoredBankAccount account;
      if (!account.ParseFromArray(value.mv_data, static_cast<int>(value.mv_size)))
        judge_.Fault("an account is damaged");
      held += account.zoobars();
      CompareAccount(std::string(static_cast<const char*>(key.mv_data), key.mv_size), account);
    });
  }
  mdb_txn_abort(txn);
  if (code == MDB_NOTFOUND) return;  // the store's first commit
  if (code != 0) return judge_.Fault("bank's store: {}", mdb_strerror(code));
  if (held + offered_ != issued_) {
    judge_.Fault("after entry {} the accounts hold {} and the offers {}, and {} were issued", entries_, held, offered_,
                 issued_);
  }
}

void BankCheck::Apply(std::uint64_t number, const StoredEntry& entry) {
  if (number != entries_ + 1) judge_.Fault("entry {} follows entry {}", number, entries_);
  entries_ = number;
  if (!acts_.insert(entry.act()).second) judge_.Fault("entry {}: its ticket was used before", number);
  switch (entry.kind()) {
    case StoredEntry::KIND_MINT:
      issued_ += entry.zoobars();
      balances_[entry.recipient()] += entry.zoobars();
      ids_[entry.recipient_name()] = entry.recipient();
      return;
    case StoredEntry::KIND_OFFER:
      balances_[entry.sender()] -= entry.zoobars();
      offered_ += entry.zoobars();
      open_[number] = entry.zoobars();
      return;
    case StoredEntry::KIND_ACCEPTED:
    case StoredEntry::KIND_RETURNED: {
      const auto offer = open_.find(entry.about());
      if (offer == open_.end()) return judge_.Fault("entry {} ends an offer that is not open", number);
      offered_ -= offer->second;
      open_.erase(offer);
      balances_[entry.kind() == StoredEntry::KIND_ACCEPTED ? entry.recipient() : entry.sender()] += entry.zoobars();
      return;
    }
    default:
      balances_[entry.sender()] -= entry.zoobars();
      balances_[entry.recipient()] += entry.zoobars();
      if (balances_[entry.sender()] < 0) judge_.Fault("entry {}: the sender has less than nothing", number);
      if (!entry.has_program()) {
        ++paid_[{entry.sender_name(), entry.recipient_name(), static_cast<long>(entry.zoobars())}];
      }
  }
}

void BankCheck::CompareAccount(const std::string& member, const StoredBankAccount& account) {
  const std::int64_t expected = balances_[member];
  if (account.zoobars() != expected) {
    judge_.Fault("after entry {} {} has {}, and the entries give {}", entries_, account.name(), account.zoobars(),
                 expected);
  }
}

void BankCheck::Compare(const Knowledge& known, bool all_known) {
  const auto count = [](const auto& payments, const Knowledge::Payment& payment) {
    const auto found = payments.find(payment);
    return found == payments.end() ? 0 : found->second;
  };
  for (const auto& [payment, acknowledged] : known.acknowledged) {
    const std::uint64_t paid = count(paid_, payment);
    if (paid < acknowledged) {
      judge_.Fault("{} payments of {} from {} to {} were acknowledged, and the journal has {}", acknowledged,
                   std::get<2>(payment), std::get<0>(payment), std::get<1>(payment), paid);
    }
  }
  for (const auto& [payment, paid] : paid_) {
    const std::uint64_t most = count(known.acknowledged, payment) + count(known.uncertain, payment);
    if (paid > most || (all_known && paid < count(known.acknowledged, payment))) {
      judge_.Fault("the journal has {} payments of {} from {} to {}, and at most {} were made", paid,
                   std::get<2>(payment), std::get<0>(payment), std::get<1>(payment), most);
    }
  }
}

long BankCheck::BalanceOf(const std::string& name) const {
  const auto id = ids_.find(name);
  if (id == ids_.end()) return 0;
  const auto balance = balances_.find(id->second);
  return balance == balances_.end() ? 0 : static_cast<long>(balance->second);
}

}  // namespace zoobar::simulation
