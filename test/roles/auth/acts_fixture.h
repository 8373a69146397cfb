// auth, asked for acts as app asks for them.
#pragma once

#include <string>
#include <string_view>

#include "roles/auth/fixture.h"
#include "site/ticket.h"

namespace zoobar {

class AuthActsTest : public AuthTest {
 protected:
  using Granted = CheckReply::Granted;

  static Act OpenAccount() {
    Act act;
    act.mutable_open_account();
    return act;
  }
  static Act Transfer(const std::string& recipient, std::int64_t zoobars, const std::string& submission = "") {
    Act act;
    act.mutable_transfer()->set_recipient(recipient);
    act.mutable_transfer()->set_zoobars(zoobars);
    act.mutable_transfer()->set_submission(submission);
    return act;
  }
  static Act SaveProfile(std::string_view text, bool program = false) {
    Act act;
    act.mutable_save_profile()->set_text_hash(TextHash(text));
    act.mutable_save_profile()->set_program(program);
    return act;
  }
  static Act SaveProgram() { return SaveProfile("#!python", true); }
  static Act Delegate(std::uint32_t per_hour, std::uint32_t per_recipient) {
    Act act;
    act.mutable_delegate()->mutable_limits()->set_per_hour(per_hour);
    act.mutable_delegate()->mutable_limits()->set_per_recipient(per_recipient);
    return act;
  }
  static Act Visit(const std::string& owner) {
    Act act;
    act.mutable_visit()->set_owner(owner);
    return act;
  }
  Granted::Outcome SetLimits(const std::string& session, std::uint32_t per_hour, std::uint32_t per_recipient) {
    const Granted granted = Ask(session, Delegate(per_hour, per_recipient));
    EXPECT_FALSE(granted.has_ticket() || granted.has_spending());
    return granted.outcome();
  }
  // What the member's program may pay: "20 10" for 20 in an hour, 10 of it to one member. Empty: there is no
  // delegation.
  std::string Delegated(const std::string& session) {
    const CheckReply reply = Check(session, {}, "", true);
    EXPECT_EQ(reply.has_limits(), reply.delegates());
    if (!reply.delegates()) return "";
    return fmt::format("{} {}", reply.limits().per_hour(), reply.limits().per_recipient());
  }
  Granted Ask(const std::string& session, const Act& act) {
    const CheckReply reply = Check(session, {act});
    EXPECT_EQ(reply.granted_size(), 1);
    return reply.granted_size() == 1 ? reply.granted(0) : Granted();
  }
};

}  // namespace zoobar
