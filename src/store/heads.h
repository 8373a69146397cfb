// The store of the role notary: its signing key, and the last head of the journal that it has signed. It is one
// environment of kind "notary", format 1.
//
//   table  key     value
//   key    "name"  the name of the journal, ASCII
//   key    "seed"  the seed of the Ed25519 key, 32 bytes
//   head   "last"  StoredHead (proto/stored.proto)
#pragma once

#include <memory>
#include <string>

#include "config.pb.h"
#include "ipc/bytes.h"
#include "ipc/task.h"
#include "store/environment.h"
#include "stored.pb.h"

namespace zoobar {

class HeadStore {
 public:
  static constexpr std::size_t kSeedBytes = 32;

  // Opens the store in `folder`. Blocks, and returns an Error if another process has the environment open, as
  // Environment::Open does.
  static Result<std::unique_ptr<HeadStore>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  struct Key {
    std::string name;
    Bytes seed;
  };
  // Returns the key. Draws one, with a name for the journal, if there is none yet. Blocks; call it before Put.
  Result<Key> TakeKey();
  // Returns an empty message if nothing was signed yet.
  Result<StoredHead> Last();
  // The head is on disk when the Task ends.
  Task<Status> Put(StoredHead head);

 private:
  explicit HeadStore(std::unique_ptr<Environment> environment)
      : environment_(std::move(environment)), key_(environment_->table("key")), head_(environment_->table("head")) {}
  Result<Key> ReadKey(const ReadTransaction& tx) const;

  std::unique_ptr<Environment> environment_;
  Table key_, head_;
};

}  // namespace zoobar
