// The store of the role keys: the certificates that were installed while the site ran. It is one environment of kind
// "keys", format 1.
//
//   table         key                                                value
//   certificates  SHA-256 of the public key (SPKI in DER), 32 bytes  three pieces, as ipc/secrets.h packs them:
//                                                                    when it was installed (8 bytes, milliseconds since
//                                                                    1970, big-endian), the chain and the private key,
//                                                                    both in PEM
//
// The values are not protobuf messages, because those do not wipe the memory of their strings.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config.pb.h"
#include "ipc/bytes.h"
#include "ipc/task.h"
#include "store/environment.h"

namespace zoobar {

class CertificateStore {
 public:
  static constexpr std::size_t kIdBytes = 32;

  struct Installed {
    std::string id;  // the key in the table
    std::int64_t installed_ms = 0;
    std::string chain;
    Bytes key;
  };

  // Opens the store in `folder`. Blocks, and returns an Error if another process has the environment open, as
  // Environment::Open does.
  static Result<std::unique_ptr<CertificateStore>> Open(Loop& loop, std::string folder, const Config::Store& config);

  Environment& environment() { return *environment_; }

  struct Contents {
    std::vector<Installed> installed;  // the one that was installed first in front
    std::vector<std::string> damaged;  // for each entry that cannot be read: a text that names its table and key
  };
  // Returns all of them. A damaged entry does not keep the others from being used.
  Result<Contents> All();
  // Adds one, or replaces the one with the same id, and removes those with the ids `replaced`. The change is on disk
  // when the Task ends.
  Task<Status> Put(const Installed& fresh, std::vector<std::string> replaced);

 private:
  explicit CertificateStore(std::unique_ptr<Environment> environment)
      : environment_(std::move(environment)), certificates_(environment_->table("certificates")) {}

  std::unique_ptr<Environment> environment_;
  Table certificates_;
};

}  // namespace zoobar
