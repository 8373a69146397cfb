#include "backup/keys.h"

#include <fcntl.h>
#include <sodium.h>

#include "ipc/descriptors.h"
#include "ipc/fd.h"
#include "ipc/try.h"
#include "store/folder.h"
#include "text/base64.h"

namespace zoobar::backup {
namespace {

// A file has one line: one of these words, and the key in base64.
constexpr std::string_view kPublicWord = "zoobar-backup-public:", kSecretWord = "zoobar-backup-secret:";
constexpr std::size_t kKeyBytes = 32, kMostFile = 256;

Status WriteKey(const std::string& path, mode_t mode, std::string_view word, const unsigned char* key) {
  Bytes line = ToBytes(word);
  const std::size_t begin = line.size();
  constexpr std::size_t kText = sodium_base64_ENCODED_LEN(kKeyBytes, sodium_base64_VARIANT_ORIGINAL);
  line.resize(begin + kText);
  sodium_bin2base64(line.data() + begin, kText, key, kKeyBytes, sodium_base64_VARIANT_ORIGINAL);
  line.back() = '\n';  // in place of the final zero
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file) return Error::FromErrno(path);
  if (!WriteAll(file.get(), View(line)) || fsync(file.get()) != 0) return Error::FromErrno(path);
  return SyncFolderOf(path);
}

Result<Bytes> ReadKey(const std::string& path, std::string_view word) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Error::FromErrno(path);
  Bytes text;
  text.resize(kMostFile);
  const ssize_t count = read(file.get(), text.data(), text.size());
  if (count < 0) return Error::FromErrno(path);
  text.resize(static_cast<std::size_t>(count));
  Bytes key;
  key.resize(kKeyBytes);
  const bool right =
      View(text).starts_with(word) && DecodeBase64(View(text).substr(word.size()), sodium_base64_VARIANT_ORIGINAL,
                                                   "\n\r ", key.data(), key.size()) == kKeyBytes;
  if (!right) return Error::Of("{}: this is no file with \"{}\" and a key", path, word);
  return key;
}

}  // namespace

Status MakeKeys(const std::string& path) {
  PublicKey open{};
  Bytes secret;
  secret.resize(kKeyBytes);
  auto* const bytes = reinterpret_cast<unsigned char*>(secret.data());
  crypto_box_keypair(open.data(), bytes);
  TRY_STATUS(WriteKey(path, 0600, kSecretWord, bytes));
  const Status written = WriteKey(path + ".pub", 0644, kPublicWord, open.data());
  if (!written.ok()) unlink(path.c_str());  // half a pair is of no use
  return written;
}

Result<PublicKey> ReadPublicKey(const std::string& path) {
  TRY(const Bytes key, ReadKey(path, kPublicWord));
  PublicKey open{};
  std::copy(key.begin(), key.end(), open.begin());
  return open;
}

Result<SecretKey> ReadSecretKey(const std::string& path) {
  SecretKey secret;
  TRY(secret.bytes, ReadKey(path, kSecretWord));
  crypto_scalarmult_base(secret.open.data(), reinterpret_cast<const unsigned char*>(secret.bytes.data()));
  return secret;
}

}  // namespace zoobar::backup
