#include "simulation/machine.h"

#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "ipc/result.h"
#include "simulation/uv.h"

namespace zoobar::simulation {
namespace {

Machine* the = nullptr;

// What a step costs, in microseconds.
constexpr std::uint64_t kStepCosts = 8;

std::uint32_t DrawnWord() { return static_cast<std::uint32_t>(the->random().Next()); }

void Fill(void* const place, const std::size_t size) {
  auto* at = static_cast<char*>(place);
  for (std::size_t left = size; left > 0;) {
    const std::uint64_t word = the->random().Next();
    const std::size_t part = std::min(left, sizeof word);
    std::memcpy(at, &word, part);
    at += part;
    left -= part;
  }
}

randombytes_implementation seeded = {.implementation_name = [] { return "simulation"; },
                                     .random = DrawnWord,
                                     .stir = [] {},
                                     .uniform = nullptr,
                                     .buf = Fill,
                                     .close = [] { return 0; }};

}  // namespace

Machine::Machine(std::uint64_t seed) : random_(seed), disk_(random_) {
  the = this;
  randombytes_set_implementation(&seeded);
  if (sodium_init() < 0) Die("libsodium does not start");
}

Machine::~Machine() = default;

Machine& Machine::The() { return *the; }

Process& Machine::Start(std::string name, std::string folder, std::function<int()> main) {
  Process& process = *processes_.emplace_back(std::make_unique<Process>());
  process.name = std::move(name);
  process.folder = std::move(folder);
  process.number = processes_.size();
  process.fibers.push_back(std::make_unique<Fiber>(process, [this, main = std::move(main)] { Exit(main()); }));
  return process;
}

Fiber& Machine::StartThread(std::function<void()> body) {
  Process& process = *CurrentProcess();
  return *process.fibers.emplace_back(std::make_unique<Fiber>(process, std::move(body)));
}

void Machine::Kill(Process& process, int status) {
  if (process.dead) return;
  process.dead = true;
  process.status = status;
  Mark(process.number << 8 | static_cast<std::uint8_t>(status));
  ForgetLoopsOf(process);
  for (int fd = 0; fd < static_cast<int>(owners_.size()); ++fd) {
    if (owners_[static_cast<std::size_t>(fd)] == &process) close(fd);
  }
  ended_.push_back(&process);
}

void Machine::Exit(int status) {
  Kill(*CurrentProcess(), status);
  for (;;) Fiber::StopUntil(kNever);
}

// Calls on_end of the processes that have ended, and frees their stacks. What they had on the heap stays: nobody could
// say what of it is whole.
void Machine::Bury() {
  for (Process* process : std::exchange(ended_, {})) {
    process->fibers.clear();
    if (process->on_end) process->on_end();
  }
}

std::int64_t Machine::DueOf(const Fiber& fiber) const {
  if (fiber.ended()) return kNever;
  const std::int64_t due = fiber.loop ? std::min(fiber.due(), DueOfLoop(*fiber.loop)) : fiber.due();
  return due == kNever ? kNever : std::max(due, fiber.process().stopped_until);
}

bool Machine::Step() {
  Bury();
  LookForEvents();
  candidates_.clear();
  std::int64_t first = kNever;
  for (const auto& process : processes_) {
    if (process->dead) continue;
    std::erase_if(process->fibers, [&](const auto& fiber) { return fiber->ended() && fiber->detached; });
    for (const auto& fiber : process->fibers) {
      const std::int64_t due = DueOf(*fiber);
      first = std::min(first, due);
      if (due <= now_) candidates_.push_back(fiber.get());
    }
  }
  if (candidates_.empty()) {
    if (first == kNever) return false;
    now_ = first;
    return true;
  }
  Fiber& chosen = *candidates_[random_.Below(candidates_.size())];
  ++steps_;
  Mark(chosen.process().number + static_cast<std::uint64_t>(now_));
  chosen.Resume();
  now_ += static_cast<std::int64_t>(1 + random_.Below(kStepCosts));
  return true;
}

std::int64_t Machine::Delay() {
  const std::uint64_t kind = random_.Below(100);
  if (rough != 0 && random_.OneIn(rough)) return random_.Between(5'000, 400'000);
  if (kind < 80) return random_.Between(0, 20);
  return kind < 97 ? random_.Between(20, 300) : random_.Between(300, 5'000);
}

void Machine::Own(int fd, Process* process) {
  if (fd >= 0 && static_cast<std::size_t>(fd) < owners_.size()) owners_[static_cast<std::size_t>(fd)] = process;
}

void Machine::Forget(int fd) {
  if (!the) return;
  the->disk_.Closed(fd);
  the->Own(fd, nullptr);
}

}  // namespace zoobar::simulation
