// The sessions auth answers for. A check writes nothing: the time of last use is kept here and brought to the store
// each minute and at the end, so a crash forgets at most a minute of use. Nothing else is cached; a session ends for
// everybody with the commit that removes it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ipc/bytes.h"
#include "store/credentials.h"

namespace zoobar {

using Clock = std::function<std::int64_t()>;  // wall clock, milliseconds since 1970

class LiveSessions {
 public:
  // Uses not yet stored at most; past it further ones are not noted until the next Maintain (their sessions look less
  // used than they are).
  static constexpr std::size_t kMaxNoted = 1 << 16;
  // Looked at in each sweep: about a millisecond on the store's thread.
  static constexpr std::size_t kSweep = 1000;
  // Kept of what the list of sessions shows, in bytes.
  static constexpr std::size_t kMaxAddress = 64, kMaxAgent = 256;

  LiveSessions(Credentials& credentials, Clock clock, const Config::Auth& config);
  void Configure(const Config::Auth& config);

  struct Found {
    std::string key;
    StoredSession session;
    StoredAccount account;
  };
  // The living session this token opens, noted as used now. Nothing for any other text.
  Result<std::optional<Found>> Find(std::string_view token);
  // Whether this is the token of a device that has logged in to the member's account before: its key; empty if not.
  Result<std::string> KnownDevice(const std::string& member, std::string_view token);
  // A session about to begin, with the device it is on: made on the loop's thread, stored by a transaction.
  struct Entry {
    Bytes session_token, device_token;
    std::string session_key, device_key;
    StoredSession session;
    bool new_device = false;
    Credentials::LastUses noted;  // of the member's other sessions, to judge which of them makes room
    std::size_t per_member = 0;
  };
  // A fresh session token, and the device token offered if it is this member's, else a fresh one.
  Result<Entry> Begin(const std::string& member, const std::string& address, const std::string& agent,
                      std::string_view offered_device);
  void Store(WriteTransaction& tx, const Entry& entry) const;

  // The member's living sessions, newest use first.
  Result<std::vector<Credentials::KeyedSession>> Of(const std::string& member);
  // Stores the noted uses, sweeps the next part of the table. One at a time.
  Task<Status> Maintain();

  std::size_t noted() const { return noted_.size(); }
  std::uint64_t swept() const { return swept_; }

 private:
  void AddNoted(Credentials::KeyedSession& session) const;

  Credentials& credentials_;
  const Clock clock_;
  Credentials::SessionLimits limits_;
  std::unordered_map<std::string, std::int64_t> noted_;  // session key, last use
  std::string sweep_from_;
  std::uint64_t swept_ = 0;
};

}  // namespace zoobar
