#include "roles/keys.h"

#include <sys/stat.h>
#include <unistd.h>

#include "ipc/try.h"
#include "site/store_counters.h"
#include "tls/certificate.h"
#include "tls/handshake_content.h"
#include "tls/installable.h"

namespace zoobar {
namespace {

constexpr FolderGrant kFolders[] = {{Folder::kStore, "installed certificates with their private keys"}};
constexpr CallGrant kCalls[] = {
    {Calls::kLoop, "to read calls and answer them"},
    {Calls::kStore, "the environment keys, and to read the files of certificates that the master has opened"},
    {Calls::kThreads, "the store's writer"},
};
constexpr Privileges kPrivileges = {
    .folders = kFolders,
    .calls = kCalls,
    .limits = {.open_files = 128, .file_bytes = std::uint64_t{1} << 40, .processes = 8},
};

constexpr Milliseconds kTicketClock{60000};  // how often keys that are too old are looked for

// Reads the whole file from its start. The master passes the same open file at each start of this role, so its offset
// is never used.
Result<Bytes> ReadPassed(const Fd& file, std::size_t most) {
  if (!file) return Error{"the file was not passed"};
  Bytes text;
  text.resize(most + 1);
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = pread(file.get(), text.data() + size, text.size() - size, static_cast<off_t>(size));
    if (count < 0) return Error::FromErrno("read");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > most) return Error::Of("the file has more than {} bytes", most);
  text.resize(size);
  return text;
}

Result<KeyPair> ReadPair(const Fd& chain, const Fd& key) {
  TRY(const Bytes chain_pem, ReadPassed(chain, kMaxChainBytes));
  TRY(const Bytes key_pem, ReadPassed(key, kMaxKeyBytes));
  return KeyPair::Read(View(chain_pem), View(key_pem), CERTIFICATE_CONFIGURED);
}

std::string NamesOf(const Certificate& about) {
  std::string names;
  for (const std::string& name : about.names()) names += (names.empty() ? "" : " ") + name;
  return names;
}

}  // namespace

Keys::Keys(Site& site, std::string folder)
    : site_(site),
      store_(MustHave(CertificateStore::Open(site.loop(), std::move(folder), site.config().store()))),
      ticket_clock_(site.loop()) {
  StartOpenssl();
  site.service().Handle(&Keys::Certificates, this);
  site.service().Handle(&Keys::Sign, this);
  site.service().Handle(&Keys::TicketKeys, this);
  site.service().Handle(&Keys::Install, this);
  LoadConfigured();
  LoadInstalled();
  ticket_clock_.StartEvery(kTicketClock, [this] {
    tickets_.Advance(MonotonicMicros() / 1000);
    ring_.Forget();
  });
  CountThings();
}

void Keys::LoadConfigured() {
  for (int i = 0; i < site_.config().tls_size(); ++i) {
    const Fd chain = site_.TakePassed(fmt::format("tls.{}.certificate", i));
    const Fd key = site_.TakePassed(fmt::format("tls.{}.key", i));
    Result<KeyPair> pair = ReadPair(chain, key);
    if (pair.ok()) {
      ring_.AddConfigured(std::move(*pair));
    } else {
      site_.log().Failure("certificate-unusable",
                          {{"file", site_.config().tls(i).certificate()}, {"why", pair.error().text}});
    }
  }
}

void Keys::LoadInstalled() {
  const CertificateStore::Contents stored = MustHave(store_->All());
  for (const std::string& why : stored.damaged) {
    site_.log().Failure("certificate-unusable", {{"file", "installed"}, {"why", why}});
  }
  for (const CertificateStore::Installed& installed : stored.installed) {
    Result<KeyPair> pair = KeyPair::Read(installed.chain, View(installed.key), CERTIFICATE_INSTALLED);
    if (pair.ok()) {
      ring_.Install(std::move(*pair));
    } else {
      site_.log().Failure("certificate-unusable", {{"file", "installed"}, {"why", pair.error().text}});
    }
  }
}

Task<Result<Outgoing<CertificatesReply>>> Keys::Certificates(Incoming<CertificatesRequest>) {
  CertificatesReply reply;
  for (const KeyPair& pair : ring_.in_use()) *reply.add_certificates() = pair.about;
  co_return reply;
}

Task<Result<Outgoing<SignReply>>> Keys::Sign(Incoming<SignRequest> call) {
  const SignRequest& request = call.message;
  SignReply reply;
  const KeyPair* const pair = ring_.Find(request.key_id());
  if (!pair) {
    reply.set_refusal(SignReply::REFUSAL_NO_SUCH_KEY);
    co_return reply;
  }
  const SignatureScheme* const scheme = FindScheme(request.scheme());
  const Status checked = scheme ? CheckHandshakeContent(*scheme, pair->about.kind(), request.content())
                                : Error::Of("no signature scheme {:#06x}", request.scheme());
  if (!checked.ok()) {
    ++refused_;
    site_.log().Security("signature-refused",
                         {{"instance", std::to_string(call.from.instance)}, {"why", checked.error().text}});
    co_return Error{checked.error()};
  }
  CO_TRY(std::string signature, SignContent(pair->key.get(), *scheme, request.content()));
  ++signed_;
  reply.set_signature(std::move(signature));
  co_return reply;
}

Task<Result<Outgoing<TicketKeysReply>>> Keys::TicketKeys(Incoming<TicketKeysRequest>) {
  Bytes secret;
  TicketKeysReply reply = tickets_.Give(MonotonicMicros() / 1000, secret);
  co_return Outgoing<TicketKeysReply>(std::move(reply), std::move(secret));
}

Task<Result<Outgoing<InstallReply>>> Keys::Install(Incoming<InstallRequest> call) {
  const InFlight::Call counted(in_flight_);
  InstallReply reply;
  Result<KeyPair> pair = KeyPair::Read(call.message.chain(), View(call.secret), CERTIFICATE_INSTALLED);
  Status allowed = pair.ok() ? CheckInstallable(pair->about, WallMillis() / 1000) : Status(pair.error());
  if (allowed.ok()) allowed = ring_.MayInstall(pair->about);
  if (!allowed.ok()) {
    reply.set_refused(allowed.error().text);
    co_return reply;
  }
  if (installing_) {
    reply.set_refused("another certificate is being installed; try again");
    co_return reply;
  }
  installing_ = true;
  CertificateStore::Installed stored;
  stored.id = pair->about.key_id();
  stored.installed_ms = WallMillis();
  stored.chain = std::move(*call.message.mutable_chain());
  stored.key = std::move(call.secret);
  auto putting = store_->Put(stored, ring_.InstalledReplacedBy(pair->about));
  const Status put = co_await putting;
  installing_ = false;
  if (!put.ok()) co_return Error{put.error()};
  *reply.mutable_installed() = pair->about;
  reply.set_replaced(static_cast<std::uint32_t>(ring_.Install(std::move(*pair))));
  ++installed_;
  site_.log().Security("certificate-installed",
                       {{"names", NamesOf(reply.installed())}, {"replaced", std::to_string(reply.replaced())}});
  site_.peer(ROLE_EDGE).SendToAll(CertificatesChangedRequest());
  co_return reply;
}

void Keys::CountThings() {
  site_.Count("certificates", [this] { return static_cast<std::int64_t>(ring_.in_use().size()); });
  site_.Count("certificates.first_end", [this] {
    const auto first =
        std::ranges::min_element(ring_.in_use(), {}, [](const KeyPair& pair) { return pair.about.not_after(); });
    return first == ring_.in_use().end() ? 0 : std::int64_t{first->about.not_after()};
  });
  site_.Count("certificates.installed", [this] { return installed_; });
  site_.Count("signatures", [this] { return signed_; });
  site_.Count("signatures.refused", [this] { return refused_; });
  site_.Count("ticket_keys", [this] { return static_cast<std::int64_t>(tickets_.size()); });
  CountStore(site_, store_->environment());
}

const RoleSpec kKeysRole = {
    .role = ROLE_KEYS,
    .several_instances = false,
    .privileges = kPrivileges,
    .make = [](Site& site) -> std::unique_ptr<RoleBody> {
      return std::make_unique<Keys>(site, site.folder(Folder::kStore));
    },
};

}  // namespace zoobar
