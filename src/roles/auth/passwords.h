// What auth does with passwords: rules, parameters, sweetwords, the threads that hash, and the work that is done for
// names that nobody has.
//
// An account keeps k tags under one salt, in random order: the tag of the member's own password, and the tags of k - 1
// honeywords that are drawn to look like it. A login costs one argon2id hash and k comparisons in constant time. It
// tells which of the tags the password gives. Only honeychecker knows whether this tag is the real one. (Juels and
// Rivest, CCS 2013; docs/credentials.md.)
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
  // Makes honeywords for a password. It is DrawHoneywords (credentials/honeywords.h), unless a test gives another.
  using Drawer = std::function<std::vector<Bytes>(std::string_view real, std::size_t count, const Acceptable&)>;

  static constexpr std::size_t kWordsIdBytes = 16;

  // Who asks for hashing: whose share it is taken from, until when the answer can be used, and whether anybody still
  // waits for it. `at`, if not null, is told where they wait.
  struct Asker {
    std::string principal;
    std::int64_t deadline = 0;   // MonotonicMicros; 0: none
    std::function<bool()> gone;  // may be empty
    WaitingAt* at = nullptr;
  };

  // OUTCOME_OK with the index of the tag that the password gives, from 1. Else WRONG, PASSWORD_TOO_LONG,
  // PASSWORD_INVALID, or BUSY with the time after which to try again.
  struct Verified {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::uint32_t index = 0;
    std::uint32_t retry_after_s = 0;
  };
  // OUTCOME_OK with what the account is to hold, and with the index of the real password. Give the index to
  // honeychecker and to nobody else. Else PASSWORD_TOO_SHORT, _TOO_LONG, _INVALID, _COMMON, or BUSY with the time after
  // which to try again.
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

  // Of Verify, Try and Choose: whatever the views and references point to must outlive the Task.

  // Checks a password against the tags of an account. An Error: no memory, or a stored hash that cannot be read.
  Task<Result<Verified>> Verify(std::string_view typed, const Stored& stored, Kind kind, const Asker& asker);
  // OUTCOME_OK, or why a new password would be refused. This is found out before anybody waits for a turn to have it
  // hashed. It is charged as a part of a login.
  Task<Verified> Try(std::string_view typed, std::string_view name, const Asker& asker);
  // Draws sweetwords and hashes them. Waits for one turn, then makes k hashes on all threads. Each hash is a job of its
  // own, so that logins can come between them.
  Task<Result<Chosen>> Choose(std::string_view typed, std::string_view name, Policy policy, std::int64_t now_ms,
                              const Asker& asker);
  // Reads the lists from which honeywords are drawn. Without this, the first new password waits until they are read.
  Task<void> Prepare();
  // Were these tags made under other parameters than today's?
  bool Outdated(const Stored& stored) const;
  // The same words in the same order, with each tag hashed once more under today's parameters. Waits in the queue for
  // new passwords. nullopt: refused, because the queue is full or closed.
  Task<Result<std::optional<Stored>>> Rehash(const Stored& stored);

  // The account that is used for a name that nobody has, while there is no account at all. It has today's parameters,
  // and tags that no password gives. Serialised, so that it is parsed like any other account.
  const std::string& decoy() const { return decoy_; }

  const PasswordRules& rules() const { return terms_.rules; }
  std::size_t waiting() const { return pool_.waiting(); }
  bool idle() const { return pool_.idle(); }
  const HashingPool& pool() const { return pool_; }
  void Close() { pool_.Close(); }  // all who wait, and all later callers, are refused with BUSY

 private:
  // Copied for each job, since Configure may change them on the loop's thread while the job is on its thread.
  struct Terms {
    PasswordRules rules;
    Argon2Parameters parameters;
    std::uint32_t sweetwords = 20, min_score = 1;
  };
  struct Sweetwords {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::vector<Bytes> words;
    std::uint32_t index = 0;
  };

  struct PolicyCheck {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    Bytes text;  // with OK: the password in the form that is hashed
  };

  static Terms TermsOf(const Config::Auth& config);
  static HashingPool::Places PlacesOf(const Config::Auth& config);
  // Do the site's rules accept this password?
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
