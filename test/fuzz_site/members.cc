#include "fuzz_site/members.h"

#include <cstdlib>

#include "fuzz_site/random.h"

namespace zoobar::fuzz_site {
namespace {

constexpr std::string_view kNamePrefix = "fuzz";
// Names may hold any text, so some of these do.
constexpr std::string_view kOddities[Members::kCount] = {
    "", "/.", " <b>&'\"", "", "../x", "%00%0a", "", "\xc3\xa9\xe2\x82\xac", "?user=x&y", "", "'; --", "\\..\\"};

std::string Symbol(std::string_view what, std::size_t member) {
  return std::string(what) + ":" + std::to_string(member);
}

}  // namespace

Members::Members(std::uint64_t seed) {
  Random random(Random::Mix(seed, 0x6d656d62));
  const std::string run = random.Letters(8);  // no name of another run against the same site
  for (std::size_t i = 0; i < kCount; ++i) {
    accounts_[i].name = std::string(kNamePrefix) + std::to_string(i) + "-" + run + std::string(kOddities[i]);
    // Not like a word. A honeyword would be like the password, and a mutated form must not hold one by chance.
    accounts_[i].password = random.Letters(24);
  }
}

std::string Members::Register(const std::string& address) {
  for (std::size_t i = 0; i < kCount; ++i) {
    Browser browser(address, "127.0.5." + std::to_string(2 + i));
    const Answer answer = browser.Register(accounts_[i].name, accounts_[i].password, kHome);
    if (answer.status != 303 || !browser.cookies.contains(std::string(kSession)))
      return "member " + accounts_[i].name + " cannot register: status " + std::to_string(answer.status);
    Renew(i, browser.cookies[std::string(kSession)], browser.cookies[std::string(kDevice)]);
    KeepSubmission(i, browser.Get(kTransfer).body);
  }
  return {};
}

std::vector<Token> Members::Tokens(std::size_t member) const {
  const std::lock_guard lock(mutex_);
  const Account& account = accounts_[member];
  return {{Symbol("session", member), account.session}, {Symbol("device", member), account.device}};
}

Token Members::OldSession(std::size_t member) const {
  const std::lock_guard lock(mutex_);
  const Account& account = accounts_[member];
  if (account.old_session.empty()) return {Symbol("session", member), account.session};
  return {Symbol("old", member), account.old_session};
}

void Members::Renew(std::size_t member, const std::string& session, const std::string& device) {
  const std::lock_guard lock(mutex_);
  Account& account = accounts_[member];
  if (!session.empty()) account.old_session = std::exchange(account.session, session);
  if (!device.empty()) account.device = device;
}

std::string Members::Submission(std::size_t member) const {
  const std::lock_guard lock(mutex_);
  return accounts_[member].submission;
}

void Members::KeepSubmission(std::size_t member, std::string_view page) {
  static constexpr std::string_view kField = "name=\"submission\" value=\"";
  const std::size_t at = page.find(kField);
  if (at == std::string_view::npos) return;
  const std::size_t begin = at + kField.size();
  const std::lock_guard lock(mutex_);
  accounts_[member].submission = page.substr(begin, page.find('"', begin) - begin);
}

std::string Members::Value(std::string_view symbol) const {
  const std::size_t colon = symbol.find(':');
  if (colon == std::string_view::npos) return {};
  const auto member = static_cast<std::size_t>(std::atoi(std::string(symbol.substr(colon + 1)).c_str()));
  if (member >= kCount) return {};
  const std::lock_guard lock(mutex_);
  const Account& account = accounts_[member];
  const std::string_view what = symbol.substr(0, colon);
  if (what == "session") return account.session;
  if (what == "device") return account.device;
  return what == "old" ? account.old_session : std::string();
}

std::size_t Members::ShownTo(std::string_view shown_name) {
  if (!shown_name.starts_with(kNamePrefix)) return kNobody;
  const std::string number(shown_name.substr(kNamePrefix.size(), shown_name.find('-') - kNamePrefix.size()));
  const auto member = static_cast<std::size_t>(std::atoi(number.c_str()));
  return number.empty() || member >= kCount ? kNobody : member;
}

std::string CookieOf(const std::vector<Token>& tokens) {
  std::string cookie;
  for (const Token& token : tokens) {
    const std::string_view name = token.symbol.starts_with("device")  ? kDevice
                                  : token.symbol.starts_with("claim") ? kClaim
                                                                      : kSession;
    if (!cookie.empty()) cookie += "; ";
    cookie.append(name).append("=").append(token.value);
  }
  return cookie;
}

std::string CookieIn(std::string_view head, std::string_view name) {
  const std::string start = "\r\nSet-Cookie: " + std::string(name) + "=";
  const std::size_t at = head.find(start);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + start.size();
  return std::string(head.substr(begin, head.find_first_of(";\r", begin) - begin));
}

}  // namespace zoobar::fuzz_site
