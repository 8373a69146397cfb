#include "roles/profile/run_client.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "ipc/frame.h"
#include "ipc/try.h"
#include "limits/programs.h"
#include "roles/profile/api.h"
#include "sandbox/files.h"
#include "sandbox/wire.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

constexpr std::size_t kLength = 4;
constexpr std::size_t kErrorsAtOnce = 65536;  // bytes; as many as a pipe holds

std::string Framed(std::string_view body) {
  std::string frame(kLength, '\0');
  frame::Put32(frame.data(), static_cast<std::uint32_t>(body.size()));
  frame += body;
  return frame;
}

void MakeNonBlocking(const Fd& fd) {
  int on = 1;
  ioctl(fd.get(), FIONBIO, &on);
}

// Reads the files from the memfd that the sandbox sent. Returns nullopt if the sandbox may not send such files. They
// are checked because an attacker might control the sandbox.
std::optional<ProgramFiles> ReadFiles(const Fd& memory, const RunClient::Settings& settings) {
  struct stat status;
  if (fstat(memory.get(), &status) != 0 || status.st_size > static_cast<off_t>(kMaxProgramFrame)) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  if (pread(memory.get(), bytes.data(), bytes.size(), 0) != status.st_size) return std::nullopt;
  std::optional<ProgramFiles> files(std::in_place);
  if (!files->ParseFromString(bytes)) return std::nullopt;
  std::size_t total = 0;
  for (const ProgramFiles::File& file : files->files()) {
    if (!IsPlainPath(file.path())) return std::nullopt;
    total += file.content().size();
  }
  if (total > settings.files_bytes || static_cast<std::size_t>(files->files_size()) > settings.files_inodes)
    return std::nullopt;
  return files;
}

// The socket and the pipes to one run. Execute shares this object with the coroutine that answers a request, because
// the answer may take longer than the run.
class RunConnection : public std::enable_shared_from_this<RunConnection> {
 public:
  RunConnection(Site& site, std::vector<Fd> fds, std::uint64_t run, const RunClient::Settings& settings)
      : site_(site),
        run_(run),
        settings_(settings),
        socket_(std::move(fds[0])),
        output_(std::move(fds[1])),
        errors_(std::move(fds[2])) {
    for (const Fd* fd : {&socket_, &output_, &errors_}) MakeNonBlocking(*fd);
  }

  void Begin(std::string_view program) {
    out_ = Framed(program);
    socket_watch_ = std::make_unique<Watch>(site_.loop(), socket_.get(), [this](int) {
      const RequestScope scope(request_);
      Exchange();
    });
    output_watch_ = std::make_unique<Watch>(site_.loop(), output_.get(), [this](int) {
      const RequestScope scope(request_);
      TakeOutput();
    });
    errors_watch_ = std::make_unique<Watch>(site_.loop(), errors_.get(), [this](int) { TakeErrors(); });
    output_watch_->Set(UV_READABLE);
    errors_watch_->Set(UV_READABLE);
    Exchange();
  }

  void EndNow() {
    if (socket_) End();
  }

  // To be called when every process of the run is gone. Reads what is still in the pipes, and closes them. `end` says
  // how the run ended.
  RunOutput Finish(WaitReply end) {
    TakeOutput();
    TakeErrors();
    Close();
    result_.end = std::move(end);
    return Presentable();
  }

 private:
  RunOutput Presentable() const {
    RunOutput result = result_;
    result.output_bytes = result.output.size();
    std::string errors = errors_read_.Text();
    const WaitReply::End end = result.end.end();
    // The dump is written when the program crashes, and shortly before the time limit, so the run may still end otherwise.
    // At other times the program itself asked for it.
    const std::int64_t lasted_us =
        std::max<std::int64_t>(static_cast<std::int64_t>(result.end.given_us()), MonotonicMicros() - began_us_);
    const bool near_limit = lasted_us >= std::chrono::microseconds(settings_.limit).count() * 4 / 5;
    if (end == WaitReply::END_TIME || end == WaitReply::END_SIGNAL || near_limit) result.stopped_at = TakeDump(errors);
    Transcript made = MakeTranscript(result.output, errors);
    result.transcript = std::move(made.pieces);
    result.errors = std::move(made.errors);
    // Mending makes bytes that are not UTF-8 longer. The limit holds for what is shown.
    const std::string mended = MendUtf8(result.output);
    result.output = CutUtf8(mended, settings_.output_bytes);
    return result;
  }

  void Close() {
    socket_watch_.reset();
    output_watch_.reset();
    errors_watch_.reset();
    socket_.Close();
    output_.Close();
    errors_.Close();
  }

  void End(bool done = false) {
    EndRequest end;
    end.set_run(run_);
    end.set_done(done);
    site_.peer(ROLE_SANDBOX).Send(end);
  }

  // To be called when the program reports that it ended well. Nothing that the program does later counts, so this ends
  // the run.
  void EndedWell() {
    socket_watch_.reset();
    TakeOutput();
    TakeErrors();
    End(true);
    if (!result_.cut) settings_.ended_well(Presentable());
  }

  void Misbehaved(std::string how) {
    if (result_.misbehaved.empty()) result_.misbehaved = std::move(how);
    socket_watch_.reset();
    socket_.Close();
    End();
  }

  // Writes the rest of out_ to the run, then reads the next request. Reads nothing while a request is being answered.
  void Exchange() {
    if (!socket_watch_) return;
    while (!out_.empty()) {
      const ssize_t sent = write(socket_.get(), out_.data(), out_.size());
      if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return socket_watch_->Set(UV_WRITABLE);
      if (sent < 0) {
        // The run has ended, or the kernel has no memory. Then the run would wait for the rest until its time is over.
        if (errno != EPIPE && errno != ECONNRESET) End();
        return socket_watch_.reset();
      }
      out_.erase(0, static_cast<std::size_t>(sent));
    }
    if (answering_) return socket_watch_->Set(0);
    socket_watch_->Set(UV_READABLE);
    ReadRequest();
  }

  void ReadRequest() {
    char buffer[4096];
    for (;;) {
      if (in_.size() >= kLength) {
        const std::size_t size = frame::Get32(in_.data());
        if (size == 0) return EndedWell();
        if (size > ProgramLimits::kRequestBytes) {
          return Misbehaved(
              fmt::format("a request of {} bytes; at most {} are read", size, ProgramLimits::kRequestBytes));
        }
        if (in_.size() >= kLength + size) {
          std::string request = in_.substr(kLength, size);
          in_.erase(0, kLength + size);
          answering_ = true;
          socket_watch_->Set(0);
          Spawn(Answer(shared_from_this(), std::move(request)));
          return;
        }
      }
      const ssize_t count = read(socket_.get(), buffer, sizeof buffer);
      if (count < 0) return;
      if (count == 0) return socket_watch_.reset();
      in_.append(buffer, static_cast<std::size_t>(count));
    }
  }

  static Task<void> Answer(std::shared_ptr<RunConnection> self, std::string request) {
    auto answering = self->settings_.answer(std::move(request));
    Result<std::string> reply = co_await answering;
    self->answering_ = false;
    if (!reply.ok()) {
      self->Misbehaved(reply.error().text);
      co_return;
    }
    self->out_ += Framed(*reply);
    self->Exchange();
  }

  void TakeOutput() {
    if (result_.cut) return;
    if (!Take(output_, result_.output, settings_.output_bytes)) output_watch_.reset();
    if (result_.output.size() <= settings_.output_bytes) return;
    result_.output.resize(CutUtf8(result_.output, settings_.output_bytes).size());
    result_.cut = true;
    output_watch_.reset();
    output_.Close();
    End();
  }

  // Reads at most kErrorsAtOnce bytes and a little more, so that a program which writes without end does not hold up the
  // loop. A pipe holds no more than that when the run has ended.
  void TakeErrors() {
    std::string bytes;
    if (!Take(errors_, bytes, kErrorsAtOnce)) errors_watch_.reset();
    errors_read_.Add(bytes);
  }

  // Reads what is in the pipe, until `into` holds more than `limit` bytes. Returns false if the pipe is at its end.
  static bool Take(const Fd& pipe, std::string& into, std::size_t limit) {
    char buffer[16384];
    while (pipe && into.size() <= limit) {
      const ssize_t count = read(pipe.get(), buffer, sizeof buffer);
      if (count == 0) return false;
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      into.append(buffer, static_cast<std::size_t>(count));
    }
    return pipe.valid();
  }

  Site& site_;
  const std::uint64_t run_;
  const RequestId request_ = CurrentRequest();  // the run works for the request that has begun it
  const std::int64_t began_us_ = MonotonicMicros();
  const RunClient::Settings settings_;
  Fd socket_, output_, errors_;
  std::unique_ptr<Watch> socket_watch_, output_watch_, errors_watch_;
  std::string in_, out_;
  bool answering_ = false;
  ErrorBytes errors_read_;
  RunOutput result_;
};

}  // namespace

Task<Result<RunOutput>> RunClient::Execute(Site& site, Program program, Settings settings,
                                           std::optional<Refusal>& refused) {
  BeginRequest begin;
  begin.set_limit_ms(static_cast<std::uint32_t>(settings.limit.count()));
  begin.set_most_ms(static_cast<std::uint32_t>(settings.most.count()));
  CO_TRY(Incoming<BeginReply> begun, site.peer(ROLE_SANDBOX).Call<BeginReply>(begin));
  if (begun.message.outcome() == BeginReply::OUTCOME_FULL) refused = Refusal::kFull;
  if (begun.message.outcome() == BeginReply::OUTCOME_UNAVAILABLE) refused = Refusal::kNoWalls;
  if (refused) co_return RunOutput();
  if (begun.fds.size() != 3) co_return Error::Of("a run came with {} descriptors", begun.fds.size());
  const auto connection = std::make_shared<RunConnection>(site, std::move(begun.fds), begun.message.run(), settings);
  settings.begun(begun.message, [weak = std::weak_ptr(connection)] {
    if (const auto alive = weak.lock()) alive->EndNow();
  });
  connection->Begin(program.SerializeAsString());
  WaitRequest wait;
  wait.set_run(begun.message.run());
  wait.set_files(settings.files);
  auto waiting = site.peer(ROLE_SANDBOX).Call<WaitReply>(wait);
  Result<Incoming<WaitReply>> ended = co_await waiting;
  // Finish is called even after an error, because it closes the descriptors.
  RunOutput result = connection->Finish(ended.ok() ? std::move(ended->message) : WaitReply());
  if (!ended.ok()) co_return ended.error();
  if (!ended->fds.empty()) result.files = ReadFiles(ended->fds[0], settings);
  co_return result;
}

}  // namespace zoobar
