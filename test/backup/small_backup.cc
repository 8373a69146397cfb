#include "backup/small_backup.h"

#include <fcntl.h>

#include <algorithm>

#include "backup/contents.h"
#include "backup/file_writer.h"
#include "backup/store_copies.h"
#include "ipc/try.h"
#include "store/ledger_tree.h"
#include "stored.pb.h"
#include "stored_credentials.pb.h"

namespace zoobar {
namespace {

std::string BigEndian(std::uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

std::string Format(const std::string& kind, std::uint32_t version) {
  StoredFormat format;
  format.set_kind(kind);
  format.set_version(version);
  return format.SerializeAsString();
}

}  // namespace

SmallBackup::SmallBackup() {
  for (const auto& [role, kind] : {std::pair("auth", "cred"),
                                   {"honeychecker", "honey"},
                                   {"bank", "bank"},
                                   {"profile", "profile"},
                                   {"keys", "keys"},
                                   {"notary", "notary"}}) {
    stores[role]["format"]["format"] = Format(kind, std::string(kind) == "cred" ? 2 : 1);
  }
  Tables& bank = stores["bank"];
  std::uint64_t number = 0;
  const auto add = [&](const StoredEntry& entry) {
    bank["journal"][BigEndian(++number)] = entry.SerializeAsString();
    bank["acts"][entry.act()] = BigEndian(number);
    bank["by_member"][entry.recipient() + BigEndian(number)] = "";
    if (!entry.sender().empty()) bank["by_member"][entry.sender() + BigEndian(number)] = "";
  };
  for (const char letter : {'a', 'b'}) {
    const std::string id = Id(letter), words(16, static_cast<char>(letter + 8)), name(1, letter);
    StoredAccount account;
    account.set_name(name);
    account.mutable_password()->set_words(words);
    stores["auth"]["accounts"][id] = account.SerializeAsString();
    stores["honeychecker"]["indexes"][id + words] = "index";
    stores["profile"]["profiles"][id] = "profile of " + name;
    StoredEntry mint;
    mint.set_kind(StoredEntry::KIND_MINT);
    mint.set_recipient(id);
    mint.set_zoobars(10);
    mint.set_recipient_after(10);
    mint.set_act(std::string(32, letter));
    add(mint);
    StoredBankAccount held;
    held.set_name(name);
    held.set_zoobars(letter == 'a' ? 7 : 13);
    bank["accounts"][id] = held.SerializeAsString();
    bank["names"][name] = id;
  }
  StoredEntry paid;
  paid.set_kind(StoredEntry::KIND_TRANSFER);
  paid.set_sender(Id('a'));
  paid.set_recipient(Id('b'));
  paid.set_zoobars(3);
  paid.set_sender_after(7);
  paid.set_recipient_after(13);
  paid.set_act(std::string(32, 'p'));
  add(paid);
  journal::RunningTree tree;
  for (const auto& [place, entry] : bank["journal"]) tree.Add(JournalLeafOf(tree.size() + 1, entry));
  StoredHead head;
  head.set_size(tree.size());
  head.set_root(tree.Root().text());
  stores["notary"]["head"]["last"] = head.SerializeAsString();
  StoredTotals totals;
  totals.set_issued(20);
  bank["totals"]["totals"] = totals.SerializeAsString();
}

Status SmallBackup::Write(const std::string& path, const std::optional<backup::PublicKey>& key) const {
  backup::FileWriter writer(Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)), key);
  TRY_STATUS(writer.Begin());
  backup::Contents contents;
  const auto add = [&](char type, std::string_view content) -> Status {
    TRY_STATUS(contents.Take(type, content));
    return writer.Add(type, content);
  };
  for (const std::string_view role : backup::kStores) {
    const auto found = stores.find(std::string(role));
    if (found == stores.end()) continue;
    TRY_STATUS(add(backup::kStoreBegins, role));
    TRY_STATUS(add(backup::kSnapshot, std::string(8, '\1')));
    for (const auto& [table, entries] : found->second) {
      TRY_STATUS(add(backup::kTable, table));
      for (const auto& [entry_key, value] : entries) {
        std::string entry;
        backup::AppendNumber(entry, static_cast<std::uint16_t>(entry_key.size()));
        backup::AppendNumber(entry, static_cast<std::uint32_t>(value.size()));
        TRY_STATUS(add(backup::kEntries, entry + entry_key + value));
      }
    }
    TRY_STATUS(contents.Take(backup::kStoreEnds, {}));
    TRY_STATUS(writer.Add(backup::kStoreEnds, contents.hash()));
  }
  const bool whole = std::ranges::all_of(backup::kStores, [this](std::string_view role) {
    return role == backup::kMayBeMissing || stores.contains(std::string(role));
  });
  if (whole) TRY_STATUS(contents.Compare());
  BackupManifest manifest = contents.manifest();
  manifest.set_format(backup::kFormat);
  TRY_STATUS(writer.Add(backup::kManifest, manifest.SerializeAsString()));
  return writer.End();
}

}  // namespace zoobar
