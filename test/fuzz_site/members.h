// The members who make the requests. Several clients act for the same member at the same time, so the sessions are
// shared, behind a lock.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_site/message.h"
#include "live_site/browser.h"

namespace zoobar::fuzz_site {

class Members {
 public:
  static constexpr std::size_t kCount = 12;
  // Of these members every kProgrammer-th one has a program as the profile.
  static constexpr std::size_t kProgrammer = 4;
  static constexpr std::size_t kNobody = kCount;

  explicit Members(std::uint64_t seed);

  // Registers all, each from an address of its own. Returns what went wrong; empty: nothing.
  std::string Register(const std::string& address);

  const std::string& name(std::size_t member) const { return accounts_[member].name; }
  const std::string& password(std::size_t member) const { return accounts_[member].password; }
  // The session and the device of the member now, for a line Cookie.
  std::vector<Token> Tokens(std::size_t member) const;
  // A session of the member that was replaced by another one; the present one if there was none.
  Token OldSession(std::size_t member) const;
  void Renew(std::size_t member, const std::string& session, const std::string& device);
  // The number of a form for a transfer that the member was shown last.
  std::string Submission(std::size_t member) const;
  void KeepSubmission(std::size_t member, std::string_view page);
  // What stands for this symbol (Token::symbol) on this site; empty if nothing does.
  std::string Value(std::string_view symbol) const;

  // Which member a page was made for, as it says "Log out NAME"; kNobody if it is none of these members.
  static std::size_t ShownTo(std::string_view shown_name);

 private:
  struct Account {
    std::string name, password, session, device, old_session, submission;
  };
  std::array<Account, kCount> accounts_;
  mutable std::mutex mutex_;
};

// "PyZoobarLogin=...; PyZoobarDevice=..."
std::string CookieOf(const std::vector<Token>& tokens);
// The value that an answer sets for this cookie; empty if it sets none.
std::string CookieIn(std::string_view head, std::string_view name);

inline constexpr std::string_view kSession = "PyZoobarLogin", kDevice = "PyZoobarDevice", kClaim = "PyZoobarClaim";

}  // namespace zoobar::fuzz_site
