#include "operator/member_print.h"

#include <fmt/format.h>

#include "ipc/bytes.h"
#include "ipc/loop.h"
#include "operator/ctl_print.h"
#include "text/calendar.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

std::string Ago(std::int64_t then_ms) { return then_ms == 0 ? "-" : Duration(WallMillis() - then_ms) + " ago"; }

std::string StateOf(const MemberSummary& member) {
  if (member.locked_ms() != 0) return "locked";
  if (member.one_time_until_ms() == 0) return "";
  if (member.one_time_until_ms() < WallMillis()) return "one-time password has expired";
  return "one-time password until " + IsoTime(member.one_time_until_ms());
}

}  // namespace

void PrintMembers(const MembersForPeople& list, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(static_cast<std::size_t>(list.members_size()));
  for (const MemberSummary& member : list.members()) {
    rows.push_back({Printable(member.name()), IsoTime(member.created_ms()), std::to_string(member.sessions()),
                    Ago(member.last_used_ms()), StateOf(member)});
  }
  PrintTable({"NAME", "SINCE", ">SESSIONS", "LAST SEEN", "STATE"}, rows, out);
}

void PrintSessions(const MemberAnswer& member, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(static_cast<std::size_t>(member.sessions_size()));
  for (const SessionsReply::Session& session : member.sessions()) {
    rows.push_back({ToHex(session.id()), IsoTime(session.created_ms()), Ago(session.last_used_ms()),
                    Printable(session.address()), Printable(session.agent())});
  }
  PrintTable({"SESSION", "SINCE", "LAST USED", "ADDRESS", "BROWSER"}, rows, out);
}

void PrintMember(const MemberExport& shown, std::ostream& out) {
  const MemberSummary& member = shown.account().summary();
  const auto line = [&out](std::string_view title, const std::string& value) {
    if (!value.empty()) out << fmt::format("{:<14}{}\n", title, value);
  };
  line("name", Printable(member.name()));
  line("id", ToHex(member.id()));
  line("since", IsoTime(member.created_ms()));
  line("password set", IsoTime(member.password_set_ms()));
  line("state", StateOf(member));
  line("zoobars", shown.has_bank() ? std::to_string(shown.bank().zoobars()) : "no account in bank yet");
  if (shown.account().has_program_may_pay()) {
    const SpendingLimits& limits = shown.account().program_may_pay();
    line("program pays", fmt::format("{} an hour, {} to one member; since {}", limits.per_hour(),
                                     limits.per_recipient(), IsoTime(shown.account().program_may_pay_since_ms())));
  }
  if (shown.profile_saved_ms() != 0) {
    line("profile", fmt::format("{}, {} bytes, saved {}", shown.profile_is_program() ? "program" : "HTML",
                                shown.profile().size(), IsoTime(shown.profile_saved_ms())));
  }
  line("passkeys", std::to_string(member.passkeys()));
  line("sessions", std::to_string(member.sessions()));
  if (member.sessions() > 0) PrintSessions(shown.account(), out);
}

}  // namespace zoobar
