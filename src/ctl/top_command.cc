// `zoobar ctl top`: the loop, the terminal, and the keys.
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "ctl/commands.h"
#include "ctl/conversation.h"
#include "ipc/try.h"
#include "operator/top.h"
#include "site/waiters.h"

namespace zoobar {
namespace top_command {
namespace {

// The terminal while top runs: another screen, no echo, and keys that come without Enter. The destructor restores it.
// Without a terminal at stdout it does nothing.
class Screen {
 public:
  explicit Screen(bool wanted) : on_(wanted && isatty(STDOUT_FILENO) == 1) {
    if (!on_) return;
    [[maybe_unused]] ssize_t shown = write(STDOUT_FILENO, "\x1b[?1049h\x1b[?25l", 14);
    keys_ = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!keys_) return;
    termios now = before_;
    now.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &now);
  }
  ~Screen() {
    if (keys_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    if (!on_) return;
    [[maybe_unused]] ssize_t shown = write(STDOUT_FILENO, "\x1b[?25h\x1b[?1049l", 14);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  bool on() const { return on_; }
  bool keys() const { return keys_; }

 private:
  const bool on_;
  bool keys_ = false;
  termios before_{};
};

Look LookAt(StatusReply status) {
  Look look;
  look.us = MonotonicMicros();
  for (const StatusReply::Member& member : status.roles()) {
    const std::int32_t pid = member.entry().pid();
    if (const auto use = ReadProcessUse(pid)) look.use[pid] = *use;
  }
  look.status = std::move(status);
  return look;
}

void Print(Conversation& ctl, const Screen& screen, const Look& now, const Look* before) {
  if (ctl.json()) {
    ctl.out() << Json(now.status) << std::flush;
    return;
  }
  std::ostringstream block;
  PrintTop(now, before, block);
  ctl.out() << (screen.on() ? "\x1b[H\x1b[J" : "") << block.str() << (screen.on() ? "\nq or Ctrl-C ends\n" : "\n")
            << std::flush;
}

Task<Result<int>> Top(Conversation& ctl) {
  const std::uint64_t count = ctl.arguments().Number("--count");
  const Milliseconds interval(static_cast<std::int64_t>(ctl.arguments().Decimal("--interval") * 1000));
  if (interval < Milliseconds(100) || interval > Milliseconds(3'600'000))
    co_return ctl.Fail(kCtlUsage, "--interval must be from 0.1 to 3600 seconds");
  Screen screen(!ctl.json());
  bool ended = false;
  Waiters waiting;
  const auto end = [&ended, &waiting] {
    ended = true;
    waiting.WakeAll();
  };
  const SignalWatch interrupted(ctl.loop(), SIGINT, end), terminated(ctl.loop(), SIGTERM, end);
  std::unique_ptr<Watch> keys;
  if (screen.keys()) {
    keys = std::make_unique<Watch>(ctl.loop(), STDIN_FILENO, [&end](int) {
      char key = 'q';
      if (read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q') end();
    });
    keys->Set(UV_READABLE);
  }
  std::optional<Look> before;
  for (std::uint64_t shown = 1; !ended; ++shown) {
    auto call = ctl.Ask<StatusReply>(StatusRequest());
    Result<StatusReply> status = co_await call;
    if (!status.ok()) co_return status.error();
    Look now = LookAt(std::move(*status));
    Print(ctl, screen, now, before ? &*before : nullptr);
    before = std::move(now);
    if (ended || (count > 0 && shown >= count)) break;
    auto rest = waiting.Wait(ctl.loop(), interval);
    co_await rest;
  }
  co_return kCtlOk;
}

constexpr CommandOption kOptions[] = {
    {.name = "--interval",
     .takes = Takes::kDecimal,
     .value = "SECONDS",
     .help = "how long it waits between two looks: 0.1 to 3600",
     .fallback = "2"},
    {.name = "-n,--count",
     .takes = Takes::kNumber,
     .value = "COUNT",
     .help = "end after this many looks; default: go on",
     .most = 4294967295},
};
constexpr Example kExamples[] = {
    {"ctl top", "refreshes every 2 seconds; q ends it"},
    {"ctl top --interval 10 -n 6 > load.txt", "prints six blocks in a minute"},
};

constexpr Command kCommands[] = {
    {.name = "ctl top",
     .does = "show what each process uses, again and again",
     .details =
         "For each process: processor time in percent of one processor and memory (from /proc, so start it on the "
         "machine of the site), calls per second, calls that wait in its queues, and restarts. The first look has "
         "no figures per second. If stdout is no terminal, it prints one block after another. With --json each look "
         "is an object as of ctl status.",
     .options = kOptions,
     .examples = kExamples,
     .converse = Top},
};

}  // namespace
}  // namespace top_command

CommandGroup TopCommand() { return {"Load", top_command::kCommands}; }

}  // namespace zoobar
