#include "master/master_log.h"

#include <sys/socket.h>

#include <cerrno>

#include "ipc/channel.h"

namespace zoobar {
namespace {

constexpr std::size_t kMaxWaiting = 256 * 1024;        // bytes of the frames that wait
constexpr std::size_t kForSecurity = kMaxWaiting / 4;  // bytes of kMaxWaiting that only security lines may use

}  // namespace

MasterLog::~MasterLog() {
  Flush();
  if (waiting_.empty()) return;
  for (const std::string& line : lines_) [[maybe_unused]]
    const ssize_t sent = write(STDERR_FILENO, line.data(), line.size());
}

void MasterLog::Wire(Fd socket) {
  socket_ = std::move(socket);
  Flush();
}

void MasterLog::Flush() {
  while (socket_ && !waiting_.empty()) {
    const ssize_t count = send(socket_.get(), waiting_.view().data(), waiting_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      // This logger process has ended. Perhaps only a part of a frame was sent. The rest of that frame must not be
      // sent to the next logger, so all waiting frames are dropped.
      socket_.Close();
      waiting_.Release();
      return;
    }
    waiting_.Consume(static_cast<std::size_t>(count));
  }
  if (waiting_.empty()) lines_.clear();
}

void MasterLog::Add(Level level, bool security, std::string_view event, LogFields fields) {
  WriteRequest line;
  line.set_level(level);
  line.set_security(security);
  line.set_event(std::string(event));
  std::string text = "zoobar: master: " + std::string(event);
  for (const auto& [key, value] : fields) {
    auto* field = line.add_fields();
    field->set_key(std::string(key));
    field->set_value(std::string(value));
    text += fmt::format(" {}={}", key, value);
  }
  line.set_dropped(dropped_);
  line.set_security_dropped(security_dropped_);
  const Bytes frame = Channel::OneWayFrame(line);
  if (waiting_.size() + frame.size() > kMaxWaiting - (security ? 0 : kForSecurity)) {
    ++(security ? security_dropped_ : dropped_);
    return;
  }
  dropped_ = security_dropped_ = 0;
  waiting_.Append(View(frame));
  lines_.push_back(text + "\n");
  Flush();
}

}  // namespace zoobar
