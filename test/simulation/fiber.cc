#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "ipc/result.h"
#include "simulation/machine.h"

namespace zoobar::simulation {
namespace {

constexpr std::size_t kStackBytes = 1 << 20, kGuardBytes = 4096;

Fiber* current = nullptr;

}  // namespace

Fiber::Fiber(Process& process, std::function<void()> body)
    : process_(process),
      body_(std::move(body)),
      stack_(mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
  if (stack_ == MAP_FAILED || mprotect(stack_, kGuardBytes, PROT_NONE) != 0) Die("simulation: no stack");
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_;
  context_.uc_stack.ss_size = kStackBytes;
  context_.uc_link = nullptr;
  makecontext(&context_, &Fiber::Begin, 0);
}

Fiber::~Fiber() { munmap(stack_, kStackBytes); }

Fiber* Fiber::Current() { return current; }

void Fiber::Begin() {
  current->body_();
  current->ended_ = true;
  current->due_ = kNever;
  StopUntil(kNever);
}

void Fiber::Resume() {
  const RequestId ours = std::exchange(detail::current_request, request_);
  Fiber* const before = std::exchange(current, this);
  swapcontext(&back_, &context_);
  current = before;
  request_ = std::exchange(detail::current_request, ours);
}

void Fiber::StopUntil(std::int64_t until) {
  Fiber& fiber = *current;
  const int error = errno;
  fiber.due_ = until;
  swapcontext(&fiber.context_, &fiber.back_);
  errno = error;
}

void Fiber::Wake() {
  if (!ended_) due_ = 0;
}

Process* CurrentProcess() { return current ? &current->process() : nullptr; }

}  // namespace zoobar::simulation
