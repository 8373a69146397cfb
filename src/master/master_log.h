// The master's own lines: frames to logger, one way. While logger is away they wait, bounded; what still waits when the
// master leaves goes to stderr.
#pragma once

#include "ipc/bytes.h"
#include "ipc/fd.h"
#include "ipc/log.h"

namespace zoobar {

class MasterLog : public Log {
 public:
  ~MasterLog() override;
  // The socket to a (new) logger.
  void Wire(Fd socket);
  void Flush();
  void Access(AccessRequest::Entry) override {}

 private:
  void Add(Level level, bool security, std::string_view event, LogFields fields) override;

  Fd socket_;
  ByteQueue waiting_;               // whole frames, but for the first one, which may be sent in part
  std::vector<std::string> lines_;  // the same as text, until a logger took them
  std::uint32_t dropped_ = 0, security_dropped_ = 0;
};

}  // namespace zoobar
