// The master's own log lines, sent to logger as one-way frames. While logger is being restarted they wait here, up to
// 256 KiB. When the master ends, the lines that still wait are written to stderr.
#pragma once

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/log.h"

namespace zoobar {

class MasterLog : public Log {
 public:
  ~MasterLog() override;
  // The socket to a new logger process.
  void Wire(Fd socket);
  void Flush();
  void Access(AccessRequest::Entry) override {}

 private:
  void Add(Level level, bool security, std::string_view event, LogFields fields) override;

  Fd socket_;
  ByteQueue waiting_;               // frames; the first one may have been sent in part
  std::vector<std::string> lines_;  // the same lines as text, until all of them are sent
  std::uint32_t dropped_ = 0, security_dropped_ = 0;
};

}  // namespace zoobar
