// The copiers of all stores of a site (store_copier.h), as `zoobar ctl backup` sees them.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/record_reader.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar::backup {

// The roles that have a store, in the order in which a backup has them.
inline constexpr std::string_view kStores[] = {"auth", "honeychecker", "notary", "bank", "profile", "keys", "course"};
// Whether older backups do not have this store.
constexpr bool MayBeMissing(std::string_view role) { return role == "notary" || role == "course"; }

class StoreCopies {
 public:
  StoreCopies() = default;
  // Ends the copiers that are left.
  ~StoreCopies();
  StoreCopies(const StoreCopies&) = delete;
  StoreCopies& operator=(const StoreCopies&) = delete;

  // Starts a copier for each store of the site, and waits until each has its store open. Call this as root, before the
  // process reads a secret: the copiers begin as copies of this process.
  Status Start(const std::string& state_dir);
  // Lets all copiers begin their snapshots, and waits until they have begun. If no store is written to during this
  // call, all snapshots are of the same moment.
  Status Begin();

  // Gives this process and the copiers the lowest priority, so that the site goes first.
  void GiveWay() const;

  struct Record {
    char type;
    std::string_view content;
  };
  // Reads the records of one store, up to its end. `take` gets each of them, kSnapshot first. Returns the first Error of
  // `take`, or an Error if the copier has failed. Call this once for each of kStores, in their order.
  Status Read(std::string_view role, const std::function<Status(Record)>& take);

 private:
  struct Copier {
    std::string_view role;
    pid_t pid = -1;
    Fd go, folder;
    RecordReader records;
    std::uint64_t snapshot = 0, most_bytes = 0;
  };
  Status StartOne(const std::string& state_dir, std::string_view role);
  Result<char> Next(Copier& copier, std::int64_t wait_us);

  std::vector<Copier> copiers_;
};

}  // namespace zoobar::backup
