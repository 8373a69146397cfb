// The sessions of all members. Checking a session writes nothing to the store. The time of its last use is kept in
// memory, and written to the store each minute and when the process ends. So a crash loses these times for at most a
// minute. Nothing else is cached, so a session has ended as soon as its removal is committed.
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
  // At most this many times of last use are kept in memory until the next Maintain. Further uses are not noted. Their
  // sessions then seem to have been used longer ago than they were.
  static constexpr std::size_t kMaxNoted = 1 << 16;
  // The number of sessions that each Maintain looks at to find expired ones. This takes about a millisecond on the
  // store's thread.
  static constexpr std::size_t kSweep = 1000;
  // The list of sessions shows addresses and browsers. At most this many bytes of each are stored.
  static constexpr std::size_t kMaxAddress = 64, kMaxAgent = 256;

  LiveSessions(Credentials& credentials, Clock clock, const Config::Auth& config);
  void Configure(const Config::Auth& config);

  struct Found {
    std::string key;
    StoredSession session;
    StoredAccount account;
  };
  // Finds the session that has this token, if it has not expired. Notes that the session is used now. Returns nullopt
  // for any other text.
  Result<std::optional<Found>> Find(std::string_view token);
  // Returns the key of the device that has this token, if it has logged in to the member's account before. Else returns
  // an empty string.
  Result<std::string> KnownDevice(const std::string& member, std::string_view token);
  // A session that is about to begin, with its device. It is made on the loop's thread, and a transaction stores it.
  struct Entry {
    Bytes session_token, device_token;
    std::string session_key, device_key;
    StoredSession session;
    bool new_device = false;
    // When the member's other sessions were last used. If there are too many, the one that was used longest ago ends.
    Credentials::LastUses noted;
    std::size_t per_member = 0;
  };
  // Makes a new session token. Keeps the offered device token if it belongs to this member, else makes a new device
  // token.
  Result<Entry> Begin(const std::string& member, const std::string& address, const std::string& agent,
                      std::string_view offered_device);
  void Store(WriteTransaction& tx, const Entry& entry) const;

  // Returns the member's sessions that have not expired, the most recently used first.
  Result<std::vector<Credentials::KeyedSession>> Of(const std::string& member);
  // Stores the noted times of last use, and removes expired sessions from the next part of the table. Must not be
  // called again before the first call has ended.
  Task<Status> Maintain();

  // How many sessions the store has. Those that have expired count until they are removed. 0 if it cannot be read.
  std::uint64_t Count() const;
  std::size_t noted() const { return noted_.size(); }
  std::uint64_t swept() const { return swept_; }

 private:
  void AddNoted(Credentials::KeyedSession& session) const;

  Credentials& credentials_;
  const Clock clock_;
  Credentials::SessionLimits limits_;
  std::unordered_map<std::string, std::int64_t> noted_;  // by the session's key: when it was last used
  std::string sweep_from_;
  std::uint64_t swept_ = 0;
};

}  // namespace zoobar
