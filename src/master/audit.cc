#include "master/audit.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "audit/scan.h"
#include "ipc/bytes.h"
#include "ipc/descriptors.h"
#include "ipc/loop.h"
#include "ipc/try.h"
#include "master/whole_file.h"
#include "site/log_files.h"
#include "store/folder.h"

namespace zoobar {
namespace {

constexpr int kRead = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;

Fd OpenLog(int directory, const std::string& name) {
  Fd file(openat(directory, name.c_str(), kRead));
  struct stat about{};
  if (file && (fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode))) {
    file.Close();
    errno = EINVAL;
  }
  return file;
}

// Whether errno says that this process, or the machine, cannot read any file now.
bool CannotReadNow() { return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO; }

// Returns where the log ends: in the newest of its files that has a record. After a power failure several of the newest
// ones may be empty. A rotation that did not end leaves one number without a file.
audit::FileEnd EndOf(int directory, std::string_view log) {
  audit::FileEnd end;
  bool torn = false;
  for (int age = 0, missing = 0; !end.id && missing < 2; ++age) {
    const Fd file = OpenLog(directory, age == 0 ? fmt::format("{}.log", log) : fmt::format("{}.log.{}", log, age));
    if (!file && !CannotReadNow()) {
      ++missing;
      continue;
    }
    end = audit::FindEnd(file.get());
    torn = torn || end.torn;
    if (end.unknown) break;
  }
  end.torn = torn;
  return end;
}

// `starts` is written first: a secret without it would mean that somebody has removed it.
Status MakeSecret(const std::string& folder) {
  TRY_STATUS(WriteWhole(folder + "/starts", ""));
  Bytes random, text;
  random.resize(audit::kKeyBytes);
  text.resize(2 * random.size() + 1);
  randombytes_buf(random.data(), random.size());
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(random.data()), random.size());
  text.back() = '\n';
  return WriteWhole(folder + "/secret", View(text));
}

}  // namespace

Result<AuditGround> PrepareAudit(const std::string& state_dir, int directory) {
  const std::string folder = fmt::format("{}/{}", state_dir, audit::kFolder);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Error::FromErrno(folder);
  TRY_STATUS(SyncFolderOf(folder));  // else the secret could be lost while records that it has sealed are there
  if (access((folder + "/secret").c_str(), F_OK) != 0) {
    if (errno != ENOENT) return Error::FromErrno(folder + "/secret");
    TRY_STATUS(MakeSecret(folder));
  }
  TRY(const audit::Key secret, audit::ReadSecret(state_dir));
  Result<std::vector<audit::StartLine>> starts = audit::ReadStarts(state_dir);
  if (!starts.ok()) {
    return Error::Of(
        "{}; without it, keys of the audit log could be used twice. Restore the file, or remove {}: then "
        "what the logs have now can no longer be verified",
        starts.error().text, folder);
  }
  AuditGround ground;
  Result<audit::Note> note = audit::ReadNote(state_dir);
  if (note.ok()) ground.note = std::move(*note);  // if not: the master writes a new one, and `starts` says "none"
  audit::StartLine line{.number = starts->empty() ? 1 : starts->back().number + 1, .time_ms = WallMillis(), .ends = {}};
  for (const std::string_view log : kSealedLogs) {
    line.ends[std::string(log)] = {EndOf(directory, log).id, ground.note[std::string(log)].end};
    ground.keys.emplace(log, audit::EpochKeys(audit::KeyOfStart(secret, log, line.number)));
  }
  ground.start = line.number;
  if (starts->size() == audit::kMaxStarts) starts->erase(starts->begin());
  starts->push_back(std::move(line));
  const std::string note_path = folder + "/note";
  ground.note_file = Fd(open(note_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  ground.flushed_note_file = Fd(open(note_path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_DSYNC));
  if (!ground.note_file || !ground.flushed_note_file) return Error::FromErrno(note_path);
  TRY_STATUS(WriteWhole(folder + "/starts", audit::EncodeStarts(*starts)));  // this flushes the note's name too
  return ground;
}

AuditKeeper::AuditKeeper(AuditGround ground, int directory, Log& log)
    : ground_(std::move(ground)), directory_(directory), log_(log) {}

void AuditKeeper::BeginEpochs(zoobar::Start& start) {
  for (auto& [log, keys] : ground_.keys) {
    const audit::FileEnd end = EndOf(directory_, log);
    const std::optional<audit::RecordId>& noted = ground_.note[log].end;
    if (noted && end.id < noted && !end.unknown) {
      log_.Security("audit-end-missing",
                    {{"file", log + ".log"}, {"noted", noted->Text()}, {"found", audit::TextOf(end.id)}});
    }
    if (end.unknown) {
      log_.Security("log-not-opened", {{"file", log + ".log"},
                                       {"why", "its end could not be read"},
                                       {"instead", "the next epoch says that the end is not known"}});
    }
    zoobar::Seal& seal = *start.add_seals();
    seal.set_log(log);
    seal.set_start(ground_.start);
    seal.set_epoch(keys.next());
    const audit::Key key = keys.Take();
    seal.set_key(key.bytes().data(), key.bytes().size());
    if (end.id) seal.set_found(end.id->Text());
    if (end.unknown) seal.set_found(audit::kUnknownEnd);
    if (end.id) seal.set_found_mac(audit::HexOf(end.mac));
    if (noted) seal.set_noted(noted->Text());
    seal.set_torn(end.torn);
  }
}

void AuditKeeper::NoteEnds() {
  bool grown = false;
  for (const auto& [log, keys] : ground_.keys) {
    std::optional<audit::RecordId>& noted = ground_.note[log].end;
    const std::optional<audit::RecordId> end = EndOf(directory_, log).id;
    // A compromised logger can write any id. One of another epoch would hide the ends of all epochs until then.
    if (!end || end->start != ground_.start || end->epoch + 1 != keys.next() || end <= noted) continue;
    noted = end;
    grown = true;
  }
  if (grown) WriteNote(ground_.note_file);
}

void AuditKeeper::NoteDeletion(std::string_view log, const std::string& oldest) {
  const auto noted = ground_.note.find(log);
  const Fd file = OpenLog(directory_, oldest);
  if (noted == ground_.note.end() || !file) return;
  const std::optional<audit::RecordId> first = audit::FindFirst(file.get());
  if (first <= noted->second.oldest) return;
  noted->second.oldest = first;
  WriteNote(ground_.flushed_note_file);
}

// The file has always the same size, so a full disk does not matter once it is there.
void AuditKeeper::WriteNote(const Fd& file) {
  const std::string text = audit::EncodeNote(ground_.note);
  const bool written = lseek(file.get(), 0, SEEK_SET) == 0 && WriteAll(file.get(), text);
  if (!written && !std::exchange(told_, true)) {
    log_.Failure("audit-note-not-written", {{"why", Error::FromErrno("write").text}});
  }
  if (written) told_ = false;
}

}  // namespace zoobar
