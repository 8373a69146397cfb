#include "backup/file_writer.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "ipc/try.h"

namespace zoobar::backup {
namespace {

constexpr std::uint64_t kWriteBack = 4 << 20;

}  // namespace
FileWriter::~FileWriter() { sodium_memzero(&seal_, sizeof seal_); }

Status FileWriter::Write(std::string_view bytes) {
  hash_.Add(bytes);
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t count = write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error::FromErrno("writing the backup");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  // Otherwise the kernel would write everything at the end at once, and the site's commits would wait for that.
  if (bytes_ - written_back_ >= kWriteBack) {
    sync_file_range(file_.get(), static_cast<off64_t>(written_back_), static_cast<off64_t>(bytes_ - written_back_),
                    SYNC_FILE_RANGE_WRITE);
    written_back_ = bytes_;
  }
  return {};
}

Status FileWriter::Begin() {
  chunk_.reserve(kChunk);
  head_ = kMagic;
  head_.push_back(key_ ? kSealed : kPlain);
  if (key_) {
    unsigned char key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
    unsigned char sealed[kSealedKeyBytes], header[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    crypto_secretstream_xchacha20poly1305_keygen(key);
    const bool done = crypto_box_seal(sealed, key, sizeof key, key_->data()) == 0 &&
                      crypto_secretstream_xchacha20poly1305_init_push(&seal_, header, key) == 0;
    sodium_memzero(key, sizeof key);
    if (!done) return Error{"this public key cannot seal a backup"};
    head_.append(reinterpret_cast<const char*>(sealed), sizeof sealed);
    head_.append(reinterpret_cast<const char*>(header), sizeof header);
  }
  return Write(head_);
}

Status FileWriter::Add(char type, std::string_view content) {
  if (content.size() > kMostRecord) return Error::Of("an entry is larger than {} bytes", kMostRecord);
  std::string head(1, type);
  AppendNumber(head, static_cast<std::uint32_t>(content.size()));
  TRY_STATUS(Append(head));
  return Append(content);
}

Status FileWriter::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, kChunk - chunk_.size());
    chunk_.insert(chunk_.end(), part.begin(), part.end());
    bytes.remove_prefix(part.size());
    if (chunk_.size() == kChunk) TRY_STATUS(WriteChunk(false));
  }
  return {};
}

Status FileWriter::WriteChunk(bool last) {
  Bytes sealed;
  if (key_) {
    sealed.resize(chunk_.size() + kSealBytes);
    const std::string_view with = chunks_ == 0 ? std::string_view(head_) : std::string_view();
    crypto_secretstream_xchacha20poly1305_push(&seal_, Unsigned(sealed.data()), nullptr, Unsigned(chunk_.data()),
                                               chunk_.size(), Unsigned(with), with.size(),
                                               last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
  }
  const std::string_view content = key_ ? View(sealed) : View(chunk_);
  std::string length;
  AppendNumber(length, static_cast<std::uint32_t>(content.size()));
  TRY_STATUS(Write(length));
  TRY_STATUS(Write(content));
  ++chunks_;
  chunk_.clear();
  return {};
}

Status FileWriter::End() {
  if (key_ || !chunk_.empty()) TRY_STATUS(WriteChunk(true));
  TRY_STATUS(Write(std::string(sizeof(std::uint32_t), '\0')));
  TRY_STATUS(Write(hash_.Finish()));
  if (fsync(file_.get()) != 0) return Error::FromErrno("writing the backup");
  return {};
}

}  // namespace zoobar::backup
