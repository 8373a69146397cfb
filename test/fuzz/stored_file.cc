// Whole files of a store (data.mdb) that are damaged: patched, cut, made of anything, or of another format or role.
//
// docs/stores.md promises little here: LMDB trusts the pages of its file. Damage of a page can make LMDB read where nothing
// is, or go round in circles. So each input is read in a process of its own, as a role is one. It may end by LMDB's fault,
// but not by ours. Whatever happens to it, another store stays as it was, and the folder can be used again.
#include <dlfcn.h>
#include <execinfo.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/descriptors.h"
#include "fuzz/scratch_folder.h"
#include "fuzz/seeded_random.h"
#include "fuzz/service_calls.h"
#include "fuzz/stores.h"
#ifdef ZOOBAR_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace zoobar {
namespace {

// How the process ends that reads a damaged file.
enum Ending : int {
  kByItself = 0,
  kDied = 70,    // Die: nobody knows what the disk has (environment.h)
  kInLmdb = 80,  // a fault inside LMDB
  kWild = 81,    // our code has read where LMDB said that a value is, and nothing is there
  kBroken = 82,  // a promise was broken
  kOurs = 83,    // a fault of our code
};

bool InLmdb() {
  void* frames[64];
  const int count = backtrace(frames, 64);
  for (int i = 0; i < count; ++i) {
    Dl_info info;
    if (dladdr(frames[i], &info) != 0 && info.dli_fname && strstr(info.dli_fname, "liblmdb")) return true;
  }
  return false;
}

void OnFault(int signal, siginfo_t* info, void*) {
  if (InLmdb()) _exit(kInLmdb);
  const auto place = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const bool memory = signal == SIGSEGV || signal == SIGBUS;
  if (memory && place > (1u << 20)) _exit(kWild);
  _exit(kOurs);
}

void CatchFaults() {
  struct sigaction action{};
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) sigaction(signal, &action, nullptr);
#ifdef ZOOBAR_ASAN
  __sanitizer_set_death_callback([] { _exit(InLmdb() ? kInLmdb : kOurs); });
#endif
  const rlimit seconds{2, 3};  // damaged pages can make a walk endless
  setrlimit(RLIMIT_CPU, &seconds);
  signal(SIGXCPU, SIG_DFL);
  alarm(10);
  signal(SIGALRM, SIG_DFL);
}

// What the reads of the child gave. libFuzzer counts each kind of outcome as something new.
constexpr std::size_t kOutcomes = 1024;
__attribute__((section("__libfuzzer_extra_counters"))) std::uint8_t seen[kOutcomes];
std::uint8_t* Shared() {
  static auto* const shared =
      static_cast<std::uint8_t*>(mmap(nullptr, kOutcomes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return shared;
}

struct First {
  std::string data;
  std::vector<AnyStore::Read> reads;
};
const First& FirstOf(StoreKind kind, const ScratchFolder& folder) {
  static std::map<StoreKind, First> all;
  First& first = all[kind];
  if (!first.data.empty()) return first;
  folder.Empty();
  {
    Loop loop;
    auto store = MustHave(OpenStore(loop, kind, folder.path()));
    store->Populate();
    first.reads = store->ReadAll();
  }
  first.data = folder.Read("data.mdb");
  return first;
}

bool RefusesTheFormat(const std::string& why) {
  for (const char* words :
       {"newer zoobar", "this is the store of", "not a zoobar store", "the format entry is damaged"})
    if (why.find(words) != std::string::npos) return true;
  return false;
}

// The work of the child. Returns its Ending.
int ReadDamaged(StoreKind kind, const ScratchFolder& folder, const std::string& data, bool must_refuse) {
  CatchFaults();
  Loop loop;
  auto opened = OpenStore(loop, kind, folder.path());
  std::uint8_t* const shared = Shared();
  if (!opened.ok()) {
    if (opened.error().text.empty()) return kBroken;
    // A file of another format is not changed, only lengthened.
    const std::string now = folder.Read("data.mdb");
    if (RefusesTheFormat(opened.error().text) && now.substr(0, data.size()) != data) return kBroken;
    shared[opened.error().text.size() % 64] = 1;
    return kByItself;
  }
  if (must_refuse) return kBroken;
  const auto read = [&](std::size_t from) {
    const auto reads = (*opened)->ReadAll();
    for (std::size_t i = 0; i < reads.size(); ++i)
      shared[(from + 2 * i + (reads[i].failed ? 1 : 0)) % kOutcomes] =
          static_cast<std::uint8_t>(1 + reads[i].value.size() % 3);
  };
  read(64);
  shared[60] = (*opened)->Sound() ? 1 : 2;
  (*opened)->WriteSome();
  read(512);
  return kByItself;
}

// An environment as some other program would have made it: of another role, or of a newer format.
std::string OtherFormat(FuzzedDataProvider& input, const ScratchFolder& folder, StoreKind kind, bool& must_refuse) {
  struct Format {
    const char* kind;
    std::uint32_t newest;
  };
  static constexpr std::array<Format, std::size(kStoreKinds)> kFormats{
      {{"bank", 3}, {"cred", 2}, {"honey", 1}, {"profile", 1}, {"keys", 1}, {"notary", 1}, {"course", 1}}};
  folder.Empty();
  const auto wanted = static_cast<std::size_t>(kind);
  const auto other = input.ConsumeIntegralInRange<std::size_t>(0, kFormats.size() - 1);
  EnvironmentOptions options;
  options.folder = folder.path();
  options.kind = input.ConsumeIntegralInRange(0, 3) == 0 ? input.ConsumeRandomLengthString(10) : kFormats[other].kind;
  for (char& c : options.kind) c = static_cast<char>(c & 0x7f);
  options.format =
      input.ConsumeBool() ? input.ConsumeIntegralInRange(1u, 5u) : input.ConsumeIntegralInRange(1u, 0xffffffffu);
  options.tables = {"accounts", "anything"};
  options.map_bytes = 1 << 20;
  must_refuse = options.kind != kFormats[wanted].kind || options.format > kFormats[wanted].newest;
  {
    Loop loop;
    Require(Environment::Open(loop, options).ok(), "an environment can be made");
  }
  return folder.Read("data.mdb");
}

std::string Damaged(FuzzedDataProvider& input, std::string data) {
  constexpr std::size_t kPage = 4096;
  for (int count = input.ConsumeIntegralInRange(1, 4); count > 0; --count) {
    std::size_t at = input.ConsumeIntegralInRange<std::size_t>(0, data.size() - 1);
    const int how = input.ConsumeIntegralInRange(0, 7);
    if (how < 3) at = at / kPage * kPage + input.ConsumeIntegralInRange<std::size_t>(0, 31);  // a page's header
    if (how == 7) {
      data.resize(input.ConsumeIntegralInRange<std::size_t>(0, data.size() + kPage));
    } else if (how == 6) {
      const std::size_t from = input.ConsumeIntegralInRange<std::size_t>(0, data.size() / kPage) * kPage;
      data.replace(std::min(at / kPage * kPage, data.size()), kPage, data.substr(std::min(from, data.size()), kPage));
    } else {
      const std::string patch = input.ConsumeRandomLengthString(16);
      data.replace(std::min(at, data.size()), patch.size(), patch);
    }
    if (data.empty()) data = std::string(1, '\0');
  }
  return data;
}

// A store of this process, which nothing may happen to.
class Untouched {
 public:
  Untouched() : store_(MustHave(HoneyStore::Open(loop_, folder_.path()))) {
    store_->Populate();
    first_ = store_->ReadAll();
  }
  void Check() {
    store_->WriteSome();
    const auto now = store_->ReadAll();
    for (std::size_t i = 0; i < now.size(); ++i) Require(now[i].value == first_[i].value, "another store is untouched");
  }

 private:
  const ScratchFolder folder_;
  Loop loop_;
  std::unique_ptr<AnyStore> store_;
  std::vector<AnyStore::Read> first_;
};

void Run(FuzzedDataProvider& input, const ScratchFolder& folder) {
  static Untouched untouched;
  const StoreKind kind = input.PickValueInArray(kStoreKinds);
  const First& first = FirstOf(kind, folder);
  bool must_refuse = false;
  std::string data;
  switch (input.ConsumeIntegralInRange(0, 7)) {
    case 0:
      data = OtherFormat(input, folder, kind, must_refuse);
      break;
    case 1:
      data = input.ConsumeRandomLengthString(9000);
      break;
    default:
      data = Damaged(input, first.data);
  }
  folder.PutStore(data);
  std::fill_n(Shared(), kOutcomes, 0);
  const pid_t child = fork();
  Require(child >= 0, "a process can be made");
  if (child == 0) _exit(ReadDamaged(kind, folder, data, must_refuse));
  int status = 0;
  while (waitpid(child, &status, 0) < 0) Require(errno == EINTR, "the process is waited for");
  std::copy_n(Shared(), kOutcomes, seen);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  const bool endless = code == -SIGXCPU || code == -SIGKILL || code == -SIGALRM;
  if (code == kOurs || code == kBroken) std::fprintf(stderr, "the reader ended with %d\n", code);
  Require(endless || code == kByItself || code == kDied || code == kInLmdb || code == kWild,
          "a damaged file breaks LMDB alone");
  untouched.Check();
  // The folder is free again, whatever has ended in it.
  folder.PutStore(first.data);
  Loop loop;
  const auto again = OpenStore(loop, kind, folder.path());
  Require(again.ok(), "a good file in the same folder can be opened");
  const auto reads = (*again)->ReadAll();
  for (std::size_t i = 0; i < reads.size(); ++i) Require(reads[i].value == first.reads[i].value, "a good file is read");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  zoobar::SilenceProtobuf();
  zoobar::SeededRandom::Begin("");
  void* frames[4];
  backtrace(frames, 4);  // loads what it needs, before a fault
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  static const ScratchFolder folder;
  FuzzedDataProvider input(data, size);
  SeededRandom::Begin("");
  Run(input, folder);
  return 0;
}
