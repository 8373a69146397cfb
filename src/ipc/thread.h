// Starts threads beside the loop's thread.
#pragma once

#include <signal.h>

#include <thread>
#include <utility>

namespace zoobar {

// The loop's thread handles the signals, so a thread that this starts blocks them. If a write exceeds the file size limit,
// the kernel sends SIGXFSZ to the thread that writes: because the signal is blocked, the write only fails with EFBIG. The
// signals of a fault are not blocked. The kernel sends them to the thread that has made the fault, and if they are
// blocked, it kills the process without calling the handler that reports the fault (signal(7)).
template <typename Run>
std::thread StartThread(Run run) {
  sigset_t blocked, before;
  sigfillset(&blocked);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&blocked, fault);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  std::thread thread(std::move(run));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace zoobar
