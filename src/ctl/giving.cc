#include "ctl/giving.h"

#include <unistd.h>

#include "credentials/one_time.h"
#include "ipc/try.h"
#include "operator/csv.h"
#include "operator/ctl_print.h"
#include "operator/new_file.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kAtOnce = 20;
constexpr std::int64_t kDayMs = 86'400'000;

std::string_view WhyNot(PasswordsAnswer::Given::Outcome outcome) {
  switch (outcome) {
    case PasswordsAnswer::Given::OUTCOME_NAME_TAKEN:
      return "the name is taken";
    case PasswordsAnswer::Given::OUTCOME_NAME_ALIKE:
      return "the name looks like that of another member";
    case PasswordsAnswer::Given::OUTCOME_NAME_RESERVED:
      return "the name is reserved for the site, or looks like one that is (auth.reserved_names)";
    case PasswordsAnswer::Given::OUTCOME_NAME_INVALID:
      return "the name cannot be used: a name has 1 to 128 bytes of UTF-8 text without control characters";
    case PasswordsAnswer::Given::OUTCOME_NO_SUCH_MEMBER:
      return "there is no such member";
    case PasswordsAnswer::Given::OUTCOME_BUSY:
      return "the site is busy, or the member's password is being changed now; try again";
    case PasswordsAnswer::Given::OUTCOME_NO_HONEYCHECKER:
      return "honeychecker does not answer, and without it no password can be set; see ctl status";
    default:
      return "auth gave no reason";
  }
}

}  // namespace

Result<Giving> Giving::Begin(SignedActs acts) {
  const Arguments& arguments = acts.ctl().arguments();
  Giving giving(std::move(acts), WallMillis() + static_cast<std::int64_t>(arguments.Number("--days")) * kDayMs);
  giving.path_ = arguments.Text("--out");
  if (giving.path_.empty()) return giving;
  Result<Fd> file = NewFile(giving.path_);
  if (!file.ok()) return giving.ctl().Fail(kCtlUsage, file.error().text);
  giving.file_ = std::move(*file);
  return giving;
}

Task<Status> Giving::Add(std::vector<AddMembers::Member> members) {
  all_ += members.size();
  for (std::size_t begin = 0; begin < members.size(); begin += kAtOnce) {
    OperatorAct act;
    act.mutable_add_members()->set_passwords_until_ms(until_ms_);
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, members.size()); ++i) {
      *act.mutable_add_members()->add_members() = members[i];
    }
    CO_TRY(const OperatorSigner::Opened opened, acts_.Send(ROLE_AUTH, std::move(act)));
    CO_TRY_STATUS(WriteDown(opened.answer.passwords(), View(opened.secret)));
    CO_TRY_STATUS(OpenAccounts(opened.answer.passwords()));
  }
  co_return Status();
}

Task<Status> Giving::Reset(std::vector<std::string> names) {
  all_ += names.size();
  for (std::size_t begin = 0; begin < names.size(); begin += kAtOnce) {
    OperatorAct act;
    act.mutable_reset_passwords()->set_passwords_until_ms(until_ms_);
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, names.size()); ++i) {
      act.mutable_reset_passwords()->add_names(names[i]);
    }
    CO_TRY(const OperatorSigner::Opened opened, acts_.Send(ROLE_AUTH, std::move(act)));
    CO_TRY_STATUS(WriteDown(opened.answer.passwords(), View(opened.secret)));
  }
  co_return Status();
}

// Opens the accounts in bank, so that others can pay the new members at once. If bank does not answer, the member's
// first page opens the account.
Task<Status> Giving::OpenAccounts(PasswordsAnswer given) {
  OperatorAct act;
  for (PasswordsAnswer::Given& each : *given.mutable_given()) {
    if (each.outcome() != PasswordsAnswer::Given::OUTCOME_OK) continue;
    OpenAccounts::Account& account = *act.mutable_open_accounts()->add_accounts();
    account.set_member(std::move(*each.mutable_id()));
    account.set_name(std::move(*each.mutable_name()));
  }
  if (act.open_accounts().accounts().empty()) co_return Status();
  auto opening = acts_.Ask(ROLE_BANK, std::move(act));
  const Result<OperatorAnswer> opened = co_await opening;
  if (!opened.ok()) {
    ctl().err() << "zoobar ctl: the accounts are not open in the bank yet: " << Printable(opened.error().text) << '\n';
  }
  co_return Status();
}

Status Giving::WriteDown(const PasswordsAnswer& answer, std::string_view passwords) {
  std::string rows;
  for (const PasswordsAnswer::Given& each : answer.given()) {
    GivenPasswords::Given& row = *json_.add_members();
    row.set_name(Printable(each.asked()));
    if (each.outcome() != PasswordsAnswer::Given::OUTCOME_OK) {
      ++refused_;
      row.set_refused(std::string(WhyNot(each.outcome())));
      ctl().err() << "zoobar ctl: " << row.name() << ": " << row.refused() << '\n';
      continue;
    }
    if (passwords.size() < kOneTimePasswordBytes) return Error{"auth has sent too few passwords"};
    ++given_;
    row.set_name(each.name());
    row.set_password(std::string(passwords.substr(0, kOneTimePasswordBytes)));
    passwords.remove_prefix(kOneTimePasswordBytes);
    rows += CsvCell(row.name());
    rows += ',';
    rows += row.password();
    rows += '\n';
  }
  if (!ctl().json()) {
    if (!rows.empty() && !std::exchange(has_heading_, true)) rows.insert(0, "name,password\n");
    TRY_STATUS(WriteText(rows));
  }
  ShowProgress();
  return {};
}

Status Giving::WriteText(std::string_view text) {
  if (!file_) {
    ctl().out() << text << std::flush;
    return {};
  }
  const Status written = WriteTo(file_, path_, text);
  if (written.ok()) return {};
  return ctl().Fail(kCtlBad, written.error().text +
                                 ": the members of the last act have passwords that are written nowhere; give them new "
                                 "ones");
}

void Giving::ShowProgress() const {
  if (all_ <= kAtOnce || isatty(STDERR_FILENO) == 0) return;
  ctl().err() << '\r' << given_ + refused_ << " of " << all_ << (given_ + refused_ == all_ ? "\n" : "") << std::flush;
}

Result<int> Giving::Finish() {
  if (ctl().json()) TRY_STATUS(WriteText(Json(json_)));
  ctl().err() << fmt::format("{} of {} got a one-time password, valid until {}{}\n", given_, all_, IsoTime(until_ms_),
                             path_.empty() ? "" : "; they are in " + Printable(path_));
  return refused_ == 0 ? kCtlOk : kCtlBad;
}

}  // namespace zoobar
