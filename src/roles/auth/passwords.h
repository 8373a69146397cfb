// The password side of auth: rules, parameters, sweetwords, the threads that hash, and the work done for names nobody
// has.
//
// An account keeps k tags under one salt: of the member's own password and of k - 1 honeywords drawn to look like it,
// in random order. A login costs one argon2id and k comparisons in constant time, and tells which of the tags the
// password gives; whether that is the real one honeychecker knows alone. (Juels and Rivest, CCS 2013;
// docs/credentials.md.)
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
  // Makes honeywords for a password: DrawHoneywords (credentials/honeywords.h) unless a test stands in its place.
  using Drawer = std::function<std::vector<Bytes>(std::string_view real, std::size_t count, const Acceptable&)>;

  static constexpr std::size_t kWordsIdBytes = 16;

  // Who asks for hashing: whose share it comes from, until when the answer is of use, and whether anybody still waits
  // for it. `at`, if not null, says where they wait meanwhile.
  struct Asker {
    std::string principal;
    std::int64_t deadline = 0;   // MonotonicMicros; 0: none
    std::function<bool()> gone;  // may be empty
    WaitingAt* at = nullptr;
  };

  // OUTCOME_OK with the index of the tag that the password gives, from 1; WRONG, PASSWORD_TOO_LONG, PASSWORD_INVALID or
  // BUSY with when to come again.
  struct Verified {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    std::uint32_t index = 0;
    std::uint32_t retry_after_s = 0;
  };
  // OUTCOME_OK with what the account is to hold and the real one's index, which goes to honeychecker and nowhere else;
  // PASSWORD_TOO_SHORT, _TOO_LONG, _INVALID, _COMMON or BUSY with when to come again.
  struct Chosen {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    Stored store;
    std::uint32_t index = 0;
    std::uint32_t retry_after_s = 0;
  };
  enum class Policy { kNew, kAsItIs };  // a password that is being chosen; one that was, under the rules of then

  AccountPasswords(Loop& loop, const Config::Auth& config, unsigned threads, Drawer drawer);
  void Configure(const Config::Auth& config);

  // What the views and references lead to outlives the Task. An Error: no memory, or a stored hash that cannot be read.
  Task<Result<Verified>> Verify(std::string_view typed, const Stored& stored, Kind kind, const Asker& asker);
  // OUTCOME_OK, or why a new password would be refused: before anybody waits for their turn to have it hashed. Counts
  // as part of a login.
  Task<Verified> Try(std::string_view typed, std::string_view name, const Asker& asker);
  // One turn, then k hashes on all threads. Each is a job of its own, so that logins come between.
  Task<Result<Chosen>> Choose(std::string_view typed, std::string_view name, Policy policy, std::int64_t now_ms,
                              const Asker& asker);
  // Reads the lists that honeywords are drawn from, or the first new password waits for it.
  Task<void> Prepare();
  // Were these tags made under other parameters than today's?
  bool Outdated(const Stored& stored) const;
  // The same words in the same order, each tag hashed once more under today's parameters, when nobody waits who came
  // before. nullopt: closed.
  Task<Result<std::optional<Stored>>> Rehash(const Stored& stored);

  // An account for names nobody has while there is no account at all to imitate: under the parameters of now, with tags
  // that no password gives. Serialised, so that it is read like any other.
  const std::string& decoy() const { return decoy_; }

  const PasswordRules& rules() const { return terms_.rules; }
  std::size_t waiting() const { return pool_.waiting(); }
  bool idle() const { return pool_.idle(); }
  const HashingPool& pool() const { return pool_; }
  void Close() { pool_.Close(); }  // who waits is refused as BUSY, and everybody from now on

 private:
  // Copied into each job: Configure may change them on the loop's thread meanwhile.
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

  struct Judged {
    LoginReply::Outcome outcome = LoginReply::OUTCOME_UNSPECIFIED;
    Bytes text;  // prepared, with OK
  };

  static Terms TermsOf(const Config::Auth& config);
  static HashingPool::Places PlacesOf(const Config::Auth& config);
  static Judged Judge(std::string_view typed, std::string_view name, Policy policy, const Terms& terms);
  Sweetwords DrawWords(std::string_view typed, std::string_view name, Policy policy, const Terms& terms) const;
  // Hashes texts side by side. The tags go into `tags`, in their order.
  struct Batch;
  Task<Status> HashAll(Batch& batch);
  Task<void> HashSome(Batch& batch);
  // One job of the pool.
  Task<void> Run(std::function<void(Hasher&)> act, Kind kind);
  Task<FairQueue::Turn> Admit(Kind kind, double cost, const Asker& asker);
  void MakeDecoy();

  const Drawer drawer_;
  Terms terms_;
  std::string decoy_;
  HashingPool pool_;
};

}  // namespace zoobar
