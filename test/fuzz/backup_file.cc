// The file of a backup (src/backup): damaged, cut, made by somebody else; and the records that a copier sends.
#include <fuzzer/FuzzedDataProvider.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backup/check.h"
#include "backup/contents.h"
#include "backup/format.h"
#include "backup/record_reader.h"
#include "backup/restore.h"
#include "backup/small_backup.h"
#include "fuzz/descriptors.h"
#include "fuzz/require.h"
#include "fuzz/scratch_folder.h"
#include "fuzz/seeded_random.h"
#include "fuzz/service_calls.h"
#include "ipc/loop.h"

namespace zoobar {
namespace {

using backup::kHashBytes;

const ScratchFolder& Folder() {
  static const ScratchFolder folder;
  return folder;
}

const backup::SecretKey& Key() {
  static const backup::SecretKey key = [] {
    const std::string path = Folder().At("key");
    MustSucceed(backup::MakeKeys(path));
    return MustHave(backup::ReadSecretKey(path));
  }();
  return key;
}

// The file of a whole backup.
const std::string& Whole(bool sealed) {
  static const auto make = [](bool seal) {
    SmallBackup small;
    small.AddOfferAndCorrection();
    const auto key = seal ? std::optional(Key().open) : std::nullopt;
    MustSucceed(small.Write(Folder().At("whole"), key));
    return Folder().Read("whole");
  };
  static const std::string plain = make(false), with_key = make(true);
  return sealed ? with_key : plain;
}

Result<backup::Checked> CheckBytes(std::string_view bytes, const std::optional<backup::SecretKey>& key) {
  Folder().Write("backup", bytes);
  auto checked = backup::Check(Folder().At("backup"), key);
  if (!checked.ok()) Require(!checked.error().text.empty(), "an error says what is wrong");
  return checked;
}

// Restores the file, which CheckBytes has accepted, and requires that it leaves either everything or nothing.
void RestoreIt(const backup::Checked& checked, bool with_faults) {
  const std::string state = Folder().At("state");
  backup::RestoreOptions options;
  options.file = Folder().At("backup");
  options.state_dir = state;
  options.with_faults = with_faults;
  options.store.set_map_bytes(1 << 20);
  for (const char* role : {"auth", "honeychecker", "notary", "bank", "profile", "keys", "course"})
    options.owners[role] = {geteuid(), getegid()};
  const auto restored = backup::Restore(options);
  Require(!std::filesystem::exists(state + "/.restoring"), "an ended restore leaves no half of its work");
  Require(std::filesystem::exists(state + "/bank/store/data.mdb") == restored.ok(), "a restore is whole, or nothing");
  if (restored.ok()) {
    Require(restored->SerializeAsString() == checked.manifest->SerializeAsString(), "what was checked is restored");
    Require(with_faults || restored->sums().faults_size() == 0,
            "stores with faults are not restored unless they may be");
  } else {
    Require(!restored.error().text.empty(), "an error says what is wrong");
  }
  std::filesystem::remove_all(state);
}

// One change anywhere in a backup is found: with the key, and without it.
void Damage(FuzzedDataProvider& input, bool sealed, bool rehash) {
  const std::string& whole = Whole(sealed);
  std::string bytes = whole;
  for (int count = input.ConsumeIntegralInRange(0, 4); count > 0; --count) {
    const auto at = input.ConsumeIntegralInRange<std::size_t>(0, bytes.size());
    switch (input.ConsumeIntegralInRange(0, 3)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ input.ConsumeIntegral<char>());
        break;
      case 1:
        bytes.insert(at, input.ConsumeRandomLengthString(32));
        break;
      case 2:
        bytes.erase(at, input.ConsumeIntegralInRange<std::size_t>(0, 200));
        break;
      default: {
        const std::string patch = input.ConsumeRandomLengthString(16);
        bytes.replace(at, std::min(patch.size(), bytes.size() - at), patch);
      }
    }
  }
  if (rehash && bytes.size() > kHashBytes) {
    bytes.resize(bytes.size() - kHashBytes);
    backup::Hash hash;
    hash.Add(bytes);
    bytes += hash.Finish();
  }
  const bool changed = bytes != whole;
  const auto without = CheckBytes(bytes, std::nullopt);
  if (!rehash) Require(without.ok() == !changed, "every change of a backup is found");
  if (!sealed) {
    if (without.ok()) RestoreIt(*without, rehash);
    return;
  }
  const auto with = CheckBytes(bytes, Key());
  Require(with.ok() == !changed, "with the key, every change of a sealed backup is found");
  backup::SecretKey other;
  other.bytes.resize(32, 'x');
  Require(!CheckBytes(bytes, other).ok(), "another key opens no sealed backup");
}

// The stores have other entries than a zoobar writes. What the writer accepts, the reader must accept too.
void OtherStores(FuzzedDataProvider& input) {
  SmallBackup small;
  small.AddOfferAndCorrection();
  for (int count = input.ConsumeIntegralInRange(1, 4); count > 0; --count) {
    auto role =
        std::next(small.stores.begin(), input.ConsumeIntegralInRange<std::ptrdiff_t>(0, std::ssize(small.stores) - 1));
    auto table =
        std::next(role->second.begin(), input.ConsumeIntegralInRange<std::ptrdiff_t>(0, std::ssize(role->second) - 1));
    const int how = input.ConsumeIntegralInRange(0, 5);
    if (how == 0) {
      role->second[input.ConsumeRandomLengthString(8)][input.ConsumeRandomLengthString(20)] = "";
    } else if (how == 1) {
      table->second[input.ConsumeRandomLengthString(40)] = input.ConsumeRandomLengthString(40);
    } else if (!table->second.empty()) {
      auto entry = std::next(table->second.begin(),
                             input.ConsumeIntegralInRange<std::ptrdiff_t>(0, std::ssize(table->second) - 1));
      std::string& value = entry->second;
      if (how == 2) {
        table->second.erase(entry);
      } else if (how == 3 || value.empty()) {
        value = input.ConsumeRandomLengthString(200);
      } else {
        value[input.ConsumeIntegralInRange<std::size_t>(0, value.size() - 1)] = input.ConsumeIntegral<char>();
      }
    }
  }
  const bool sealed = input.ConsumeIntegralInRange(0, 3) == 0;
  const std::string path = Folder().At("backup");
  if (!small.Write(path, sealed ? std::optional(Key().open) : std::nullopt).ok()) return;
  const auto checked = backup::Check(path, sealed ? std::optional(Key()) : std::nullopt);
  Require(checked.ok(), "what was written is read");
  Require(checked->sealed == sealed && checked->manifest.has_value(), "its manifest is read");
  Require(checked->manifest->sums().faults_size() <= backup::Contents::kMostFaults + 1,
          "the list of faults is bounded");
  if (!sealed) RestoreIt(*checked, input.ConsumeBool());
}

// The records of a copier's pipe, read by RecordReader and by this simple reader.
void Records(FuzzedDataProvider& input) {
  const std::string bytes = input.ConsumeRemainingBytesAsString().substr(0, 60'000);
  int ends[2];
  Require(pipe2(ends, O_CLOEXEC) == 0, "a pipe can be made");
  backup::RecordReader reader((Fd(ends[0])));
  {
    const Fd out(ends[1]);
    Require(write(out.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
            "a pipe holds that much");
  }
  std::string_view left = bytes;
  for (;;) {
    const bool head = left.size() >= backup::kRecordHead;
    const std::uint32_t length = head ? backup::ReadNumber<std::uint32_t>(left.substr(1)) : 0;
    if (length > (1u << 20) && length <= backup::kMostRecord) return;  // it takes long to reserve so much
    const auto type = reader.Next(kPatienceUs);
    if (!head || length > backup::kMostRecord || left.size() - backup::kRecordHead < length) {
      Require(!type.ok() && !type.error().text.empty(), "half a record is an error");
      Require((type.error().cause == Cause::kGone) == (length <= backup::kMostRecord), "the end of the pipe is told");
      return;
    }
    Require(type.ok() && *type == left[0] && reader.content() == left.substr(backup::kRecordHead, length),
            "a record is read as it was written");
    left.remove_prefix(backup::kRecordHead + length);
  }
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  zoobar::SilenceProtobuf();
  zoobar::SeededRandom::Begin("");
  const zoobar::Loop first;  // the first one opens a pipe for signals, which stays open
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  FuzzedDataProvider input(data, size);
  std::ignore = Whole(true);
  SeededRandom::Begin("");
  const int descriptors = OpenDescriptors();
  switch (input.ConsumeIntegralInRange(0, 5)) {
    case 0:
      Damage(input, false, false);
      break;
    case 1:
      Damage(input, true, false);
      break;
    case 2:
      Damage(input, false, true);
      break;
    case 3:
      Records(input);
      break;
    case 4:
      std::ignore = CheckBytes(input.ConsumeRemainingBytesAsString(), std::nullopt).ok();
      break;
    default:
      OtherStores(input);
  }
  Require(OpenDescriptors() == descriptors, "no descriptor is left over");
  return 0;
}
