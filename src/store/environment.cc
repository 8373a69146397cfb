#include "store/environment.h"

#include <algorithm>

#include "ipc/result.h"
#include "ipc/try.h"
#include "store/database.h"
#include "store/formats.h"
#include "store/writer.h"

namespace zoobar {

EnvironmentOptions EnvironmentOptions::Of(std::string folder, std::string kind, std::vector<std::string> tables,
                                          const Config::Store& config) {
  EnvironmentOptions options;
  options.folder = std::move(folder);
  const auto known = std::ranges::find(kStoredKinds, kind, &StoredKind::name);
  if (known == std::end(kStoredKinds)) Die("store: {} is no kind of environment", kind);
  options.format = known->format;
  options.kind = std::move(kind);
  options.tables = std::move(tables);
  options.map_bytes = config.map_bytes();
  options.max_map_bytes = config.max_map_bytes();
  return options;
}

Result<std::unique_ptr<Environment>> Environment::Open(Loop& loop, EnvironmentOptions options) {
  TRY(std::unique_ptr<Database> database, Database::Open(std::move(options)));
  return std::unique_ptr<Environment>(new Environment(loop, std::move(database)));
}

Environment::Environment(Loop& loop, std::unique_ptr<Database> database)
    : loop_(loop), database_(std::move(database)), writer_(std::make_shared<Writer>(loop_, *database_)) {}

Environment::~Environment() { writer_->Close(); }

Table Environment::table(std::string_view name) const { return database_->table(name); }

bool Environment::Submission::await_suspend(std::coroutine_handle<> waiting) {
  waiter = Suspended(waiting);
  return writer.Add(*this);
}

// Counts and reports a write that failed because there was no room. Returns `error` unchanged.
const Error& Environment::Failed(const Error& error) {
  if (error.no_room()) {
    ++no_room_;
    if (tell_no_room_) tell_no_room_(error);
  }
  return error;
}

Status Environment::WriteAtOnce(std::function<Status(WriteTransaction&)> act) {
  Submission submission(*writer_, std::move(act));
  writer_->AnswerFirst(submission);
  return std::move(submission.answer);
}

Status Environment::ReadNow(const std::function<void(ReadTransaction&)>& act) { return database_->Read(act, false); }

Status Environment::ReadLong(const std::function<void(ReadTransaction&)>& act) { return database_->Read(act, true); }

Task<std::uint64_t> Environment::Hold(Milliseconds at_most) { return writer_->Hold(at_most); }

bool Environment::Release(std::uint64_t hold) { return writer_->Release(hold); }

Environment::Usage Environment::usage() const {
  return {.map_bytes = database_->map_bytes(),
          .used_bytes = database_->used_bytes(),
          .commits = writer_->commits(),
          .writes = writer_->writes(),
          .growths = database_->growths(),
          .no_room = no_room_,
          .late = writer_->late()};
}

}  // namespace zoobar
