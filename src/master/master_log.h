// The master's own log lines. The master sends them to logger as one-way frames. While logger is being restarted, up to
// 256 KiB of frames wait here. When the master ends, it writes the lines that still wait to stderr.
#pragma once

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/log.h"

namespace zoobar {

class MasterLog : public Log {
 public:
  ~MasterLog() override;
  // Sends the waiting lines, and all later lines, to a new logger process. socket: the master's end of the connection
  // to this process.
  void Wire(Fd socket);
  void Flush();
  void Access(AccessRequest::Entry) override {}

 private:
  void Add(Level level, bool security, std::string_view event, LogFields fields) override;

  Fd socket_;
  ByteQueue waiting_;               // frames not yet sent; a part of the first one may be sent already
  std::vector<std::string> lines_;  // the lines in `waiting_` as text, kept until all of them are sent
  std::uint32_t dropped_ = 0, security_dropped_ = 0;
};

}  // namespace zoobar
