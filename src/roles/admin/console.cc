// What admin does for the operator's page: the secret is checked here, and the page gets what only admin knows.
#include "ipc/try.h"
#include "logger.pb.h"
#include "roles/admin.h"
#include "roles/admin/round.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kAlarmLines = 20, kProgramLines = 20;

}  // namespace

Task<Result<Outgoing<OpenConsoleReply>>> Admin::OpenConsole(Incoming<OpenConsoleRequest> call) {
  OpenConsoleReply reply;
  // One guess at a time, and one a second, so that guesses do not keep `zoobar ctl` from having its secret checked.
  if (std::exchange(checking_for_console_, true)) {
    reply.set_busy(true);
    co_return reply;
  }
  auto matches = Matches(std::make_shared<Bytes>(std::move(call.secret)));
  const Result<bool> right = co_await matches;
  if (right.ok() && !*right) {
    site_.log().Security("console-refused", {{"why", "wrong secret"}});
    auto delay = Sleep(site_.loop(), kRefusalDelay);
    co_await delay;
  }
  checking_for_console_ = false;
  if (!right.ok()) {
    site_.log().Failure("console-not-checked", {{"why", right.error().text}});
    co_return right.error();
  }
  if (!*right) co_return reply;
  site_.log().Info("console-opened");
  reply.set_accepted(true);
  co_return Outgoing<OpenConsoleReply>(reply, console_sessions_.Open(MonotonicMicros()));
}

// The state of one ShowConsole call. It collects the answers of logger and keys as they arrive.
struct Admin::ConsoleRound : Round {
  ShowConsoleReply reply;
  bool lines_missing = false;
};

Task<void> Admin::AskForLines(std::shared_ptr<ConsoleRound> round, RecentRequest request) {
  auto asked = Forward<RecentReply>(ROLE_LOGGER, request);
  Result<Outgoing<RecentReply>> recent = co_await asked;
  if (!recent.ok()) {
    round->lines_missing = true;
  } else if (request.which() == RecentRequest::WHICH_ALARMS) {
    *round->reply.mutable_alarms() = std::move(*recent->message.mutable_lines());
  } else {
    *round->reply.mutable_programs() = std::move(*recent->message.mutable_lines());
  }
  round->End();
}

Task<void> Admin::AskForCertificates(std::shared_ptr<ConsoleRound> round) {
  auto asked = CertificateReports();
  auto reports = co_await asked;
  round->reply.set_knows_certificates(reports.ok());
  if (reports.ok()) *round->reply.mutable_certificates() = std::move(*reports);
  round->End();
}

Task<Result<Outgoing<ShowConsoleReply>>> Admin::ShowConsole(Incoming<ShowConsoleRequest> call) {
  const auto round = std::make_shared<ConsoleRound>();
  if (!console_sessions_.Use(View(call.secret), MonotonicMicros())) co_return round->reply;
  round->reply.set_signed_in(true);
  round->reply.set_draining(roster_.draining());
  *round->reply.mutable_roles() = roster_.entries();
  RecentRequest alarms, programs;
  alarms.set_which(RecentRequest::WHICH_ALARMS);
  alarms.set_lines(kAlarmLines);
  programs.set_which(RecentRequest::WHICH_PROGRAMS);
  programs.set_lines(kProgramLines);
  round->pending += 2;
  Spawn(AskForLines(round, alarms));
  Spawn(AskForLines(round, programs));
  if (site_.peer(ROLE_KEYS).wired()) {
    ++round->pending;
    Spawn(AskForCertificates(round));
  }
  Promised<bool>& complete = round->complete;
  if (--round->pending > 0) co_await complete;
  round->reply.set_knows_lines(!round->lines_missing);
  co_return std::move(round->reply);
}

Task<Result<Outgoing<CloseConsoleReply>>> Admin::CloseConsole(Incoming<CloseConsoleRequest> call) {
  console_sessions_.Close(View(call.secret));
  co_return CloseConsoleReply();
}

}  // namespace zoobar
