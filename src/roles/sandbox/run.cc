#include "roles/sandbox/run.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "confine/calls.h"
#include "ipc/descriptors.h"
#include "limits/programs.h"

namespace zoobar {

Run::Run(Loop& loop, std::uint64_t run, std::uint32_t user, Events events)
    : number(run), id(user), loop_(loop), events_(std::move(events)), limit_(loop) {}

Run::~Run() {
  if (share_) share_->Watch(false);
  if (pidfd_) syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
}

Result<std::unique_ptr<Run>> Run::Make(Loop& loop, std::uint64_t number, std::uint32_t id, Events events) {
  std::unique_ptr<Run> run(new Run(loop, number, id, std::move(events)));
  for (Pair* pipe : {&run->output_, &run->errors_}) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return Error::FromErrno("pipe");
    pipe->ours = Fd(ends[0]);
    pipe->theirs = Fd(ends[1]);
  }
  for (Pair* socket : {&run->socket_, &run->gate_}) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return Error::FromErrno("socketpair");
    socket->ours = Fd(ends[0]);
    socket->theirs = Fd(ends[1]);
  }
  return run;
}

void Run::DropTheirs() {
  for (Pair* pair : {&output_, &errors_, &socket_, &gate_}) pair->theirs.Close();
}

void Run::Started(std::int32_t pid) {
  pid_ = pid;
  if (pid > 0) pidfd_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd_) return Finish();
  death_ = std::make_unique<Watch>(loop_, pidfd_.get(), [this](int) { OnDeath(); });
  death_->Set(UV_READABLE);
  gate_watch_ = std::make_unique<Watch>(loop_, gate_.ours.get(), [this](int) { ReadGate(); });
  gate_watch_->Set(UV_READABLE);
  if (why_ != WaitReply::END_UNSPECIFIED) End(why_);  // End was called before there was a process
}

// Reads what the run sends through the gate. A run whose walls stand sends its root and its listener, and then waits
// for the byte that lets it go on.
void Run::ReadGate() {
  char byte = 0;
  std::vector<Fd> fds;
  const ssize_t size = ReceiveWithDescriptors(gate_.ours.get(), {&byte, 1}, fds, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  gate_watch_.reset();
  if (size != 1) return;  // the process has ended; OnDeath follows
  if (fds.size() != kGateDescriptors || write(gate_.ours.get(), "g", 1) != 1) return End(WaitReply::END_WALLS);
  root_ = std::move(fds[0]);
  listener_ = std::move(fds[1]);
  gate_.ours.Close();
  notices_ = std::make_unique<Watch>(loop_, listener_.get(), [this](int) { ReadDenials(); });
  notices_->Set(UV_READABLE);
  walled = true;
  events_.walled(*this);
}

// Answers a denied system call with EPERM. The arguments of the call are not read, because the run could change the
// memory to which they point.
void Run::ReadDenials() {
  // The ioctl below would block if there is no notification. That can happen, because libuv also reports the listener
  // as readable when the run has ended.
  pollfd ready{listener_.get(), POLLIN, 0};
  if (poll(&ready, 1, 0) < 1 || !(ready.revents & POLLIN)) {
    if (ready.revents != 0) notices_.reset();
    return;
  }
  seccomp_notif asked{};
  if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) return;  // the thread was killed meanwhile
  AddDenial(CallName(asked.data.nr));
  if (denied_ >= ProgramLimits::kDenials) return End(WaitReply::END_DENIALS);
  seccomp_notif_resp answer{};
  answer.id = asked.id;
  answer.error = -EPERM;
  ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

void Run::AddDenial(const std::string& name) {
  ++denied_;
  for (auto& denial : *report_.mutable_denials()) {
    if (denial.call() == name) return denial.set_count(denial.count() + 1);
  }
  auto* denial = report_.add_denials();
  denial->set_call(name);
  denial->set_count(1);
}

std::vector<Fd> Run::Lease(Milliseconds limit, Milliseconds most, ProcessorShare& share) {
  leased = true;
  began_us_ = MonotonicMicros();
  cpu_before_us_ = CpuMicros();
  time_limit_ = limit;
  most_ = most;
  probes_ = &share;
  grace_ = std::min(kGrace, limit / 10);
  limit_.Start(std::min(kTick, limit - grace_), [this] { CheckTime(); });
  std::vector<Fd> fds;
  for (Pair* pair : {&socket_, &output_, &errors_}) fds.push_back(std::move(pair->ours));
  return fds;
}

// Returns the CPU time of all threads of the run, or 0 if the run is gone. The pid cannot belong to another process
// yet, because the supervisor has not yet waited for the run.
std::int64_t Run::CpuMicros() const {
  clockid_t clock;
  timespec used{};
  if (pid_ <= 0 || clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &used) != 0) return 0;
  return static_cast<std::int64_t>(used.tv_sec) * 1'000'000 + used.tv_nsec / 1000;
}

std::int64_t Run::GivenMicros(std::int64_t cpu_us) const {
  const std::int64_t wall = MonotonicMicros() - began_us_;
  if (!share_) return wall;
  ProcessorShare::Reading probes = share_->Read();
  probes.wall_us -= before_.wall_us;
  probes.cpu_us -= before_.cpu_us;
  return TimeGiven::Of(wall, std::max<std::int64_t>(0, cpu_us - cpu_before_us_), probes);
}

// Checks whether the run has used up its time. Most runs end before the first check. So probing, which costs processor
// time, does not start before the first check.
void Run::CheckTime() {
  const std::int64_t wall = MonotonicMicros() - began_us_;
  const std::int64_t given = GivenMicros(CpuMicros());
  const std::int64_t left = std::chrono::microseconds(time_limit_).count() - given;
  const std::int64_t left_by_clock = std::chrono::microseconds(most_).count() - wall;
  if (left <= 0) given_us_ = std::chrono::microseconds(time_limit_).count();
  if (left <= 0 || left_by_clock <= 0) return End(WaitReply::END_TIME);
  if (!share_) {
    share_ = probes_;
    before_ = share_->Read();
    share_->Watch(true);
  }
  const Milliseconds soon(std::min(left, left_by_clock) / 1000 + 1);
  // The signal comes before the limit and not at it. So what the run does after the signal is within its limits too.
  if (soon <= grace_ && !std::exchange(asked_, true)) {
    given_us_ = given;  // the signal may end the run, and at its end the probes may say less
    Signal(kTimeSignal);
  }
  limit_.Start(asked_ ? std::min(kTick, soon) : std::min(kTick, soon - grace_), [this] { CheckTime(); });
}

std::string Run::Complaint() const {
  char text[256];
  pollfd ready{errors_.ours.get(), POLLIN, 0};
  if (!errors_.ours || poll(&ready, 1, 0) < 1 || !(ready.revents & POLLIN)) return "";
  const ssize_t size = read(errors_.ours.get(), text, sizeof text);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

void Run::End(WaitReply::End why) {
  if (ended) return;
  if (why_ == WaitReply::END_UNSPECIFIED) why_ = why;
  if (!pidfd_) return;
  Signal(SIGKILL);
}

void Run::Signal(int signal) {
  const auto& by_order = signal == SIGKILL ? events_.kill : events_.ask;
  if (by_order) return by_order(*this);
  syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
}

// The run was init of its pid namespace. So when the supervisor can wait for it, everything that the run started is
// gone too.
void Run::OnDeath() {
  int status = 0;
  rusage used{};
  if (wait4(pid_, &status, WNOHANG, &used) != pid_) return;
  const auto micros = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1000000 + static_cast<std::uint64_t>(time.tv_usec);
  };
  const auto cpu = static_cast<std::int64_t>(micros(used.ru_utime) + micros(used.ru_stime));
  if (began_us_ > 0) {
    // Without the time that it took to build the walls. That was before the visit, and wall_us does not count it either.
    report_.set_cpu_us(static_cast<std::uint64_t>(std::max<std::int64_t>(0, cpu - cpu_before_us_)));
    report_.set_given_us(static_cast<std::uint64_t>(std::max(given_us_, GivenMicros(cpu))));
  }
  report_.set_memory_bytes(static_cast<std::uint64_t>(used.ru_maxrss) * 1024);
  if (why_ == WaitReply::END_UNSPECIFIED && !walled) {
    why_ = WaitReply::END_WALLS;
  } else if (why_ == WaitReply::END_UNSPECIFIED) {
    why_ = WIFEXITED(status) ? WaitReply::END_EXIT : WaitReply::END_SIGNAL;
    report_.set_status(WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    // On a scratch, kTimeSignal ends a program that has removed the handler.
    if (asked_ && why_ == WaitReply::END_SIGNAL && report_.status() == kTimeSignal) why_ = WaitReply::END_TIME;
    // SIGSYS means that the filter killed the run, which it does only for a system call of another architecture. A
    // program cannot send itself SIGSYS, because it is init of its pid namespace.
    if (why_ == WaitReply::END_SIGNAL && report_.status() == SIGSYS) {
      AddDenial("another architecture's system call");
      why_ = WaitReply::END_DENIALS;
    }
  }
  pidfd_.Close();
  Finish();
}

void Run::Finish() {
  ended = true;
  limit_.Stop();
  death_.reset();
  notices_.reset();
  gate_watch_.reset();
  listener_.Close();
  if (why_ == WaitReply::END_UNSPECIFIED) why_ = WaitReply::END_WALLS;
  report_.set_end(why_);
  if (began_us_ > 0) report_.set_wall_us(static_cast<std::uint64_t>(MonotonicMicros() - began_us_));
  if (share_) std::exchange(share_, nullptr)->Watch(false);
  events_.ended(*this);
}

}  // namespace zoobar
