#include "operator/certificate_files.h"

#include <sys/stat.h>

#include <cerrno>

#include "ipc/fd.h"
#include "ipc/try.h"
#include "operator/new_file.h"
#include "store/folder.h"
#include "tls/certificate.h"

namespace zoobar {
namespace {

Result<Bytes> ReadPem(const std::string& path, std::size_t most) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Error::FromErrno(path);
  Bytes text;
  text.resize(most + 1);
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < text.size(); size += static_cast<std::size_t>(count)) {
    count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0) return Error::FromErrno(path);
  }
  if (size == 0) return Error::Of("{}: the file is empty", path);
  if (size > most) return Error::Of("{}: the file is longer than {} bytes", path, most);
  text.resize(size);
  return text;
}

}  // namespace

Result<CertificateFiles> ReadCertificateFiles(const std::string& certificate, const std::string& key) {
  CertificateFiles files;
  TRY(const Bytes chain, ReadPem(certificate, kMaxChainBytes));
  files.chain = View(chain);
  TRY(files.key, ReadPem(key, kMaxKeyBytes));
  return files;
}

Status WriteCertificateFiles(const std::string& folder, const CertificateFiles& files) {
  if (mkdir(folder.c_str(), 0700) == 0) {
    TRY_STATUS(SyncFolderOf(folder));
  } else if (errno != EEXIST) {
    return Error::FromErrno(folder);
  }
  const std::string chain_path = folder + "/fullchain.pem", key_path = folder + "/privkey.pem";
  TRY(const Fd key, NewFile(key_path));
  Result<Fd> chain = NewFile(chain_path);
  Status written = chain.ok() ? Status() : Status(chain.error());
  if (written.ok()) written = WriteTo(key, key_path, View(files.key));
  if (written.ok()) written = WriteTo(*chain, chain_path, files.chain);
  if (written.ok()) return {};
  unlink(key_path.c_str());
  if (chain.ok()) unlink(chain_path.c_str());
  return written;
}

}  // namespace zoobar
