// Stored values and keys that are damaged (docs/stores.md, "Damage"), read by the real functions of each store. The
// damage is written through a transaction, so LMDB's own pages stay right; stored_file damages these.
#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/descriptors.h"
#include "fuzz/readers.h"
#include "fuzz/scratch_folder.h"
#include "fuzz/seeded_random.h"
#include "fuzz/service_calls.h"
#include "fuzz/stores.h"

namespace zoobar {
namespace {

struct First {
  std::string data;                                 // of data.mdb
  std::vector<AnyStore::Read> reads;                // what an undamaged store gives
  std::vector<std::array<std::string, 3>> entries;  // table, key, value
};

const First& FirstOf(StoreKind kind, const ScratchFolder& folder) {
  static std::map<StoreKind, First> all;
  First& first = all[kind];
  if (!first.data.empty()) return first;
  folder.Empty();
  Loop loop;
  auto store = MustHave(OpenStore(loop, kind, folder.path()));
  store->Populate();
  first.reads = store->ReadAll();
  for (const auto& read : first.reads) Require(!read.failed, "an undamaged store is read");
  Require(store->Sound(), "an undamaged store is sound");
  for (const std::string& name : store->tables()) {
    const Table table = store->environment().table(name);
    auto collect = [&](ReadTransaction& tx) -> Result<bool> {
      Cursor cursor(tx, table);
      for (bool at = cursor.First(); at; at = cursor.Next())
        first.entries.push_back({name, std::string(cursor.key()), std::string(cursor.value())});
      return true;
    };
    Require(store->environment().Read(collect).ok(), "an undamaged store is read");
  }
  store.reset();
  first.data = folder.Read("data.mdb");
  return first;
}

// One entry that is changed, added or removed.
struct Damage {
  std::string table, key, value;
  bool removed = false;
};

Damage Choose(FuzzedDataProvider& input, const First& first, const std::vector<std::string>& tables) {
  const auto& [table, key, value] =
      first.entries[input.ConsumeIntegralInRange<std::size_t>(0, first.entries.size() - 1)];
  Damage damage{table, key, value, false};
  const int how = input.ConsumeIntegralInRange(0, 7);
  if (how == 0) damage.removed = true;
  if (how == 1) damage.value = input.ConsumeRandomLengthString(100);
  if (how == 2) damage.table = tables[input.ConsumeIntegralInRange<std::size_t>(0, tables.size() - 1)];
  if (how <= 3) {  // another key: longer, shorter, or of another entry
    damage.key =
        key.substr(0, input.ConsumeIntegralInRange<std::size_t>(0, key.size())) + input.ConsumeRandomLengthString(20);
  }
  if (how > 3) {
    for (int count = input.ConsumeIntegralInRange(1, 3); count > 0; --count) {
      const auto at = input.ConsumeIntegralInRange<std::size_t>(0, damage.value.size());
      const std::string bytes = input.ConsumeRandomLengthString(12);
      damage.value.replace(at, input.ConsumeBool() ? bytes.size() : 0, bytes);
    }
    if (input.ConsumeIntegralInRange(0, 7) == 0)
      damage.value.resize(input.ConsumeIntegralInRange<std::size_t>(0, damage.value.size()));
  }
  if (damage.key.empty()) damage.key = "k";
  damage.key.resize(std::min(damage.key.size(), kMaxKeySize));
  return damage;
}

Status Do(Loop& loop, Environment& environment, const Damage& damage) {
  const Table table = environment.table(damage.table);
  auto act = [table, damage](WriteTransaction& tx) -> Status {
    if (damage.removed) {
      tx.Delete(table, damage.key);
    } else {
      tx.Put(table, damage.key, damage.value);
    }
    return {};
  };
  return WaitFor(loop, environment.Write(std::move(act)));
}

void Compare(const First& first, const std::vector<AnyStore::Read>& reads, const std::vector<Damage>& damages) {
  Require(reads.size() == first.reads.size(), "the same reads");
  for (std::size_t i = 0; i < reads.size(); ++i) {
    bool met = false, named = false;
    for (const Damage& damage : damages) {
      met = met || reads[i].DependsOn(damage.table, damage.key);
      named = named ||
              (reads[i].DependsOn(damage.table, damage.key) && reads[i].value.find(damage.table) != std::string::npos);
    }
    const bool same = reads[i].value == first.reads[i].value && !reads[i].failed;
    if (!same && !met) std::fprintf(stderr, "%s: %s\n", reads[i].name.c_str(), reads[i].value.c_str());
    Require(same || met, "damage affects only those who need this value");
    if (reads[i].failed && !named) std::fprintf(stderr, "%s: %s\n", reads[i].name.c_str(), reads[i].value.c_str());
    // The names of an entry's members are in another table, which is named if the entry has another member's id now.
    const bool of_two = reads[i].name == "statement" || reads[i].name == "head" || reads[i].name == "journal";
    Require(!reads[i].failed || named || damages.size() > 1 || of_two, "the error names the damaged table");
  }
}

void Run(FuzzedDataProvider& input, const ScratchFolder& folder) {
  const StoreKind kind = input.PickValueInArray(kStoreKinds);
  const First& first = FirstOf(kind, folder);
  folder.PutStore(first.data);
  Loop loop;
  std::vector<Damage> damages;
  std::unique_ptr<AnyStore> store = MustHave(OpenStore(loop, kind, folder.path()));
  for (int count = input.ConsumeIntegralInRange(1, 3); count > 0; --count) {
    damages.push_back(Choose(input, first, store->tables()));
    Require(Do(loop, store->environment(), damages.back()).ok(), "any entry can be written");
  }
  const bool twice = input.ConsumeBool();
  if (input.ConsumeBool()) {
    store.reset();
    auto opened = OpenStore(loop, kind, folder.path());
    Require(opened.ok() || !opened.error().text.empty(), "an error says what is wrong");
    if (!opened.ok()) return;
    store = std::move(*opened);
  }
  Compare(first, store->ReadAll(), damages);
  const bool sound = store->Sound();
  for (int i = 0; i < (twice ? 2 : 1); ++i) store->WriteSome();
  std::ignore = store->ReadAll();
  const bool still_sound = store->Sound();
  Require(still_sound || !sound, "what is sound stays sound");
  Require(ActiveReaders(folder.Read("lock.mdb")) == 0, "no reader is left over");
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  zoobar::SilenceProtobuf();
  zoobar::SeededRandom::Begin("");
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  static const ScratchFolder folder;
  FuzzedDataProvider input(data, size);
  for (const StoreKind kind : kStoreKinds) FirstOf(kind, folder);
  SeededRandom::Begin("");
  const int descriptors = OpenDescriptors();
  Run(input, folder);
  Require(OpenDescriptors() == descriptors, "no descriptor is left over");
  return 0;
}
