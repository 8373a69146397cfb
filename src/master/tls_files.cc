#include "master/tls_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "ipc/try.h"

namespace zoobar {
namespace {

// Follows symbolic links, because the programs that get certificates keep their newest files behind such links.
Result<Fd> OpenRegular(const std::string& path, struct stat& about) {
  Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file || fstat(file.get(), &about) != 0) return Error::FromErrno("tls: " + path);
  if (!S_ISREG(about.st_mode)) return Error::Of("tls: {} is not a regular file", path);
  return file;
}

}  // namespace

Result<TlsFiles> OpenTlsFiles(const Config::Tls& tls) {
  struct stat about{};
  TRY(Fd certificate, OpenRegular(tls.certificate(), about));
  TRY(Fd key, OpenRegular(tls.key(), about));
  if (about.st_uid != 0) {
    return Error::Of("tls: the private key {} belongs to uid {}, who can read it; run: chown root {}", tls.key(),
                     about.st_uid, tls.key());
  }
  if ((about.st_mode & 077) != 0) {
    return Error::Of("tls: others than root can read the private key {} (mode {:04o}); run: chmod 600 {}", tls.key(),
                     about.st_mode & 07777, tls.key());
  }
  return TlsFiles{std::move(certificate), std::move(key)};
}

}  // namespace zoobar
