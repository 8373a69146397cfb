#include "ipc/result.h"

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

namespace zoobar {
namespace {

constexpr int kStatus = 70;  // EX_SOFTWARE, sysexits.h
std::atomic<bool> dies_clearly = false;

// Needs no memory.
[[noreturn]] void DieWithoutMemory() {
  constexpr char kLine[] = "zoobar: fatal: out of memory\n";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, kLine, sizeof kLine - 1);
  _exit(kStatus);
}

// Needs no memory. caller: an address in the code that has called abort().
[[noreturn]] void DieOfAbort(const void* caller) {
  Dl_info about{};
  const char* const name = dladdr(caller, &about) != 0 && about.dli_fname ? about.dli_fname : "a library";
  const char* const slash = std::strrchr(name, '/');
  char line[256];
  const int size =
      std::snprintf(line, sizeof line, "zoobar: fatal: %.150s has called abort()\n", slash ? slash + 1 : name);
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, line, static_cast<std::size_t>(size));
  _exit(kStatus);
}

[[noreturn]] void DieOfException() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    DieWithoutMemory();
  } catch (const std::exception& exception) {
    Die("exception: {}", exception.what());
  } catch (...) {
    Die("an exception of an unknown kind");
  }
  Die("std::terminate was called");
}

}  // namespace

Error Error::FromErrno(std::string what) { return Error{std::move(what) + ": " + std::strerror(errno)}; }

void Die(const std::string& why) {
  const std::string line = "zoobar: fatal: " + why + "\n";
  // If stderr cannot be written to, nothing can be done about it.
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  // Does not call abort(), because the first process of a pid namespace does not receive its own SIGABRT.
  _exit(kStatus);
}

void DieClearly() {
  dies_clearly = true;
  std::set_new_handler(DieWithoutMemory);
  std::set_terminate(DieOfException);
}

}  // namespace zoobar

// In place of the C library's, for all libraries of the process.
extern "C" void abort() noexcept {
  if (zoobar::dies_clearly) zoobar::DieOfAbort(__builtin_return_address(0));
  reinterpret_cast<void (*)()>(dlsym(RTLD_NEXT, "abort"))();
  __builtin_trap();
}
