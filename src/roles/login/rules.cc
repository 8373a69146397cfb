#include "roles/login/rules.h"

#include <fmt/format.h>

#include "credentials/tokens.h"
#include "ipc/bytes.h"
#include "web/rules.h"

namespace zoobar {
namespace {

constexpr std::uint32_t kBusySeconds = 2;  // Retry-After if auth names no time

std::string WhyNoPasskey(const LoginReply& reply) {
  switch (reply.outcome()) {
    case LoginReply::OUTCOME_PASSKEY_WRONG:
      return "This passkey was not accepted. Log in with your password, and look at your passkeys on the account page.";
    case LoginReply::OUTCOME_PASSKEY_LATE:
      return "This took longer than five minutes, or it was sent twice. Please try again.";
    case LoginReply::OUTCOME_PASSKEYS_FULL:
      return fmt::format("You have {} passkeys, which is the most. Remove one first.", reply.limit());
    case LoginReply::OUTCOME_PASSKEY_KNOWN:
      return "This passkey was added before.";
    default:
      return "The request failed. Please try again.";
  }
}

}  // namespace

bool IsBrowser(const RequestHead& head) {
  if (const auto mode = head.Field("sec-fetch-mode")) return *mode == "navigate";
  const auto upgrade = head.Field("upgrade-insecure-requests");
  return upgrade && *upgrade == "1";
}

std::string WaitingFor(std::string_view next) {
  return fmt::format("{}?waiting=1&nexturl={}", kLoginPath, Encoded(LocalOrHome(next)));
}

std::string AccountSaying(std::string_view what, std::string_view session_token) {
  const std::string key = TokenKey(TokenKind::kSession, session_token);
  return fmt::format("/zoobar/index.cgi/account?{}={}", what, ToHex(std::string_view(key).substr(0, 16)));
}

LoginReply BusyReply(const FairQueue::Turn& refused) {
  LoginReply busy;
  busy.set_outcome(LoginReply::OUTCOME_BUSY);
  busy.set_limit(static_cast<std::uint32_t>(refused.retry_after_s()));
  return busy;
}

void SetWhyNot(Response& page, const LoginReply& reply) {
  std::uint32_t wait_s = kBusySeconds;
  switch (reply.outcome()) {
    case LoginReply::OUTCOME_BUSY:
      page.status = 503;
      if (reply.limit() > 0) wait_s = reply.limit();
      break;
    case LoginReply::OUTCOME_NOT_CHECKED:
      page.status = 503;
      break;
    case LoginReply::OUTCOME_SLOW_DOWN:
      page.status = 429;
      wait_s = reply.limit();
      break;
    default:
      return;
  }
  page.AddField("Retry-After", fmt::format("{}", wait_s));
}

std::string WhyNotLoggedIn(const LoginReply& reply) {
  switch (reply.outcome()) {
    case LoginReply::OUTCOME_WRONG:
      return "Wrong name or password.";
    case LoginReply::OUTCOME_NAME_TAKEN:
      return "This name is already taken. Choose another, or log in if it is yours.";
    case LoginReply::OUTCOME_NAME_ALIKE:
      return "This name looks like that of another member. Choose one that nobody can take for it.";
    case LoginReply::OUTCOME_NAME_RESERVED:
      return "This name is reserved for the site itself, or looks like one that is. Choose another.";
    case LoginReply::OUTCOME_NAME_INVALID:
      return "This name cannot be used. Choose 1 to 128 bytes of text without control characters.";
    case LoginReply::OUTCOME_PASSWORD_TOO_SHORT:
      return fmt::format("This password is too short: it needs at least {} character{}.", reply.limit(),
                         reply.limit() == 1 ? "" : "s");
    case LoginReply::OUTCOME_PASSWORD_TOO_LONG:
      return fmt::format("This password is too long: it may have at most {} bytes.", reply.limit());
    case LoginReply::OUTCOME_PASSWORD_INVALID:
      return "This password is not valid UTF-8 text. Choose another.";
    case LoginReply::OUTCOME_BUSY:
      return reply.limit() > 1
                 ? fmt::format("The site is busy right now. Please try again in {} seconds.", reply.limit())
                 : "The site is busy right now. Please try again in a moment.";
    case LoginReply::OUTCOME_NO_SESSION:
      return "You are no longer logged in. Log in again.";
    case LoginReply::OUTCOME_SAME_PASSWORD:
      return "The new password is the same as the current one. Choose another.";
    case LoginReply::OUTCOME_PASSWORD_COMMON:
      return "This password is too easy to guess. Several unrelated words work well.";
    case LoginReply::OUTCOME_LOCKED:
      return "This account is locked because somebody may know your password. Ask the operator of this site to unlock "
             "it.";
    case LoginReply::OUTCOME_EXPIRED:
      return "This one-time password has expired. Ask the operator of this site for a new one.";
    case LoginReply::OUTCOME_SLOW_DOWN:
      return fmt::format("Too many attempts. Please try again in {} {}.", reply.limit(),
                         reply.limit() == 1 ? "second" : "seconds");
    case LoginReply::OUTCOME_NOT_CHECKED:
      return "Passwords cannot be checked right now. Please try again in a moment.";
    default:
      return WhyNoPasskey(reply);
  }
}

}  // namespace zoobar
