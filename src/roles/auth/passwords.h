// Everything that auth does with passwords: rules, argon2 parameters, sweetwords, the threads that hash, and the
// account that stands in for names that nobody has.
//
// An account has k tags (hashes with one common salt) in random order: the tag of the member's own password, and the
// tags of k - 1 honeywords that are drawn to look like it. A login costs one argon2id hash and k comparisons in
// constant time. The comparisons show which of the tags belongs to the password. Only honeychecker knows whether this
// tag is the real one. (Juels and Rivest, CCS 2013; docs/credentials.md.)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth.pb.h"
#include "credentials/hashing_pool.h"
#include "credentials/honeywords.h"
#include "credentials/passwords.h"
#include "credentials/waiting_at.h"
#include "ipc/task.h"
#include "stored_credentials.pb.h"

namespace zoobar {

class AccountPasswords {
 public:
  using Stored = StoredAccount::Password;
  using Kind = HashingPool::Kind;
  // A function that makes honeywords for a password. Outside of tests it is DrawHoneywords (credentials/honeywords.h).
  using Drawer = std::function<std::vector<Bytes>(std::string_view real, std::size_t count, const Acceptable&)>;

  static constexpr std::size_t kWordsIdBytes = 16;

  // Who asks for hashing. The work counts to the share of `principal`. After `deadline` the answer is useless. `gone`
  // returns true if nobody waits for the answer any more. If `at` is not null, it receives in which queue the asker
  // waits.
  struct Asker {
    std::string principal;
    std::int64_t deadline = 0;   // in MonotonicMicros; 0: no deadline
    std::function<bool()> gone;  // may be empty
    WaitingAt* at = nullptr;
  };

  // The result of checking a password. With OUTCOME_OK, `index` is the index of the password's tag, counted from 1.
  // Other outcomes are WRONG, PASSWORD_TOO_LONG, PASSWORD_INVALID, and BUSY with the time after which to try again.
  struct Verified {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::uint32_t index = 0;
    std::uint32_t retry_after_s = 0;
  };
  // The result of choosing a new password. With OUTCOME_OK, `store` is what the account must hold, and `index` is the
  // index of the real password. Send the index to honeychecker and to nobody else. Other outcomes are
  // PASSWORD_TOO_SHORT, _TOO_LONG, _INVALID, _COMMON, and BUSY with the time after which to try again.
  struct Chosen {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    Stored store;
    std::uint32_t index = 0;
    std::uint32_t retry_after_s = 0;
  };
  enum class Policy {
    kNew,     // a password that is chosen now
    kAsItIs,  // a password that was chosen earlier, perhaps under other rules
  };

  AccountPasswords(Loop& loop, const Config::Auth& config, unsigned threads, Drawer drawer);
  void Configure(const Config::Auth& config);

  // For Verify, Try and Choose, everything to which the views and references point must outlive the Task.

  // Checks a password against the tags of an account. Returns an Error if there is no memory, or if a stored hash
  // cannot be read.
  Task<Result<Verified>> Verify(std::string_view typed, const Stored& stored, Kind kind, const Asker& asker);
  // Returns OUTCOME_OK, or why a new password would be refused. Call this before Choose, so that nobody waits long and
  // is refused then. The work waits in the queue for logins and counts as a part of a login.
  Task<Verified> Try(std::string_view typed, std::string_view name, const Asker& asker);
  // Draws sweetwords and hashes them. Waits for one turn, then makes k hashes, one for each sweetword, on all threads.
  // Each hash is a job of its own, so that logins can come between them.
  Task<Result<Chosen>> Choose(std::string_view typed, std::string_view name, Policy policy, std::int64_t now_ms,
                              const Asker& asker);
  // Makes a one-time password (credentials/one_time.h), valid until `until_ms`, and what the account must hold for it.
  // The tags of its honeywords are random: nobody can guess the word of any of these tags, nor of the real one. Costs
  // one hash. The outcomes are OUTCOME_OK and BUSY.
  struct OneTime {
    Bytes password;
    Chosen chosen;
  };
  Task<Result<OneTime>> ChooseOneTime(std::int64_t now_ms, std::int64_t until_ms, const Asker& asker);
  // Reads the lists from which honeywords are drawn. Without this, the first new password waits until they are read.
  Task<void> Prepare();
  // Whether these tags were made with other parameters than the present ones.
  bool Outdated(const Stored& stored) const;
  // Hashes each tag once more with the present parameters. The result has the same words in the same order. Waits in
  // the queue for new passwords. Returns nullopt if this queue is full or closed.
  Task<Result<std::optional<Stored>>> Rehash(const Stored& stored);

  // The account that stands in for a name that nobody has, if the store has no account at all. It has the present
  // parameters, and tags that no password gives. It is serialised, so that it must be parsed like any other account.
  const std::string& decoy() const { return decoy_; }

  const PasswordRules& rules() const { return terms_.rules; }
  std::size_t waiting() const { return pool_.waiting(); }
  bool idle() const { return pool_.idle(); }
  const HashingPool& pool() const { return pool_; }
  void Close() { pool_.Close(); }  // all callers that wait, and all later ones, are refused with BUSY

 private:
  // The settings. Each job has a copy, since Configure may change the settings on the loop's thread while the job is on
  // its own thread.
  struct Terms {
    PasswordRules rules;
    Argon2Parameters parameters;
    std::uint32_t sweetwords = 20;
  };
  struct Sweetwords {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::vector<Bytes> words;
    std::uint32_t index = 0;
  };

  struct PolicyCheck {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    Bytes text;  // if OK: the password in the form that is hashed
  };

  // Returns what an account holds for a new draw, without its tags.
  static Stored FreshStored(const Terms& terms, std::int64_t now_ms);
  static Terms TermsOf(const Config::Auth& config);
  static HashingPool::Places PlacesOf(const Config::Auth& config);
  // Checks whether the site's rules accept this password.
  static PolicyCheck CheckPolicy(std::string_view typed, std::string_view name, Policy policy, const Terms& terms);
  Sweetwords DrawWords(std::string_view typed, std::string_view name, Policy policy, const Terms& terms) const;
  // Hashes the batch's texts on all threads at once. Puts the tags into the batch, in the order of the texts.
  struct Batch;
  Task<Status> HashAll(Batch& batch);
  Task<void> HashSome(Batch& batch);
  // Does one job on a thread of the pool. Returns when it is done.
  Task<void> DoJob(std::function<void(Hasher&)> act, Kind kind);
  Task<FairQueue::Turn> Admit(Kind kind, double cost, const Asker& asker);
  void MakeDecoy();

  const Drawer drawer_;
  Terms terms_;
  std::string decoy_;
  HashingPool pool_;
};

}  // namespace zoobar
