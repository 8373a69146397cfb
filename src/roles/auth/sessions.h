// The sessions of all members. A check writes nothing to the store. The time of last use is kept here and written to
// the store each minute and at the end, so a crash loses at most a minute of it. Nothing else is cached: a session ends
// for everybody with the commit that removes it.
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
  // At most this many uses are kept until the next Maintain. Further ones are not noted; their sessions then seem to
  // have been used longer ago than they were.
  static constexpr std::size_t kMaxNoted = 1 << 16;
  // Sessions that each sweep looks at. This takes about a millisecond on the store's thread.
  static constexpr std::size_t kSweep = 1000;
  // The list of sessions shows addresses and browsers. This much of each is kept, in bytes.
  static constexpr std::size_t kMaxAddress = 64, kMaxAgent = 256;

  LiveSessions(Credentials& credentials, Clock clock, const Config::Auth& config);
  void Configure(const Config::Auth& config);

  struct Found {
    std::string key;
    StoredSession session;
    StoredAccount account;
  };
  // The session that has this token, if it has not expired. Notes that it is used now. Nothing for any other text.
  Result<std::optional<Found>> Find(std::string_view token);
  // The key of a device that has logged in to the member's account before, by its token. Empty if it is none.
  Result<std::string> KnownDevice(const std::string& member, std::string_view token);
  // A session that is about to begin, with its device. Made on the loop's thread, stored by a transaction.
  struct Entry {
    Bytes session_token, device_token;
    std::string session_key, device_key;
    StoredSession session;
    bool new_device = false;
    Credentials::LastUses noted;  // of the member's other sessions: the one used longest ago makes room
    std::size_t per_member = 0;
  };
  // Makes a new session token. Keeps the offered device token if it is this member's, else makes a new one.
  Result<Entry> Begin(const std::string& member, const std::string& address, const std::string& agent,
                      std::string_view offered_device);
  void Store(WriteTransaction& tx, const Entry& entry) const;

  // The member's sessions that have not expired, the last used first.
  Result<std::vector<Credentials::KeyedSession>> Of(const std::string& member);
  // Stores the noted uses and removes expired sessions from the next part of the table. Must not be called again before
  // it has returned.
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
