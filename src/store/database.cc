#include "store/database.h"

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "ipc/try.h"
#include "store/folder.h"
#include "stored.pb.h"

namespace zoobar {
namespace {

constexpr const char* kLockName = "owner.lock";
constexpr const char* kFormatTable = "format";
constexpr std::string_view kFormatKey = "format";
constexpr Milliseconds kLockRetry{10};

// Rounds up to a multiple of the page size, because LMDB needs whole pages. Returns at least 16 pages.
std::uint64_t WholePages(std::uint64_t bytes) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return std::max((bytes + page - 1) / page, std::uint64_t{16}) * page;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(EnvironmentOptions options) {
  options.map_bytes = WholePages(options.map_bytes);
  options.max_map_bytes = std::max(WholePages(options.max_map_bytes), options.map_bytes);
  std::unique_ptr<Database> database(new Database(std::move(options)));
  for (auto step :
       {&Database::TakeLock, &Database::RemoveBegun, &Database::OpenFiles, &Database::Extend, &Database::CheckFormat}) {
    TRY_STATUS(((*database).*step)());
  }
  return database;
}

Database::~Database() {
  for (MDB_txn* reader : idle_readers_) mdb_txn_abort(reader);
  if (env_) mdb_env_close(env_);
}

Error Database::Explain(const Error& error) const {
  return {fmt::format("store {}: {}", options_.folder, error.text), error.cause};
}

Error Database::Explain(int code, std::string_view doing) const {
  // LMDB reports EIO when a full disk cuts a write short.
  const char* hint = code == EIO ? " (or the disk is full)" : "";
  return Explain(Error::Of("{}: {}{}", doing, mdb_strerror(code), hint));
}

// Locks the folder. Waits up to options_.lock_wait, because the kernel may need a moment to release the lock of a
// killed process.
Status Database::TakeLock() {
  const std::string path = options_.folder + "/" + kLockName;
  lock_ = Fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock_) return Error::FromErrno("store: " + path);
  const auto deadline = std::chrono::steady_clock::now() + options_.lock_wait;
  while (flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Error::FromErrno("store: " + path);
    if (std::chrono::steady_clock::now() >= deadline) {
      return Explain(Error::Of("another process has it open (it holds {})", path));
    }
    std::this_thread::sleep_for(kLockRetry);
  }
  return {};
}

// Empties data.mdb if it is what a loss of power can leave of a file that LMDB has just made: two pages or less, one of
// which is not there. LMDB would refuse it for ever. No transaction is lost, because the first one needs a third page.
Status Database::RemoveBegun() {
  const Fd file(open((options_.folder + "/data.mdb").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno == ENOENT) return {};
  struct stat about{};
  if (!file || fstat(file.get(), &about) != 0) return Error::FromErrno("store " + options_.folder + ": data.mdb");
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (about.st_size == 0 || static_cast<std::size_t>(about.st_size) > 2 * page) return {};
  std::string pages(2 * page, '\0');
  if (pread(file.get(), pages.data(), pages.size(), 0) != about.st_size)
    return Error::FromErrno("store " + options_.folder + ": data.mdb");
  const std::string nothing(page, '\0');
  const bool whole = pages.compare(0, page, nothing) != 0 && pages.compare(page, page, nothing) != 0;
  if (whole || ftruncate(file.get(), 0) == 0) return {};
  return Error::FromErrno("store " + options_.folder + ": data.mdb");
}

// A new file is flushed before anything is written to it: after a loss of power it then has either two pages or less, or
// whole ones at its beginning.
Status Database::OpenFiles() {
  int code = mdb_env_create(&env_);
  if (code == 0) code = mdb_env_set_maxdbs(env_, static_cast<MDB_dbi>(options_.tables.size() + 1));
  if (code == 0) code = mdb_env_set_mapsize(env_, options_.map_bytes);
  if (code == 0) code = mdb_env_open(env_, options_.folder.c_str(), MDB_NOTLS, 0600);
  if (code == 0) code = mdb_env_sync(env_, 1);
  if (code != 0) return Explain(code, "opening data.mdb");
  const Status named = SyncFolder(options_.folder);  // LMDB flushes only the file in it
  return named.ok() ? Status() : Status(Explain(named.error()));
}

// Lengthens data.mdb if it is shorter than the number of pages that it claims to have. Otherwise reading a missing page
// would raise SIGBUS. The added pages are zeros, which LMDB and this code recognise as damage. A short file is not
// always damaged, because pages at its end may have been allocated and never used.
Status Database::Extend() {
  MDB_envinfo info;
  MDB_stat stat;
  int fd = -1;
  if (mdb_env_info(env_, &info) != 0 || mdb_env_stat(env_, &stat) != 0 || mdb_env_get_fd(env_, &fd) != 0) {
    return Explain(Error{"LMDB cannot describe data.mdb"});
  }
  const auto needed = static_cast<off_t>((info.me_last_pgno + 1) * stat.ms_psize);
  struct stat file;
  if (fstat(fd, &file) != 0) return Error::FromErrno("store " + options_.folder + ": data.mdb");
  if (file.st_size < needed && ftruncate(fd, needed) != 0) {
    return Error::FromErrno("store " + options_.folder + ": lengthening data.mdb");
  }
  return {};
}

// Checks the format, and opens the tables only if this program knows the format. Writes nothing before.
Status Database::CheckFormat() {
  MDB_txn* txn;
  const int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (code != 0) return Explain(code, "reading the format");
  bool to_write = false;
  Status checked = CheckFormatIn(txn, &to_write);
  mdb_txn_abort(txn);
  if (!checked.ok()) return Explain(checked.error());
  return OpenTables(to_write);
}

Status Database::CheckFormatIn(MDB_txn* txn, bool* to_write) {
  MDB_dbi table;
  int code = mdb_dbi_open(txn, kFormatTable, 0, &table);
  if (code == MDB_NOTFOUND) {
    MDB_dbi names;
    MDB_stat stat{};
    code = mdb_dbi_open(txn, nullptr, 0, &names);
    if (code == 0) code = mdb_stat(txn, names, &stat);
    if (code != 0) return Error::Of("reading the format: {}", mdb_strerror(code));
    if (stat.ms_entries > 0) return Error{"not a zoobar store: it has tables but no format"};
    *to_write = true;
    return {};
  }
  MDB_val key = ToValue(kFormatKey), value;
  if (code == 0) code = mdb_get(txn, table, &key, &value);
  if (code != 0) return Error::Of("reading the format: {}", mdb_strerror(code));
  StoredFormat format;
  if (!format.ParseFromArray(value.mv_data, static_cast<int>(value.mv_size)) || format.version() == 0) {
    return Error{"the format entry is damaged"};
  }
  if (format.kind() != options_.kind) {
    return Error::Of("this is the store of '{}', not of '{}'", format.kind(), options_.kind);
  }
  if (format.version() > options_.format) {
    return Error::Of("written by a newer zoobar: format {}, this one knows up to {}", format.version(),
                     options_.format);
  }
  // This program can read data of an older format without changes. It writes its own version number, because an older
  // program could misread the data that this program writes.
  *to_write = format.version() < options_.format;
  return {};
}

// If the file is longer than the configured map, LMDB maps exactly the length of the file. This map has no room for
// missing tables, so it must grow before they can be created.
Status Database::OpenTables(bool write_format) {
  std::string doing;
  int code = TryToOpenTables(write_format, &doing);
  while (code == MDB_MAP_FULL) {
    TRY_STATUS(Grow());
    code = TryToOpenTables(write_format, &doing);
  }
  if (code != 0) return Explain(code, doing);
  return {};
}

int Database::TryToOpenTables(bool write_format, std::string* doing) {
  tables_.clear();
  *doing = "opening tables";
  MDB_txn* txn;
  int code = mdb_txn_begin(env_, nullptr, 0, &txn);
  if (code != 0) return code;
  code = OpenTablesIn(txn, write_format, doing);
  if (code != 0) {
    mdb_txn_abort(txn);
    return code;
  }
  *doing = "committing tables";
  return mdb_txn_commit(txn);
}

int Database::OpenTablesIn(MDB_txn* txn, bool write_format, std::string* doing) {
  for (const std::string& name : options_.tables) {
    Table table{0, name.c_str()};
    *doing = "opening table " + name;
    const int code = mdb_dbi_open(txn, name.c_str(), MDB_CREATE, &table.dbi);
    if (code != 0) return code;
    tables_.push_back(table);
  }
  if (!write_format) return 0;
  *doing = "writing the format";
  StoredFormat format;
  format.set_kind(options_.kind);
  format.set_version(options_.format);
  const std::string bytes = format.SerializeAsString();
  MDB_dbi table;
  MDB_val key = ToValue(kFormatKey), value = ToValue(bytes);
  const int code = mdb_dbi_open(txn, kFormatTable, MDB_CREATE, &table);
  return code != 0 ? code : mdb_put(txn, table, &key, &value, 0);
}

Table Database::table(std::string_view name) const {
  for (const Table& table : tables_) {
    if (table.name == name) return table;
  }
  Die("store {}: no table {}", options_.folder, name);
}

Result<MDB_txn*> Database::TakeReader() {
  MDB_txn* reader = nullptr;
  {
    std::lock_guard lock(readers_lock_);
    if (!idle_readers_.empty()) {
      reader = idle_readers_.back();
      idle_readers_.pop_back();
    }
  }
  const int code = reader ? mdb_txn_renew(reader) : mdb_txn_begin(env_, nullptr, MDB_RDONLY, &reader);
  if (code == 0) return reader;
  if (reader) mdb_txn_abort(reader);
  return Explain(code, "beginning to read").As(code == ENOMEM ? Cause::kBusy : Cause::kOther);
}

Status Database::Read(const std::function<void(ReadTransaction&)>& act, bool interruptible) {
  for (;;) {
    std::shared_lock map(map_);
    TRY(MDB_txn * reader, TakeReader());
    ReadTransaction tx(reader, interruptible ? &growing_ : nullptr);
    act(tx);
    mdb_txn_reset(reader);
    {
      std::lock_guard lock(readers_lock_);
      idle_readers_.push_back(reader);
    }
    if (!tx.failed()) return {};
    if (tx.code_ != ReadTransaction::kInterrupted) return Explain(tx.error_);
    map.unlock();
    growing_.wait(true);
  }
}

Status Database::Grow() {
  const std::uint64_t now = map_bytes();
  if (now >= options_.max_map_bytes) {
    return Explain(Error::Of("full: store.max_map_bytes is {}, and the map has {} bytes", options_.max_map_bytes, now)
                       .As(Cause::kNoRoom));
  }
  Status resized = Resize(std::min(2 * now, options_.max_map_bytes));
  if (resized.ok()) ++growths_;
  return resized;
}

Status Database::AdoptSize() { return Resize(0); }

// LMDB gives up the old map before it makes the new one. If that fails, nothing is mapped any more, and LMDB would read
// from address 0. So this asks first whether there is room.
Status Database::Resize(std::uint64_t bytes) {
  if (bytes > 0) {
    void* const room = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return Explain(Error::FromErrno("growing the map").As(Cause::kNoRoom));
    munmap(room, bytes);
  }
  growing_ = true;
  {
    std::lock_guard alone(map_);
    const int code = mdb_env_set_mapsize(env_, bytes);
    if (code != 0) Die("store {}: it cannot be mapped again: {}", options_.folder, mdb_strerror(code));
  }
  growing_ = false;
  growing_.notify_all();
  return {};
}

std::uint64_t Database::map_bytes() const {
  std::shared_lock map(map_);
  MDB_envinfo info;
  return mdb_env_info(env_, &info) == 0 ? info.me_mapsize : 0;
}

std::uint64_t Database::used_bytes() const {
  std::shared_lock map(map_);
  MDB_envinfo info;
  MDB_stat stat;
  if (mdb_env_info(env_, &info) != 0 || mdb_env_stat(env_, &stat) != 0) return 0;
  return (info.me_last_pgno + 1) * stat.ms_psize;
}

}  // namespace zoobar
