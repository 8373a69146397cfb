#include "master/master_log.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "ipc/channel.h"

namespace zoobar {
namespace {

constexpr std::size_t kMaxWaiting = 256 * 1024;        // bytes of the frames that wait
constexpr std::size_t kForSecurity = kMaxWaiting / 4;  // bytes of kMaxWaiting that only security lines may use

}  // namespace

MasterLog::~MasterLog() {
  Flush();
  for (const Waiting& each : waiting_) [[maybe_unused]]
    const ssize_t written = write(STDERR_FILENO, each.line.data(), each.line.size());
}

void MasterLog::Wire(Fd socket) {
  DropBegun();
  socket_ = std::move(socket);
  Flush();
}

void MasterLog::Flush() {
  while (socket_ && !waiting_.empty()) {
    const Bytes& frame = waiting_.front().frame;
    const ssize_t count = send(socket_.get(), frame.data() + sent_, frame.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) {
      socket_.Close();
      return DropBegun();
    }
    sent_ += static_cast<std::size_t>(count);
    if (sent_ < frame.size()) continue;
    bytes_ -= frame.size();
    sent_ = 0;
    waiting_.pop_front();
  }
}

void MasterLog::DropBegun() {
  if (std::exchange(sent_, 0) == 0) return;
  ++(waiting_.front().security ? security_dropped_ : dropped_);
  bytes_ -= waiting_.front().frame.size();
  waiting_.pop_front();
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
  Bytes frame = Channel::OneWayFrame(line);
  if (bytes_ + frame.size() > kMaxWaiting - (security ? 0 : kForSecurity)) {
    ++(security ? security_dropped_ : dropped_);
    return;
  }
  dropped_ = security_dropped_ = 0;
  bytes_ += frame.size();
  waiting_.push_back({std::move(frame), text + "\n", security});
  Flush();
}

}  // namespace zoobar
