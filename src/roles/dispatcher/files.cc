#include "roles/dispatcher/files.h"

#include <sodium.h>
#include <sys/stat.h>

#include "http/date.h"
#include "ipc/try.h"
#include "roles/dispatcher/opened_file.h"

namespace zoobar {
namespace {

constexpr std::string_view kCacheControl = "Cache-Control: public, max-age=300\r\n";
constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";
constexpr std::int64_t kSayAgainMicros = 10'000'000;

// Makes the ETag. For a small file, it comes from the content. For a larger file, it comes from inode, size and
// modification time.
std::string MakeEtag(const FileVariant& variant, const struct stat& about) {
  if (!variant.content) {
    return fmt::format("\"{:x}-{:x}-{:x}.{:x}\"", about.st_ino, about.st_size, about.st_mtim.tv_sec,
                       about.st_mtim.tv_nsec);
  }
  unsigned char hash[crypto_generichash_BYTES_MIN];
  crypto_generichash(hash, sizeof(hash), reinterpret_cast<const unsigned char*>(variant.content->data()),
                     variant.content->size(), nullptr, 0);
  char text[2 * sizeof(hash) + 1];
  return fmt::format("\"{}\"", sodium_bin2hex(text, sizeof(text), hash, sizeof(hash)));
}

void LayOut(FileVariant* variant, std::string_view path, std::int64_t modified_seconds, bool gzip, bool has_gzip) {
  variant->unmodified = fmt::format("ETag: {}\r\n{}{}{}", variant->etag, kCacheControl,
                                    has_gzip ? "Vary: Accept-Encoding\r\n" : "", SecurityFields(Policy::kFile));
  variant->common =
      fmt::format("{}Last-Modified: {}\r\nAccept-Ranges: bytes\r\nContent-Type: {}\r\n{}", variant->unmodified,
                  FormatHttpDate(modified_seconds), ContentType(path), gzip ? "Content-Encoding: gzip\r\n" : "");
  variant->fields = variant->common + fmt::format("Content-Length: {}\r\n", variant->size);
}

constexpr std::size_t kCopied = 16 * 1024;  // bodies up to this size are written together with their head

}  // namespace

std::size_t ServedFile::memory() const {
  std::size_t bytes = 1024;
  for (const FileVariant* variant : {&plain, gzip ? &*gzip : nullptr}) {
    if (variant)
      bytes += variant->fields.size() + variant->common.size() + variant->unmodified.size() +
               (variant->content ? variant->content->size() : 0);
  }
  return bytes;
}

std::size_t ServedFile::descriptors() const { return (plain.file ? 1 : 0) + (gzip && gzip->file ? 1 : 0); }

PreparedResponse ServedFile::Prepare(const RequestHead& head, std::string* fields) const {
  const FileVariant& variant = gzip && AcceptsGzip(head) ? *gzip : plain;
  const Selection selection = Select(head, {variant.etag, modified_seconds, variant.size});
  PreparedResponse response;
  response.status = selection.status;
  if (selection.status == 200) {
    response.fields = variant.fields;
    if (variant.file) {
      response.file = {variant.file, 0, variant.size};
    } else if (variant.size <= kCopied) {
      response.copied = *variant.content;
    } else {
      response.shared = variant.content;
    }
    return response;
  }
  if (selection.status == 304) {
    response.fields = variant.unmodified;
  } else if (selection.status == 206) {
    *fields = variant.common + fmt::format("Content-Range: bytes {}-{}/{}\r\nContent-Length: {}\r\n", selection.first,
                                           selection.first + selection.size - 1, variant.size, selection.size);
    response.fields = *fields;
    if (variant.file) {
      response.file = {variant.file, selection.first, selection.size};
    } else {
      response.copied = std::string_view(*variant.content).substr(selection.first, selection.size);
    }
  } else {  // 412 or 416: the response has no file, and may not be cached
    *fields = fmt::format("{}{}Content-Length: 0\r\n", kNoStore, SecurityFields(Policy::kFile));
    if (selection.status == 416) *fields += fmt::format("Content-Range: bytes */{}\r\n", variant.size);
    response.fields = *fields;
  }
  return response;
}

StaticCache::StaticCache(Site& site, std::size_t max_descriptors, std::size_t max_loads)
    : site_(site),
      max_descriptors_(max_descriptors),
      queue_(site.loop(), {.slots = max_loads,
                           .slots_per_principal = std::max<std::size_t>(1, max_loads / 2),
                           .slots_per_lane = max_loads,
                           .waiting = kWaiting,
                           .waiting_per_principal = kWaitingPerAddress}) {}

StaticCache::Found StaticCache::Find(std::string_view path) const {
  if (const auto found = files_.find(path); found != files_.end()) return {true, found->second.file};
  return {missing_.Has(path), nullptr};
}

bool StaticCache::KnownOrAskedFor(const std::string& path) const {
  return Find(path).known || loading_.find(path) != loading_.end();
}

Task<StaticCache::Loaded> StaticCache::Load(std::string path, std::string principal, std::function<bool()> gone) {
  while (true) {
    if (const Found found = Find(path); found.known) co_return Loaded{found.file, {}};
    if (const auto loading = loading_.find(path); loading != loading_.end()) {
      const bool fresh = loading->second.before == changes_;
      const auto answer = std::make_shared<Promised<Loaded>>();
      loading->second.waiting.push_back(answer);
      Promised<Loaded>& arrived = *answer;
      const Loaded loaded = co_await arrived;
      if (fresh) co_return loaded;
      continue;  // static was asked before the file changed, but this request came after the change
    }
    FairQueue::Ask ask;
    ask.principal = principal;
    ask.deadline = MonotonicMicros() + std::chrono::microseconds(kWaitLimit).count();
    ask.gone = [this, &path, &gone] { return gone() || KnownOrAskedFor(path); };
    auto next_turn = queue_.Wait(std::move(ask));
    FairQueue::Turn turn = co_await next_turn;
    if (turn.granted() && KnownOrAskedFor(path)) turn.Cancel();
    if (KnownOrAskedFor(path)) continue;
    if (!turn.granted()) {
      Loaded busy;
      busy.retry_after_s = turn.retry_after_s();
      busy.why = turn.outcome() == FairQueue::Outcome::kShareFull
                     ? fmt::format("Your address already waits for {} files.", kWaitingPerAddress)
                     : "Too many files are requested at the same time.";
      co_return busy;
    }
    auto loaded = Ask(path, principal);
    co_return co_await loaded;
  }
}

// Calls static once for this path, and gives the result to all requests for the path that came during the call.
Task<StaticCache::Loaded> StaticCache::Ask(std::string path, std::string principal) {
  const std::uint64_t before = changes_;
  loading_[path].before = before;
  OpenRequest request;
  request.set_path(path);
  auto opened = site_.peer(ROLE_STATIC).Call<OpenReply>(std::move(request));
  Result<Incoming<OpenReply>> reply = co_await opened;
  Loaded loaded = FromReply(path, std::move(reply));
  if (loaded.why.empty() && changes_ == before && path.size() <= kPathBytes) Keep(path, loaded.file, principal);
  const auto own = loading_.find(path);
  const Loading done = std::move(own->second);
  loading_.erase(own);
  for (const auto& waiter : done.waiting) waiter->Set(loaded);
  co_return loaded;
}

StaticCache::Loaded StaticCache::FromReply(const std::string& path, Result<Incoming<OpenReply>> reply) {
  if (!reply.ok()) return Unavailable(path, reply.error().text);
  if (reply->message.outcome() == OpenReply::OUTCOME_NOT_FOUND) return Loaded();
  if (reply->message.outcome() != OpenReply::OUTCOME_OPENED) return Unavailable(path, "static could not open it");
  if (reply->fds.size() != (reply->message.has_gzip() ? 2u : 1u)) return Unavailable(path, "static sent no file");
  bool misbehaved = false;
  Result<std::shared_ptr<const ServedFile>> taken = Take(path, std::move(reply->fds), &misbehaved);
  if (taken.ok()) return Loaded{std::move(*taken), {}};
  if (misbehaved) site_.log().Security("static-file-refused", {{"path", path}, {"why", taken.error().text}});
  return Unavailable(path, taken.error().text);
}

// Logs the failure at most once in ten seconds, even if many clients ask.
StaticCache::Loaded StaticCache::Unavailable(const std::string& path, const std::string& why) {
  ++unavailable_;
  const std::int64_t now = MonotonicMicros();
  if (said_unavailable_ == 0 || now - said_unavailable_ >= kSayAgainMicros) {
    said_unavailable_ = now;
    site_.log().Failure("files-unavailable", {{"path", path}, {"why", why}});
  }
  return Loaded{nullptr, "Files cannot be read at the moment."};
}

Result<FileVariant> StaticCache::Check(Fd file, std::int64_t* modified_seconds, bool* misbehaved) {
  struct stat about;
  *misbehaved = true;
  TRY_STATUS(CheckOpenedFile(file.get(), &about));
  if (!device_) device_ = about.st_dev;
  if (*device_ != about.st_dev) return Error{"not on the web root's device"};
  *misbehaved = false;
  *modified_seconds = about.st_mtim.tv_sec;
  FileVariant variant;
  variant.size = static_cast<std::uint64_t>(about.st_size);
  if (variant.size <= kSmallFile) {
    std::optional<std::string> content = ReadOpenedFile(file.get(), static_cast<std::size_t>(variant.size));
    if (!content) return Error{"cannot be read, or became shorter while it was read"};
    variant.content = std::make_shared<const std::string>(std::move(*content));
  } else {
    variant.file = std::make_shared<const Fd>(std::move(file));
  }
  variant.etag = MakeEtag(variant, about);
  return variant;
}

Result<std::shared_ptr<const ServedFile>> StaticCache::Take(std::string_view path, std::vector<Fd> files,
                                                            bool* misbehaved) {
  auto served = std::make_shared<ServedFile>();
  TRY(FileVariant plain, Check(std::move(files[0]), &served->modified_seconds, misbehaved));
  served->plain = std::move(plain);
  if (files.size() > 1) {
    std::int64_t ignored = 0;
    TRY(FileVariant gzip, Check(std::move(files[1]), &ignored, misbehaved));
    served->gzip = std::move(gzip);
    LayOut(&*served->gzip, path, served->modified_seconds, true, true);
  }
  LayOut(&served->plain, path, served->modified_seconds, false, served->gzip.has_value());
  return std::shared_ptr<const ServedFile>(std::move(served));
}

void StaticCache::Keep(const std::string& path, std::shared_ptr<const ServedFile> file, const std::string& principal) {
  Evict(path);
  if (!file) return missing_.Add(path, principal);
  if (file->descriptors() > max_descriptors_) return;
  while (!order_.empty() && (files_.size() >= kEntries || memory_ + file->memory() > kMemory ||
                             descriptors_ + file->descriptors() > max_descriptors_)) {
    Evict(std::string(order_.front()));
  }
  memory_ += file->memory();
  descriptors_ += file->descriptors();
  files_[path] = {std::move(file), order_.insert(order_.end(), path)};
}

void StaticCache::Evict(const std::string& path) {
  missing_.Remove(path);
  const auto found = files_.find(path);
  if (found == files_.end()) return;
  memory_ -= found->second.file->memory();
  descriptors_ -= found->second.file->descriptors();
  order_.erase(found->second.in_order);
  files_.erase(found);
}

void StaticCache::Drop(const std::string& path) {
  ++changes_;
  if (!path.empty()) return Evict(path);
  files_.clear();
  missing_.Clear();
  order_.clear();
  memory_ = descriptors_ = 0;
}

void StaticCache::Forget() {
  Drop("");
  device_.reset();
}

}  // namespace zoobar
