#include "backup/store_copier.h"

#include <grp.h>
#include <linux/capability.h>
#include <lmdb.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "backup/format.h"
#include "confine/jail.h"
#include "confine/step.h"
#include "ipc/try.h"

namespace zoobar::backup {
namespace {

constexpr FolderGrant kFolders[] = {
    {Folder::kStore, "the store that is copied; the table of readers in it is written"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to write the copy to a pipe"},
    {Calls::kStore, "to read the store with LMDB"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders, .calls = kCalls, .limits = {.open_files = 16, .file_bytes = 1 << 20}};

constexpr std::size_t kBatch = 60 << 10;  // bytes of entries in one record, if one entry is not larger

class Copier {
 public:
  Copier(Fd go, Fd out) : go_(std::move(go)), out_(std::move(out)) {}
  // Gives up the place in the table of readers, so that the role may use all pages again.
  ~Copier() {
    if (txn_) mdb_txn_abort(txn_);
    if (env_) mdb_env_close(env_);
  }

  Status Copy() {
    TRY_STATUS(Open());
    TRY_STATUS(Send(kReady, {}));
    char byte;
    if (read(go_.get(), &byte, 1) != 1) return Error{"the backup was given up"};
    TRY_STATUS(Begin());
    std::string number;
    AppendNumber(number, static_cast<std::uint64_t>(mdb_txn_id(txn_)));
    TRY_STATUS(Send(kSnapshot, number));
    TRY(const std::vector<std::string> tables, Tables());
    for (const std::string& table : tables) TRY_STATUS(CopyTable(table));
    return Send(kStoreEnds, {});
  }

  Status Send(char type, std::string_view content) {
    std::string record(1, type);
    AppendNumber(record, static_cast<std::uint32_t>(content.size()));
    record += content;
    for (std::size_t done = 0; done < record.size();) {
      const ssize_t some = write(out_.get(), record.data() + done, record.size() - done);
      if (some < 0 && errno != EINTR) return Error::FromErrno("sending the copy");
      if (some > 0) done += static_cast<std::size_t>(some);
    }
    return {};
  }

 private:
  static Status Lmdb(int code, std::string_view doing) {
    if (code == 0) return {};
    return Error::Of("{}: {}", doing, mdb_strerror(code));
  }

  Status Open() {
    TRY_STATUS(Lmdb(mdb_env_create(&env_), "LMDB"));
    TRY_STATUS(Lmdb(mdb_env_set_maxdbs(env_, kMostTables), "LMDB"));
    const std::string folder = FolderPath(JailKind::kChroot, Folder::kStore);
    return Lmdb(mdb_env_open(env_, folder.c_str(), MDB_RDONLY | MDB_NOTLS, 0600), "opening the store");
  }

  Status Begin() {
    // Copiers that were killed have left their places in the table of readers. The role forgets them when it writes
    // (Writer::ForgetDeadReaders), but it may write seldom, and the table has a fixed number of places.
    TRY_STATUS(Lmdb(mdb_reader_check(env_, nullptr), "checking the readers"));
    int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn_);
    if (code == MDB_MAP_RESIZED) {  // the role has made its map larger since the store was opened here
      TRY_STATUS(Lmdb(mdb_env_set_mapsize(env_, 0), "adopting the size"));
      code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn_);
    }
    return Lmdb(code, "beginning to read");
  }

  // The names of the tables, in the order of their bytes.
  Result<std::vector<std::string>> Tables() {
    MDB_dbi names;
    TRY_STATUS(Lmdb(mdb_dbi_open(txn_, nullptr, 0, &names), "reading the tables"));
    std::vector<std::string> tables;
    TRY_STATUS(Walk(names, [&tables](std::string_view name, std::string_view) -> Status {
      tables.emplace_back(name);
      return {};
    }));
    return tables;
  }

  template <typename Visit>
  Status Walk(MDB_dbi table, Visit visit) {
    MDB_cursor* cursor;
    TRY_STATUS(Lmdb(mdb_cursor_open(txn_, table, &cursor), "reading a table"));
    MDB_val key, value;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; code == 0; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
      TRY_STATUS(visit({static_cast<const char*>(key.mv_data), key.mv_size},
                       {static_cast<const char*>(value.mv_data), value.mv_size}));
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? Status() : Lmdb(code, "reading a table");
  }

  Status CopyTable(const std::string& name) {
    MDB_dbi table;
    TRY_STATUS(Lmdb(mdb_dbi_open(txn_, name.c_str(), 0, &table), name));
    TRY_STATUS(Send(kTable, name));
    std::string batch;
    const auto add = [&](std::string_view key, std::string_view value) -> Status {
      if (value.size() > kMostRecord - kEntryHead - key.size()) return Error::Of("{}: an entry is too large", name);
      if (!batch.empty() && batch.size() + kEntryHead + key.size() + value.size() > kBatch) {
        TRY_STATUS(Send(kEntries, batch));
        batch.clear();
      }
      AppendNumber(batch, static_cast<std::uint16_t>(key.size()));
      AppendNumber(batch, static_cast<std::uint32_t>(value.size()));
      batch.append(key);
      batch.append(value);
      return {};
    };
    TRY_STATUS(Walk(table, add));
    return batch.empty() ? Status() : Send(kEntries, batch);
  }

  Fd go_, out_;
  MDB_env* env_ = nullptr;
  MDB_txn* txn_ = nullptr;
};

// Becomes the owner of the store, with the role's folder as its root.
Status Enter(const Fd& folder) {
  struct stat store{};
  TRY_STATUS(Step(fstatat(folder.get(), "store", &store, AT_SYMLINK_NOFOLLOW), "the store"));
  if (!S_ISDIR(store.st_mode) || store.st_uid == 0) return Error{"the store does not belong to a role"};
  TRY_STATUS(Step(fchdir(folder.get()), "fchdir"));
  TRY_STATUS(Step(chroot("."), "chroot (this needs root)"));
  TRY_STATUS(Step(chdir("/"), "chdir"));
  TRY_STATUS(Step(setgroups(0, nullptr), "setgroups"));
  TRY_STATUS(Step(setresgid(store.st_gid, store.st_gid, store.st_gid), "setresgid"));
  TRY_STATUS(Step(prctl(PR_SET_KEEPCAPS, 1), "PR_SET_KEEPCAPS"));
  TRY_STATUS(Step(setresuid(store.st_uid, store.st_uid, store.st_uid), "setresuid"));
  // Renounce needs this one capability, to drop the others for ever, and then gives it up too.
  return HandOverCapabilities(CapabilityBit(CAP_SETPCAP));
}

}  // namespace

void CopyStore(Fd folder, Fd go, Fd out) {
  bool copied = false;
  {
    Copier copier(std::move(go), std::move(out));
    Status done = Enter(folder);
    folder.Close();
    if (done.ok()) done = Renounce(JailKind::kChroot, kPrivileges);
    if (done.ok()) done = copier.Copy();
    copied = done.ok();
    // If the pipe is closed, nobody wants to know the reason.
    if (!copied) [[maybe_unused]]
      const Status told = copier.Send(kFailed, done.error().text);
  }
  _exit(copied ? 0 : 1);
}

}  // namespace zoobar::backup
