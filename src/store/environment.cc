#include "store/environment.h"

#include "ipc/try.h"
#include "store/database.h"
#include "store/writer.h"

namespace zoobar {

Result<std::unique_ptr<Environment>> Environment::Open(Loop& loop, EnvironmentOptions options) {
  TRY(std::unique_ptr<Database> database, Database::Open(std::move(options)));
  return std::unique_ptr<Environment>(new Environment(loop, std::move(database)));
}

Environment::Environment(Loop& loop, std::unique_ptr<Database> database)
    : loop_(loop), database_(std::move(database)), writer_(std::make_shared<Writer>(loop_, *database_)) {}

Environment::~Environment() { writer_->Close(); }

Table Environment::table(std::string_view name) const { return database_->table(name); }

bool Environment::Submission::await_suspend(std::coroutine_handle<> waiting) {
  waiter = waiting;
  return writer.Add(*this);
}

// Notes what a write failed of.
const Error& Environment::Failed(const Error& error) {
  if (error.no_room()) {
    ++no_room_;
    if (tell_no_room_) tell_no_room_(error);
  }
  return error;
}

Status Environment::RunFirst(std::function<Status(WriteTransaction&)> run) {
  Submission submission(*writer_, std::move(run));
  writer_->AnswerFirst(submission);
  return std::move(submission.answer);
}

Status Environment::RunRead(const std::function<void(ReadTransaction&)>& run) { return database_->Read(run, false); }

Status Environment::RunLongRead(const std::function<void(ReadTransaction&)>& run) { return database_->Read(run, true); }

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
