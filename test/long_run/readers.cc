#include "long_run/readers.h"

#include <lmdb.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <sstream>

#include "ipc/try.h"

namespace zoobar::long_run {
namespace {

// Adds the lines that mdb_reader_list passes, one for each reader: its process, its thread, and its snapshot or "-".
int Append(const char* line, void* text) {
  static_cast<std::string*>(text)->append(line);
  return 0;
}

std::uint64_t StaleAmong(const std::string& readers, std::uint64_t last) {
  std::uint64_t stale = 0;
  std::istringstream lines(readers);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string process, thread, snapshot;
    words >> process >> thread >> snapshot;
    if (snapshot.empty() || snapshot.find_first_not_of("0123456789") != snapshot.npos) continue;  // idle, or the head
    if (std::strtoull(snapshot.c_str(), nullptr, 10) + 1 < last) ++stale;
  }
  return stale;
}

// The pages that hold nothing now. LMDB keeps their numbers in a table of its own, the first one: each value is a count
// and so many numbers (mdb_stat -f reads it in the same way).
Result<std::uint64_t> FreePages(MDB_env* env) {
  constexpr MDB_dbi kFreePages = 0;
  MDB_txn* begun = nullptr;
  if (const int code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &begun)) return Error{mdb_strerror(code)};
  const std::unique_ptr<MDB_txn, void (*)(MDB_txn*)> txn(begun, mdb_txn_abort);
  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(begun, kFreePages, &cursor)) return Error{mdb_strerror(code)};
  const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> closed(cursor, mdb_cursor_close);
  std::uint64_t free = 0;
  MDB_val key, numbers;
  while (mdb_cursor_get(cursor, &key, &numbers, MDB_NEXT) == 0) {
    std::size_t count = 0;
    std::memcpy(&count, numbers.mv_data, sizeof count);
    free += count;
  }
  return free;
}

}  // namespace

Result<StoreState> StateOf(const std::string& folder) {
  MDB_env* opened = nullptr;
  if (mdb_env_create(&opened) != 0) return Error{"LMDB does not start"};
  const std::unique_ptr<MDB_env, void (*)(MDB_env*)> env(opened, mdb_env_close);
  if (const int code = mdb_env_open(env.get(), folder.c_str(), MDB_RDONLY | MDB_NOTLS, 0600))
    return Error::Of("{}: {}", folder, mdb_strerror(code));
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_env_info(env.get(), &info);
  mdb_env_stat(env.get(), &stat);
  std::string readers;
  mdb_reader_list(env.get(), Append, &readers);
  std::error_code failed;
  StoreState state;
  state.file_bytes = std::filesystem::file_size(folder + "/data.mdb", failed);
  if (failed) return Error::Of("{}: {}", folder, failed.message());
  state.used_bytes = (info.me_last_pgno + 1) * stat.ms_psize;
  TRY(const std::uint64_t free, FreePages(env.get()));
  state.live_bytes = state.used_bytes - std::min(free * stat.ms_psize, state.used_bytes);
  state.readers = info.me_numreaders;
  state.stale = StaleAmong(readers, info.me_last_txnid);
  return state;
}

}  // namespace zoobar::long_run
