// Gives one-time passwords to many members, and writes them down: on standard output, or into a file that only its
// owner can read. The rows of each act are written before the next act begins, so that a break loses at most the last
// twenty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/signed_acts.h"
#include "ipc/fd.h"

namespace zoobar {

class Giving {
 public:
  // Opens the file of --out, which must not exist yet. The passwords are valid for --days from now on.
  static Result<Giving> Begin(SignedActs acts);

  SignedActs& acts() { return acts_; }

  // Makes accounts. An id that is empty gets a new one. Also opens the accounts in bank.
  Task<Status> Add(std::vector<AddMembers::Member> members);
  // Gives new passwords to members.
  Task<Status> Reset(std::vector<std::string> names);
  // Prints how many got a password. Returns the exit status.
  Result<int> Finish();

 private:
  Giving(SignedActs acts, std::int64_t until_ms) : acts_(std::move(acts)), until_ms_(until_ms) {}
  Conversation& ctl() const { return acts_.ctl(); }
  Status WriteDown(const PasswordsAnswer& answer, std::string_view passwords);
  Task<Status> OpenAccounts(PasswordsAnswer given);
  Status WriteText(std::string_view text);
  void ShowProgress() const;

  SignedActs acts_;
  std::int64_t until_ms_;
  Fd file_;           // of --out; else invalid
  std::string path_;  // of the file
  GivenPasswords json_;
  bool has_heading_ = false;
  std::size_t given_ = 0, refused_ = 0, all_ = 0;
};

}  // namespace zoobar
