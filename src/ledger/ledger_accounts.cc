// The part of the ledger for the operator: listing and closing accounts.
#include <utility>

#include "ipc/try.h"
#include "ledger/ledger.h"
#include "store/keys.h"

namespace zoobar {

Result<Ledger::AccountsPage> Ledger::Accounts(std::string_view after, std::size_t limit) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<AccountsPage> {
    AccountsPage page;
    Cursor cursor(tx, accounts_);
    bool at = after.empty() ? cursor.First() : cursor.AtOrAfter(after);
    if (at && cursor.key() == after) at = cursor.Next();
    for (; at; at = cursor.Next()) {
      if (page.accounts.size() == limit) {
        page.more = true;
        break;
      }
      StoredBankAccount account;
      if (cursor.Parse(&account)) page.accounts.emplace_back(cursor.key(), std::move(account));
    }
    return page;
  });
}

Result<std::optional<StoredBankAccount>> Ledger::Account(std::string_view member) {
  return environment_->Read([&](ReadTransaction& tx) -> Result<std::optional<StoredBankAccount>> {
    return tx.GetMessage<StoredBankAccount>(accounts_, member);
  });
}

Task<Result<Ledger::Closed>> Ledger::CloseAccount(std::string member, std::int64_t now_ms) {
  auto act = [this, &member, now_ms](WriteTransaction& tx) -> Result<Closed> {
    StoredBankAccount account;
    if (!tx.GetMessage(accounts_, member, &account)) return Closed{};
    Closed closed{.found = true, .changed = account.closed_ms() == 0, .zoobars = account.zoobars(), .returned = {}};
    if (!closed.changed) return closed;
    std::vector<std::string> open;
    for (const Numbered& offer : OffersIn(tx, member)) open.push_back(NumberKey(offer.number));
    closed.returned = ReturnOffers(tx, open, "closed", now_ms);
    tx.GetMessage(accounts_, member, &account);
    closed.zoobars = account.zoobars();
    account.set_closed_ms(now_ms);
    tx.PutMessage(accounts_, member, account);
    return closed;
  };
  co_return co_await environment_->Write(std::move(act));
}

}  // namespace zoobar
