#include "backup/small_backup.h"

#include <fcntl.h>

#include <algorithm>

#include "backup/contents.h"
#include "backup/file_writer.h"
#include "backup/store_copies.h"
#include "ipc/try.h"
#include "ledger/ledger_tree.h"
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
                                   {"notary", "notary"},
                                   {"course", "course"}}) {
    stores[role]["format"]["format"] = Format(kind, std::string(kind) == "cred" ? 2 : 1);
  }
  Tables& bank = stores["bank"];
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
    AddEntry(mint);
    bank["names"][name] = id;
  }
  AddEntry(Between('a', 'b', StoredEntry::KIND_TRANSFER, 3, 7, 13));
  journal::RunningTree tree;
  for (const auto& [place, entry] : bank["journal"]) tree.Add(JournalLeafOf(tree.size() + 1, entry));
  StoredHead head;
  head.set_size(tree.size());
  head.set_root(tree.Root().text());
  stores["notary"]["head"]["last"] = head.SerializeAsString();
  StoredDeed deed;
  deed.set_time_ms(1'764'472'514'000);
  stores["course"]["deeds"][std::string("\0\1apay", 6)] = deed.SerializeAsString();
  StoredTotals totals;
  totals.set_issued(20);
  bank["totals"]["totals"] = totals.SerializeAsString();
}

void SmallBackup::AddEntry(StoredEntry entry) {
  Tables& bank = stores["bank"];
  const std::string number = BigEndian(bank["journal"].size() + 1), about = BigEndian(entry.about());
  if (entry.act().empty()) entry.set_act(std::string(24, 'x') + number);
  bank["journal"][number] = entry.SerializeAsString();
  bank["acts"][entry.act()] = number;
  const auto touch = [&](const std::string& member, std::int64_t after) {
    bank["by_member"][member + number] = "";
    StoredBankAccount account;
    account.set_name(member.substr(0, 1));
    account.set_zoobars(after);
    bank["accounts"][member] = account.SerializeAsString();
  };
  touch(entry.recipient(), entry.recipient_after());
  if (!entry.sender().empty()) touch(entry.sender(), entry.sender_after());
  if (entry.kind() == StoredEntry::KIND_CORRECTION) bank["corrected"][about] = number;
  if (entry.kind() == StoredEntry::KIND_OFFER) {
    for (const std::string& member : {entry.sender(), entry.recipient()}) bank["offers"][member + number] = "";
    bank["expiring"][BigEndian(static_cast<std::uint64_t>(entry.expires_ms())) + number] = "";
  }
  if (entry.kind() == StoredEntry::KIND_ACCEPTED || entry.kind() == StoredEntry::KIND_RETURNED) {
    for (const char* table : {"offers", "expiring"})
      std::erase_if(bank[table], [&](const auto& each) { return each.first.ends_with(about); });
  }
}

StoredEntry SmallBackup::Between(char sender, char recipient, StoredEntry::Kind kind, std::int64_t zoobars,
                                 std::int64_t sender_after, std::int64_t recipient_after) {
  StoredEntry entry;
  entry.set_kind(kind);
  entry.set_sender(Id(sender));
  entry.set_recipient(Id(recipient));
  entry.set_zoobars(zoobars);
  entry.set_sender_after(sender_after);
  entry.set_recipient_after(recipient_after);
  return entry;
}

void SmallBackup::AddOfferAndCorrection() {
  StoredEntry offer = Between('a', 'b', StoredEntry::KIND_OFFER, 5, 2, 13);
  offer.set_expires_ms(1'000);
  AddEntry(std::move(offer));
  StoredEntry correction = Between('b', 'a', StoredEntry::KIND_CORRECTION, 3, 10, 5);
  correction.set_about(3);
  correction.set_note("paid to the wrong member");
  AddEntry(std::move(correction));
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
    return backup::MayBeMissing(role) || stores.contains(std::string(role));
  });
  if (whole) TRY_STATUS(contents.Compare());
  BackupManifest manifest = contents.manifest();
  manifest.set_format(backup::kFormat);
  TRY_STATUS(writer.Add(backup::kManifest, manifest.SerializeAsString()));
  return writer.End();
}

}  // namespace zoobar
