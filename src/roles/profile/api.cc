#include "roles/profile/api.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "credentials/names.h"
#include "ipc/try.h"
#include "limits/programs.h"
#include "site/ticket.h"
#include "stored.pb.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

using Json = nlohmann::ordered_json;
using Type = ProgramParameter::Type;

constexpr ProgramParameter kMember[] = {{"username", Type::kName}};
constexpr ProgramParameter kPayment[] = {{"target", Type::kName}, {"zoobars", Type::kAmount}};
constexpr ProgramParameter kList[] = {{"username", Type::kName, true}, {"limit", Type::kLimit, true}};
constexpr ProgramParameter kTo[] = {{"to", Type::kNames}};
constexpr ProgramParameter kPost[] = {{"text", Type::kText}, {"username", Type::kName, true}};
constexpr ProgramParameter kPostsNumber[] = {{"number", Type::kAmount}, {"username", Type::kName, true}};
constexpr ProgramParameter kMessage[] = {{"to", Type::kName}, {"text", Type::kText}};
constexpr ProgramParameter kLimit[] = {{"limit", Type::kLimit, true}};
constexpr ProgramParameter kNumber[] = {{"number", Type::kAmount}};
constexpr ProgramParameter kSenders[] = {{"senders", Type::kNames}};
constexpr ProgramParameter kShare[] = {{"path", Type::kPath}, {"to", Type::kNames}};
constexpr ProgramParameter kWhose[] = {{"username", Type::kName, true}};
constexpr ProgramParameter kFile[] = {{"username", Type::kName}, {"path", Type::kPath}};

// Tells the author of the program why bank did not pay.
std::string WhyNotPaid(const TransferReply& reply, const ProgramRun& run, std::string_view target) {
  switch (reply.outcome()) {
    case TransferReply::OUTCOME_TICKET_REFUSED:
      return fmt::format("a program may pay within {} seconds after the visit began; that time is over",
                         kTicketLifetimeMs / 1000);
    case TransferReply::OUTCOME_NOT_POSITIVE:
      return "xfer: zoobars: must be a whole number of 1 or more";
    case TransferReply::OUTCOME_OVERDRAFT:
      return fmt::format("{} has only {} zoobars", run.owner_name, reply.zoobars());
    case TransferReply::OUTCOME_OVERFLOW:
      return fmt::format("{} cannot hold so many zoobars", target);
    case TransferReply::OUTCOME_UNKNOWN_RECIPIENT:
      return fmt::format("nobody here has the name {}", target);
    case TransferReply::OUTCOME_SELF:
      return "a program cannot pay its own owner";
    case TransferReply::OUTCOME_NO_ACCOUNT:
      return fmt::format("{} has no account", run.owner_name);
    case TransferReply::OUTCOME_OVER_HOUR:
      return fmt::format("{} lets programs pay at most {} zoobars within an hour", run.owner_name,
                         run.limits.per_hour());
    case TransferReply::OUTCOME_OVER_RECIPIENT:
      return fmt::format("{} lets programs pay at most {} zoobars to one member within an hour", run.owner_name,
                         run.limits.per_recipient());
    case TransferReply::OUTCOME_TOO_MANY:
      return fmt::format(
          "{} has made too many payments in a short time. One member, programs included, may make {} payments at once "
          "and then {} an hour. Try again in {} seconds",
          run.owner_name, reply.burst(), reply.per_hour(), reply.retry_after_s());
    case TransferReply::OUTCOME_NO_ROOM:
      return "the bank has no room on its disk; nothing was paid";
    default:
      return "the bank did not carry out this payment";
  }
}

// How many pages of a journal are read for one call. A page has ProgramLimits::kTransfersGiven entries.
constexpr int kJournalPages = 2;

// Whether the entry is one that programs see: zoobars went from one member to another one. The entry that opened an
// account is none, and an offer is one only when it is accepted.
bool IsTransfer(const JournalReply::Entry& entry) {
  return entry.kind() == StoredEntry::KIND_TRANSFER || entry.kind() == StoredEntry::KIND_CORRECTION ||
         entry.kind() == StoredEntry::KIND_ACCEPTED;
}

Json Transfer(std::string_view sender, std::string_view recipient, std::int64_t zoobars, std::int64_t time_ms) {
  return {{"sender", sender}, {"recipient", recipient}, {"amount", zoobars}, {"time", ProgramTime(time_ms)}};
}

// Returns by how much the trial's payments would have changed the balance of `member`.
std::int64_t TrialChange(const ProgramRun& run, std::string_view member) {
  std::int64_t change = 0;
  for (const ProgramRun::TrialPayment& payment : run.trial_payments) {
    if (member == run.owner) change -= payment.zoobars;
    if (member == payment.recipient) change += payment.zoobars;
  }
  return change;
}

}  // namespace

const ProgramApi::Method ProgramApi::kMethods[] = {
    {"get_self", &ProgramApi::GetSelf, {}},
    {"get_visitor", &ProgramApi::GetVisitor, {}},
    {"get_user_info", &ProgramApi::GetUserInfo, kMember},
    {"get_xfers", &ProgramApi::GetXfers, kMember},
    {"xfer", &ProgramApi::Xfer, kPayment},
    {"get_visits", &ProgramApi::GetVisits, kList},
    {"share_visits", &ProgramApi::ShareVisits, kTo},
    {"get_wall", &ProgramApi::GetWall, kList},
    {"post", &ProgramApi::PostOnWall, kPost},
    {"remove_post", &ProgramApi::RemovePost, kPostsNumber},
    {"open_wall", &ProgramApi::OpenWall, kTo},
    {"send_message", &ProgramApi::SendMessage, kMessage},
    {"get_messages", &ProgramApi::GetMessages, kLimit},
    {"remove_message", &ProgramApi::RemoveMessage, kNumber},
    {"accept_messages", &ProgramApi::AcceptMessages, kSenders},
    {"share_file", &ProgramApi::ShareFile, kShare},
    {"list_shared", &ProgramApi::ListShared, kWhose},
    {"get_shared", &ProgramApi::GetShared, kFile},
    {"get_sharing", &ProgramApi::GetSharing, {}},
};

ProgramApi::ProgramApi(Site& site, Profiles& profiles, Social& social, UnstoredRuns& unstored,
                       std::function<std::int64_t()> clock)
    : site_(site), profiles_(profiles), social_(social), unstored_(unstored), clock_(std::move(clock)) {
  site.Count("api.calls", [this] { return calls_; });
  site.Count("api.refused", [this] { return refused_; });
  site.Count("api.payments", [this] { return payments_; });
}

Task<Result<std::string>> ProgramApi::Answer(ProgramRun& run, std::string request) {
  if (request.size() > ProgramLimits::kRequestBytes) co_return Error::Of("a request of {} bytes", request.size());
  auto turn = Sleep(site_.loop(), Milliseconds(0));
  co_await turn;
  ++calls_;
  const std::uint64_t calls = ++run.calls, limit = site_.config().profile().api_calls_per_run();
  if (calls > limit + ProgramLimits::kCallsRefused)
    co_return Error::Of("it went on calling after its limit of {} calls", limit);
  CO_TRY(const ProgramCall call, ReadProgramCall(request));
  ProgramReply reply = ProgramReply::Refused(fmt::format("a run may make at most {} calls", limit));
  if (run.erased) reply = ProgramReply::Refused("the data of the program's owner was erased");
  if (calls <= limit && !run.erased) {
    auto acting = Act(run, call);
    reply = co_await acting;
  }
  refused_ += reply.refused();
  co_return reply.ToJson(ProgramLimits::kReplyBytes);
}

ProgramApi::Answered ProgramApi::Act(ProgramRun& run, const ProgramCall& call) {
  const auto method = std::find_if(std::begin(kMethods), std::end(kMethods),
                                   [&call](const Method& one) { return one.name == call.name; });
  if (method == std::end(kMethods)) {
    co_return ProgramReply::Refused(call.complaint.empty()
                                        ? fmt::format("there is no call {}", CutUtf8(call.name, kMaxNameBytes))
                                        : call.complaint);
  }
  std::string wrong = CheckCall(call, method->takes);
  if (!wrong.empty()) co_return ProgramReply::Refused(std::move(wrong));
  auto acting = (this->*method->act)(run, call);
  co_return co_await acting;
}

std::string ProgramApi::Failed(std::string_view who, const Error& why) {
  site_.log().Warning("program-call-failed", {{"who", who}, {"why", why.text}});
  return fmt::format("{} does not answer at the moment", who);
}

// ---- the members that a call names

Task<Result<std::vector<ProgramApi::Found>>> ProgramApi::Find(std::vector<std::string> names) {
  std::vector<Found> all(names.size());
  FindRequest find;
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::optional<std::string> name = NormalisedName(names[i]);
    all[i].member.set_name(name ? *name : names[i]);
    if (!name) continue;  // nobody can have this name
    find.add_names(std::move(*name));
    asked.push_back(i);
  }
  if (asked.empty()) co_return all;
  CO_TRY(const Incoming<FindReply> reply, site_.peer(ROLE_BANK).Call<FindReply>(std::move(find)));
  const FindReply& found = reply.message;
  if (static_cast<std::size_t>(found.found_size()) != asked.size())
    co_return Error::Of("bank found {} members of {}", found.found_size(), asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const FindReply::Found& one = found.found(static_cast<int>(i));
    if (one.member().empty()) continue;
    if (one.member().size() != kMemberIdSize) co_return Error::Of("a member id of {} bytes", one.member().size());
    all[asked[i]].member.set_id(one.member());
    all[asked[i]].zoobars = one.zoobars();
  }
  co_return all;
}

Task<ProgramApi::Found> ProgramApi::FindOne(std::string name) {
  auto finding = Find({std::move(name)});
  Result<std::vector<Found>> found = co_await finding;
  Found one;
  if (!found.ok()) {
    one.refusal = Failed("the bank", found.error());
    co_return one;
  }
  one = std::move(found->front());
  if (one.member.id().empty()) one.refusal = fmt::format("nobody here has the name {}", one.member.name());
  co_return one;
}

Task<ProgramApi::Found> ProgramApi::FindNamedOrOwner(const ProgramRun& run, const ProgramCall& call) {
  if (call.Has("username")) {
    auto finding = FindOne(call.Text("username"));
    co_return co_await finding;
  }
  Found own;
  own.member.set_id(run.owner);
  own.member.set_name(run.owner_name);
  co_return own;
}

// ---- members and zoobars

ProgramApi::Answered ProgramApi::GetSelf(ProgramRun& run, const ProgramCall&) {
  co_return ProgramReply::Of(run.owner_name);
}

ProgramApi::Answered ProgramApi::GetVisitor(ProgramRun& run, const ProgramCall&) {
  co_return ProgramReply::Of(run.visitor_name);
}

ProgramApi::Answered ProgramApi::GetUserInfo(ProgramRun& run, const ProgramCall& call) {
  auto finding = Find({call.Text("username")});
  const Result<std::vector<Found>> found = co_await finding;
  if (!found.ok()) co_return ProgramReply::Refused(Failed("the bank", found.error()));
  const Found& one = found->front();
  if (one.member.id().empty()) co_return ProgramReply::Of(nullptr);
  const Result<std::optional<StoredProfile>> profile = profiles_.Get(one.member.id());
  if (!profile.ok()) co_return ProgramReply::Refused(Failed("the store of profiles", profile.error()));
  co_return ProgramReply::Of({{"username", one.member.name()},
                              {"profile", *profile ? (*profile)->text() : std::string()},
                              {"zoobars", one.zoobars + TrialChange(run, one.member.id())}});
}

ProgramApi::Answered ProgramApi::GetXfers(ProgramRun& run, const ProgramCall& call) {
  auto finding = FindOne(call.Text("username"));
  const Found of = co_await finding;
  if (!of.refusal.empty()) co_return ProgramReply::Refused(of.refusal);
  auto reading = TransfersOf(of.member.id());
  const Result<std::vector<JournalReply::Entry>> entries = co_await reading;
  if (!entries.ok()) co_return ProgramReply::Refused(Failed("the bank", entries.error()));
  Json transfers = Json::array();
  for (auto payment = run.trial_payments.rbegin(); payment != run.trial_payments.rend(); ++payment) {
    if (of.member.id() == run.owner || of.member.id() == payment->recipient)
      transfers.push_back(Transfer(run.owner_name, payment->recipient_name, payment->zoobars, payment->time_ms));
  }
  for (const JournalReply::Entry& entry : *entries)
    transfers.push_back(Transfer(entry.sender(), entry.recipient(), entry.zoobars(), entry.time_ms()));
  co_return ProgramReply::Of(transfers);
}

Task<Result<std::vector<JournalReply::Entry>>> ProgramApi::TransfersOf(std::string member) {
  std::vector<JournalReply::Entry> transfers;
  std::uint64_t before = 0;
  for (int page = 0; page < kJournalPages; ++page) {
    JournalRequest request;
    request.set_member(member);
    request.set_before(before);
    request.set_limit(ProgramLimits::kTransfersGiven);
    CO_TRY(Incoming<JournalReply> journal, site_.peer(ROLE_BANK).Call<JournalReply>(std::move(request)));
    for (JournalReply::Entry& entry : *journal.message.mutable_entries()) {
      before = entry.number();
      if (!IsTransfer(entry)) continue;
      transfers.push_back(std::move(entry));
      if (transfers.size() == ProgramLimits::kTransfersGiven) co_return transfers;
    }
    if (!journal.message.more() || journal.message.entries_size() == 0) break;
  }
  co_return transfers;
}

ProgramApi::Answered ProgramApi::Xfer(ProgramRun& run, const ProgramCall& call) {
  const std::int64_t zoobars = call.Number("zoobars");
  if (!run.trial && run.spending.body().empty()) {
    co_return ProgramReply::Refused(
        fmt::format("{} has not allowed this program to pay. Save the program again to allow it", run.owner_name));
  }
  auto finding = FindOne(call.Text("target"));
  Found target = co_await finding;
  if (!target.refusal.empty()) co_return ProgramReply::Refused(target.refusal);
  if (run.trial) {
    auto trying = TryXfer(run, std::move(target), zoobars);
    co_return co_await trying;
  }
  auto spending = Spend(run, target, zoobars);
  const Result<TransferReply> reply = co_await spending;
  if (!reply.ok()) {
    co_return ProgramReply::Refused(
        fmt::format("could not tell whether {} was paid: see your journal before you pay again", target.member.name()));
  }
  if (reply->outcome() != TransferReply::OUTCOME_SENT)
    co_return ProgramReply::Refused(WhyNotPaid(*reply, run, target.member.name()));
  ++payments_;
  co_return ProgramReply::Of(reply->zoobars());
}

// Asks bank a second time if bank did not answer. This pays only once, because bank treats two requests with the same
// sequence as one payment.
Task<Result<TransferReply>> ProgramApi::Spend(ProgramRun& run, const Found& target, std::int64_t zoobars) {
  SpendRequest request;
  *request.mutable_ticket() = run.spending;
  request.set_visitor(run.visitor);
  *request.mutable_limits() = run.limits;
  request.set_sequence(++run.payments);
  request.set_recipient(target.member.id());
  request.set_zoobars(zoobars);
  Error failure;
  for (int attempt = 0; attempt < 2; ++attempt) {
    SpendRequest copy = request;
    auto spending = site_.peer(ROLE_BANK).Call<TransferReply>(std::move(copy));
    Result<Incoming<TransferReply>> reply = co_await spending;
    if (reply.ok()) co_return std::move(reply->message);
    failure = reply.error();
    Failed("the bank", failure);
  }
  co_return failure;
}

// Tries a payment without paying. Checks only the balances, and not the owner's limits, because only bank knows what is
// left of them. Remembers the payment, so that later calls of the trial see it.
ProgramApi::Answered ProgramApi::TryXfer(ProgramRun& run, Found target, std::int64_t zoobars) {
  BalancesRequest request;
  request.add_members(run.owner);
  auto asking = site_.peer(ROLE_BANK).Call<BalancesReply>(std::move(request));
  const Result<Incoming<BalancesReply>> balances = co_await asking;
  if (!balances.ok()) co_return ProgramReply::Refused(Failed("the bank", balances.error()));
  TransferReply expected;
  if (balances->message.balances_size() == 1 && balances->message.balances(0).found())
    expected.set_zoobars(balances->message.balances(0).zoobars() + TrialChange(run, run.owner));
  if (target.member.id() == run.owner) {
    expected.set_outcome(TransferReply::OUTCOME_SELF);
  } else if (expected.zoobars() < zoobars) {
    expected.set_outcome(TransferReply::OUTCOME_OVERDRAFT);
  } else {
    run.trial_payments.push_back({target.member.id(), target.member.name(), zoobars, clock_()});
    co_return ProgramReply::Of(expected.zoobars() - zoobars);
  }
  co_return ProgramReply::Refused(WhyNotPaid(expected, run, target.member.name()));
}

std::string ProgramTime(std::int64_t time_ms) {
  const UtcTime at(time_ms);
  return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {}", at.weekday, at.month_name, at.day, at.hour, at.minute,
                     at.second, at.year);
}

}  // namespace zoobar
