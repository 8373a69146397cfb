// The files of a certificate in the configuration. Only root can open them, so the master does it at the start. It
// passes the descriptors to the role keys whenever that is started, and never reads from them.
#pragma once

#include "config.pb.h"
#include "ipc/fd.h"
#include "ipc/result.h"

namespace zoobar {

struct TlsFiles {
  Fd certificate, key;
};

// Opens both files. They must be regular files. The file of the key must belong to root, and nobody else may be able to
// read or change it: as ssh(1) does, this refuses a key that others could have copied. The Error says how to set that
// right.
Result<TlsFiles> OpenTlsFiles(const Config::Tls& tls);

}  // namespace zoobar
