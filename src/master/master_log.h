// The master's own log lines. The master sends them to logger as one-way frames. While logger is being restarted, up to
// 256 KiB of frames wait here: the line that says how logger has ended is among them. When the master ends, it writes the
// lines that still wait to stderr.
#pragma once

#include <deque>
#include <string>

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
  struct Waiting {
    Bytes frame;
    std::string line;  // the same as text
    bool security;
  };
  void Add(Level level, bool security, std::string_view event, LogFields fields) override;
  // The logger process has ended. The rest of a frame that it got only a part of must not go to the next one.
  void DropBegun();

  Fd socket_;
  std::deque<Waiting> waiting_;
  std::size_t sent_ = 0;   // bytes of the first frame that were sent
  std::size_t bytes_ = 0;  // of all frames
  std::uint32_t dropped_ = 0, security_dropped_ = 0;
};

}  // namespace zoobar
