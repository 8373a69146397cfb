#include "roles/logger/sealed.h"

#include <algorithm>

#include "audit/scan.h"
#include "text/calendar.h"

namespace zoobar {
namespace {

// Room for the id and the two seals at the end of a line, and for a line that is still being written.
constexpr std::size_t kReserved = 64 * 1024;

void AddTo(WriteRequest& line, std::string_view key, std::string_view value) {
  WriteRequest::Field* field = line.add_fields();
  field->set_key(std::string(key));
  field->set_value(std::string(value));
}

}  // namespace

WriteRequest BeginRecord(const SealStart& start) {
  WriteRequest line;
  line.set_level(LEVEL_INFO);
  line.set_event(std::string(audit::kBeginEvent));
  AddTo(line, "log", start.log);
  AddTo(line, audit::kFoundField, start.found);
  AddTo(line, audit::kNotedField, start.noted);
  AddTo(line, audit::kTornField, start.torn ? "1" : "0");
  return line;
}

SealedLog::SealedLog(const std::string& log, Fd fd, std::vector<SealStart>& starts)
    : file_("log." + log, std::move(fd), kMaxWaiting) {
  for (SealStart& start : starts) {
    if (start.log != log) continue;
    if (start.key.size() == audit::kKeyBytes) start_ = start;
    start.key = Bytes();
  }
  BeginIfPossible();
}

void SealedLog::BeginIfPossible() {
  if (!start_ || !file_.has_file()) return;
  if (start_->torn && file_.size() > 0) file_.ContinueTorn();  // if it is empty, an older file ends within a line
  const std::optional<audit::Mac> prev = audit::MacOfHex(start_->found_mac);
  chain_.emplace(start_->start, start_->epoch, audit::Key(View(start_->key)), prev.value_or(audit::Mac{}));
  Add(LogOrigin{ROLE_LOGGER, 0, 0}, BeginRecord(*start_));
  start_.reset();
}

std::optional<audit::RecordId> SealedLog::Add(const LogOrigin& origin, const WriteRequest& line, std::size_t bytes) {
  if (!chain_ || file_.waiting() + kReserved > kMaxWaiting) {
    AddDropped(1);
    return {};
  }
  std::string text = EventLine(WallMillis(), origin, line, std::exchange(dropped_, 0), bytes);
  text.pop_back();
  file_.Append(chain_->Seal(text) + "\n");
  ++records_;
  return chain_->last();
}

bool SealedLog::Flush() {
  file_.Flush();
  if (next_file_ && !file_.mid_line()) {
    file_.Replace(std::move(next_file_));
    file_.Flush();
  }
  return chain_ && file_.waiting() == 0;
}

void SealedLog::End() {
  start_.reset();
  if (!chain_) return;
  WriteRequest line;
  line.set_level(LEVEL_INFO);
  line.set_event(std::string(audit::kEndEvent));
  Add(LogOrigin{ROLE_LOGGER, 0, 0}, line);
  Flush();
  chain_.reset();
}

void SealedLog::Replace(Fd fd) {
  file_.Flush();
  if (file_.mid_line()) {
    next_file_ = std::move(fd);
  } else {
    file_.Replace(std::move(fd));
    BeginIfPossible();
  }
}

}  // namespace zoobar
