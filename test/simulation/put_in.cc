#include "simulation/put_in.h"

#include <dlfcn.h>
#include <lmdb.h>

#include <map>
#include <string>
#include <utility>

namespace zoobar::simulation {
namespace {

Bug bug = Bug::kNone;

// The names of tables, by environment and handle.
std::map<std::pair<MDB_env*, MDB_dbi>, std::string> tables;

bool IsTable(MDB_txn* txn, MDB_dbi dbi, std::string_view name) {
  const auto found = tables.find({mdb_txn_env(txn), dbi});
  return found != tables.end() && found->second == name;
}

template <typename Function>
Function RealLmdb(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// The one key under which all files are kept.
char one_place[16];

}  // namespace

bool PutIn(std::string_view name) {
  if (name == "lost-flush") bug = Bug::kLostFlush;
  if (name == "forgotten-ticket") bug = Bug::kForgottenTicket;
  if (name == "shared-file") bug = Bug::kSharedFile;
  return bug != Bug::kNone;
}

Bug BugPutIn() { return bug; }

}  // namespace zoobar::simulation

using namespace zoobar::simulation;  // NOLINT(google-build-using-namespace): the functions below are LMDB's

extern "C" {

int mdb_dbi_open(MDB_txn* txn, const char* name, unsigned flags, MDB_dbi* dbi) {
  static const auto real = RealLmdb<decltype(&mdb_dbi_open)>("mdb_dbi_open");
  const int code = real(txn, name, flags, dbi);
  if (code == 0 && name) tables[{mdb_txn_env(txn), *dbi}] = name;
  return code;
}

int mdb_put(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* value, unsigned flags) {
  static const auto real = RealLmdb<decltype(&mdb_put)>("mdb_put");
  if (BugPutIn() == Bug::kForgottenTicket && IsTable(txn, dbi, "acts")) return 0;
  MDB_val place{sizeof one_place, one_place};
  if (BugPutIn() == Bug::kSharedFile && IsTable(txn, dbi, "files")) return real(txn, dbi, &place, value, flags);
  return real(txn, dbi, key, value, flags);
}

int mdb_get(MDB_txn* txn, MDB_dbi dbi, MDB_val* key, MDB_val* value) {
  static const auto real = RealLmdb<decltype(&mdb_get)>("mdb_get");
  MDB_val place{sizeof one_place, one_place};
  if (BugPutIn() == Bug::kSharedFile && IsTable(txn, dbi, "files")) return real(txn, dbi, &place, value);
  return real(txn, dbi, key, value);
}

}  // extern "C"
