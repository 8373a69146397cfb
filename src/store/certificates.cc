#include "store/certificates.h"

#include <algorithm>
#include <optional>

#include "ipc/secrets.h"
#include "ipc/try.h"
#include "store/keys.h"

namespace zoobar {
namespace {

// Returns nothing if the value is damaged.
std::optional<CertificateStore::Installed> Unpacked(std::string_view id, std::string_view value) {
  const Bytes packed = ToBytes(value);
  const auto unpacked = UnpackSecrets(packed, 3);
  if (!unpacked.ok() || (*unpacked)[0].size() != kNumberSize) return std::nullopt;
  const std::vector<std::string_view>& pieces = *unpacked;
  CertificateStore::Installed installed;
  installed.id = id;
  installed.installed_ms = static_cast<std::int64_t>(NumberOf(pieces[0]));
  installed.chain = pieces[1];
  installed.key = ToBytes(pieces[2]);
  return installed;
}

}  // namespace

Result<std::unique_ptr<CertificateStore>> CertificateStore::Open(Loop& loop, std::string folder,
                                                                 const Config::Store& config) {
  auto options = EnvironmentOptions::Of(std::move(folder), "keys", {"certificates"}, config);
  TRY(std::unique_ptr<Environment> environment, Environment::Open(loop, std::move(options)));
  return std::unique_ptr<CertificateStore>(new CertificateStore(std::move(environment)));
}

Result<CertificateStore::Contents> CertificateStore::All() {
  return environment_->Read([&](ReadTransaction& tx) -> Result<Contents> {
    Contents all;
    Cursor cursor(tx, certificates_);
    for (bool at = cursor.First(); at; at = cursor.Next()) {
      auto installed = Unpacked(cursor.key(), cursor.value());
      if (installed) {
        all.installed.push_back(std::move(*installed));
      } else {
        all.damaged.push_back(fmt::format("{}: the entry {} is damaged", certificates_.name, ToHex(cursor.key())));
      }
    }
    std::ranges::stable_sort(all.installed, {}, &Installed::installed_ms);
    return all;
  });
}

Task<Status> CertificateStore::Put(const Installed& fresh, std::vector<std::string> replaced) {
  const std::string when = NumberKey(static_cast<std::uint64_t>(fresh.installed_ms));
  const Bytes packed = PackSecrets({when, fresh.chain, View(fresh.key)});
  auto act = [this, &fresh, &packed, &replaced](WriteTransaction& tx) -> Status {
    for (const std::string& id : replaced) tx.Delete(certificates_, id);
    tx.Put(certificates_, fresh.id, View(packed));
    return {};
  };
  co_return co_await environment_->Write(std::move(act));
}

}  // namespace zoobar
