#include "roles/admin/acts.h"

#include <fmt/format.h>

#include "ipc/bytes.h"

namespace zoobar {
namespace {

std::string FirstOf(const std::string& first, int count) {
  return count > 1 ? fmt::format("{} and {} more", first, count - 1) : first;
}

}  // namespace

std::string ActName(const OperatorAct& act) {
  const auto* const field = OperatorAct::descriptor()->FindFieldByNumber(act.what_case());
  return field ? field->name() : "unknown";
}

std::string AboutWhom(const OperatorAct& act) {
  switch (act.what_case()) {
    case OperatorAct::kListMembers:
      return act.list_members().prefix();
    case OperatorAct::kShowMember:
      return act.show_member().name();
    case OperatorAct::kAddMembers: {
      const auto& members = act.add_members().members();
      return members.empty() ? "" : FirstOf(members[0].name(), members.size());
    }
    case OperatorAct::kResetPasswords: {
      const auto& names = act.reset_passwords().names();
      return names.empty() ? "" : FirstOf(names[0], names.size());
    }
    case OperatorAct::kLockMember:
      return act.lock_member().name();
    case OperatorAct::kEndSessions:
      return act.end_sessions().name();
    case OperatorAct::kCloseMember:
      return act.close_member().name();
    case OperatorAct::kOpenAccounts: {
      const auto& accounts = act.open_accounts().accounts();
      return accounts.empty() ? "" : FirstOf(accounts[0].name(), accounts.size());
    }
    case OperatorAct::kReadJournal:
      return ToHex(act.read_journal().journal().member());
    case OperatorAct::kCloseAccount:
      return ToHex(act.close_account().member());
    case OperatorAct::kCorrectEntry:
      return fmt::format("entry {}", act.correct_entry().entry());
    case OperatorAct::kReadProfile:
      return ToHex(act.read_profile().member());
    case OperatorAct::kEraseProfile:
      return ToHex(act.erase_profile().member());
    case OperatorAct::kListAccounts:
    case OperatorAct::WHAT_NOT_SET:
      break;
  }
  return "";
}

std::string ReasonOf(const OperatorAct& act) { return act.correct_entry().reason(); }

}  // namespace zoobar
