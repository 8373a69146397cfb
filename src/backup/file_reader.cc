#include "backup/file_reader.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "ipc/try.h"

namespace zoobar::backup {
namespace {

const Error kCut{"the backup is not whole: it ends too early"};
constexpr std::size_t kHeaderBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;

}  // namespace

Result<std::unique_ptr<FileReader>> FileReader::Open(const std::string& path, const std::optional<SecretKey>& key) {
  Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Error::FromErrno("opening it").As(Cause::kGone);
  std::unique_ptr<FileReader> reader(new FileReader(std::move(file)));
  TRY_STATUS(reader->ReadHead(key));
  return reader;
}

FileReader::~FileReader() { sodium_memzero(&seal_, sizeof seal_); }

Status FileReader::Read(char* place, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const ssize_t some = read(file_.get(), place + done, count - done);
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return Error::FromErrno("reading the backup");
    if (some == 0) return kCut;
    done += static_cast<std::size_t>(some);
  }
  return {};
}

Status FileReader::ReadHead(const std::optional<SecretKey>& key) {
  head_.resize(kMagic.size() + 1);
  const Status read = Read(head_.data(), head_.size());
  const char kind = head_.back();
  if (!read.ok() || !head_.starts_with(kMagic) || (kind != kPlain && kind != kSealed)) {
    return Error{"this is no backup that this zoobar knows"};
  }
  sealed_ = kind == kSealed;
  if (sealed_) {
    std::string rest(kSealedKeyBytes + kHeaderBytes, '\0');
    TRY_STATUS(Read(rest.data(), rest.size()));
    head_ += rest;
    if (key)
      TRY_STATUS(Unseal(*key, std::string_view(rest).substr(0, kSealedKeyBytes),
                        std::string_view(rest).substr(kSealedKeyBytes)));
  }
  hash_.Add(head_);
  return {};
}

Status FileReader::Unseal(const SecretKey& key, std::string_view sealed_key, std::string_view header) {
  unsigned char stream_key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
  opened_ = crypto_box_seal_open(stream_key, Unsigned(sealed_key), sealed_key.size(), key.open.data(),
                                 Unsigned(key.bytes.data())) == 0 &&
            crypto_secretstream_xchacha20poly1305_init_pull(&seal_, Unsigned(header), stream_key) == 0;
  sodium_memzero(stream_key, sizeof stream_key);
  if (!opened_) return Error{"this key does not open the backup, or the backup is damaged"};
  return {};
}

// Reads one chunk. Returns false at the end.
Result<bool> FileReader::ReadChunk() {
  char length_bytes[sizeof(std::uint32_t)];
  TRY_STATUS(Read(length_bytes, sizeof length_bytes));
  const auto length = ReadNumber<std::uint32_t>({length_bytes, sizeof length_bytes});
  if (length == 0) {
    hash_.Add({length_bytes, sizeof length_bytes});
    TRY_STATUS(CheckEnd());
    return false;
  }
  const std::size_t most = kChunk + (sealed_ ? kSealBytes : 0);
  if (length > most || (sealed_ && length < kSealBytes)) {
    return Error::Of("the backup is damaged: a chunk of {} bytes, at most {}", length, most);
  }
  hash_.Add({length_bytes, sizeof length_bytes});
  chunk_.resize(length);
  used_ = 0;
  TRY_STATUS(Read(chunk_.data(), length));
  hash_.Add(View(chunk_));
  if (opened_) TRY_STATUS(OpenChunk());
  ++chunks_;
  return true;
}

Status FileReader::OpenChunk() {
  Bytes plain;
  plain.resize(chunk_.size() - kSealBytes);
  const std::string_view with = chunks_ == 0 ? std::string_view(head_) : std::string_view();
  unsigned char tag = 0;
  const bool right = !final_ && crypto_secretstream_xchacha20poly1305_pull(&seal_, Unsigned(plain.data()), nullptr,
                                                                           &tag, Unsigned(chunk_.data()), chunk_.size(),
                                                                           Unsigned(with), with.size()) == 0;
  if (!right) return Error{"the backup is damaged: a chunk is not what was sealed"};
  final_ = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  chunk_ = std::move(plain);
  return {};
}

Status FileReader::CheckEnd() {
  ended_ = true;
  std::string stored(kHashBytes, '\0');
  TRY_STATUS(Read(stored.data(), stored.size()));
  if (hash_.Finish() != stored) return Error{"the backup is damaged: its hash is another one"};
  if (opened_ && !final_) return Error{"the backup is damaged: its last chunk is missing"};
  char more;
  if (read(file_.get(), &more, 1) != 0) return Error{"the backup is damaged: something follows its end"};
  return {};
}

// Takes exactly `count` bytes. Returns false if the contents have ended before the first of them.
Result<bool> FileReader::Take(char* place, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    if (used_ == chunk_.size()) {
      TRY(const bool another, ReadChunk());
      if (!another && done == 0) return false;
      if (!another) return kCut;
      continue;
    }
    const std::size_t some = std::min(count - done, chunk_.size() - used_);
    std::copy_n(chunk_.data() + used_, some, place + done);
    used_ += some;
    done += some;
  }
  return true;
}

Result<bool> FileReader::Next(Record* record) {
  if (ended_) return false;
  char head[kRecordHead];
  TRY(const bool another, Take(head, sizeof head));
  if (!another) return false;
  record->type = head[0];
  const auto length = ReadNumber<std::uint32_t>({head + 1, sizeof(std::uint32_t)});
  if (length > kMostRecord) return Error::Of("the backup is damaged: a record of {} bytes", length);
  // A damaged length must not make this process ask for much memory, so the place grows with what has been read.
  record->content.clear();
  for (std::size_t done = 0; done < length;) {
    const std::size_t some = std::min<std::size_t>(length - done, 1 << 20);
    record->content.resize(done + some);
    TRY(const bool there, Take(record->content.data() + done, some));
    if (!there) return kCut;
    done += some;
  }
  return true;
}

Status FileReader::CheckHash() {
  for (;;) {
    TRY(const bool another, ReadChunk());
    if (!another) return {};
  }
}

}  // namespace zoobar::backup
