// notary beside a real bank, and keys: roles that sign. What they have signed or installed must be there afterwards.
#include <sys/mman.h>

#include <fstream>
#include <iterator>

#include "failures/scenarios.h"
#include "journal/checkpoint.h"
#include "roles/bank.h"
#include "roles/keys.h"
#include "roles/notary.h"
#include "site/fake_site.h"
#include "site/ticket.h"
#include "tls/certificate.h"
#include "tls/test_keys.h"

namespace zoobar::failures {
namespace {

constexpr std::int64_t kSealingNow = 1'764'472'514'000;

class NotaryWorker {
 public:
  explicit NotaryWorker(const std::string& folder) {
    site_.settings.mutable_notary()->set_sign_seconds(1000);
    site_.settings.mutable_store()->set_map_bytes(1 << 16);
    site_.settings.mutable_bank()->set_initial_zoobars(10);
    bank_ = std::make_unique<Bank>(site_, folder + "/bank", [] { return kSealingNow; });
    site_.Connect(ROLE_NOTARY, ROLE_BANK, site_.service());
    notary_ = std::make_unique<Notary>(site_, folder + "/notary", [] { return kSealingNow; });
    const Pause pause;
    app_ = site_.CallAs(ROLE_APP, ROLE_NOTARY);
    to_bank_ = site_.CallAs(ROLE_APP, ROLE_BANK);
  }
  ~NotaryWorker() {
    app_.reset();
    to_bank_.reset();
    notary_.reset();
    bank_.reset();
  }
  // Opens an account, which is one more entry.
  void AddEntry(const std::string& name) {
    TicketBody body;
    std::string id = name;
    id.resize(kMemberIdSize, '.');
    body.set_member(id);
    body.set_name(name);
    body.set_audience(ROLE_BANK);
    body.set_method(std::string(kOpenAccountMethod));
    body.set_digest(OpenAccountDigest());
    body.set_id(ActId("", ""));
    body.set_expires_ms(kSealingNow + kTicketLifetimeMs);
    OpenAccountRequest request;
    *request.mutable_ticket() = MakeTicket(site_.ticket_keys.at(ROLE_BANK), body);
    (void)site_.Wait(to_bank_->Call<OpenAccountReply>(std::move(request)));
  }
  // Size 0: there was no answer, or nothing is signed.
  CheckpointReply Ask(std::uint64_t at_least) {
    CheckpointRequest request;
    request.set_at_least(at_least);
    auto reply = site_.Wait(app_->Call<CheckpointReply>(request));
    return reply.ok() ? std::move(reply->message) : CheckpointReply();
  }
  bool forked() const { return !site_.lines.Named("journal-fork").empty(); }

 private:
  FakeSite site_;
  std::unique_ptr<Bank> bank_;
  std::unique_ptr<Notary> notary_;
  std::shared_ptr<Channel> app_, to_bank_;
};

class NotaryScenario : public Scenario {
 public:
  void Prepare(Round& round) override {
    for (const char* name : {"/bank", "/notary"}) EXPECT_EQ(mkdir((round.folder() + name).c_str(), 0700), 0);
    NotaryWorker worker(round.folder());
    worker.AddEntry("alice");
    EXPECT_EQ(worker.Ask(1).size(), 1u);
  }
  void Work(Round& round) override {
    NotaryWorker worker(round.folder());
    for (std::uint64_t size = 2; size <= 4; ++size) {
      worker.AddEntry(fmt::format("member {}", size));
      const CheckpointReply reply = worker.Ask(size);
      if (reply.size() > 0) round.Acknowledge(fmt::format("{} {}", reply.key(), reply.size()));
    }
    round.Recover();
    worker.AddEntry("the last");
    const CheckpointReply last = worker.Ask(2);
    if (last.size() < 2) round.Complain("when nothing fails any more, notary signs nothing");
    round.Acknowledge(fmt::format("{} {}", last.key(), last.size()));
    if (worker.forked()) round.Complain("notary says that bank lies, which it does not");
    round.End();
  }
  void Check(Round& round) override {
    NotaryWorker worker(round.folder());
    const CheckpointReply kept = worker.Ask(0);
    for (const std::string& signed_head : round.Acknowledged("")) {
      const std::size_t space = signed_head.rfind(' ');
      EXPECT_EQ(signed_head.substr(0, space), kept.key());
      EXPECT_LE(std::stoull(signed_head.substr(space)), kept.size()) << "a signed head is forgotten";
    }
    worker.AddEntry("one more");
    const CheckpointReply next = worker.Ask(kept.size() + 1);
    EXPECT_GT(next.size(), kept.size());
    const auto key = journal::PublicKey::Parse(next.key());
    ASSERT_TRUE(key.ok());
    const auto opened = journal::OpenCheckpoint(next.checkpoint(), *key);
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    EXPECT_EQ(opened->size, next.size());
    EXPECT_FALSE(worker.forked());
  }
};

std::string ContentOf(const std::string& path) {
  const Pause pause;
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Fd MemoryOf(std::string_view content) {
  Fd file(memfd_create("pem", MFD_CLOEXEC));
  EXPECT_EQ(write(file.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
  return file;
}

// A key of the configuration, and one that is installed.
class KeysWorker {
 public:
  explicit KeysWorker(const std::string& folder) : folder_(folder) {
    {
      const Pause pause;
      site_.settings.add_tls()->set_certificate("file.pem");
      site_.passed["tls.0.certificate"] = MemoryOf(ContentOf(folder + "/configured.chain"));
      site_.passed["tls.0.key"] = MemoryOf(ContentOf(folder + "/configured.key"));
    }
    site_.settings.mutable_store()->set_map_bytes(1 << 16);
    keys_ = std::make_unique<Keys>(site_, folder + "/store");
    const Pause pause;
    edge_ = site_.CallAs(ROLE_EDGE, ROLE_KEYS);
    admin_ = site_.CallAs(ROLE_ADMIN, ROLE_KEYS);
  }
  ~KeysWorker() {
    edge_.reset();
    admin_.reset();
    keys_.reset();
  }
  bool Installs() {
    InstallRequest request;
    request.set_chain(ContentOf(folder_ + "/installed.chain"));
    const auto reply =
        site_.Wait(admin_->Call<InstallReply>(std::move(request), ToBytes(ContentOf(folder_ + "/installed.key"))));
    return reply.ok() && reply->message.refused().empty();
  }
  // How many certificates there are; -1: an Error.
  int Certificates() {
    const auto reply = site_.Wait(edge_->Call<CertificatesReply>(CertificatesRequest()));
    return reply.ok() ? reply->message.certificates_size() : -1;
  }
  // Whether it signs a handshake with this key.
  bool Signs(const char* name) {
    SignRequest request;
    {
      const Pause pause;
      request.set_key_id(MustHave(ReadChain(ContentOf(folder_ + "/" + name + ".chain"))).key_id());
    }
    request.set_scheme(0x0403);
    request.set_content(std::string(64, ' ') + "TLS 1.3, server CertificateVerify" + std::string(1, '\0') +
                        std::string(32, 'h'));
    const auto reply = site_.Wait(edge_->Call<SignReply>(std::move(request)));
    return reply.ok() && !reply->message.signature().empty();
  }
  // How many certificates could not be read when it started.
  int unusable() const { return static_cast<int>(site_.lines.Named("certificate-unusable").size()); }
  void AskForTickets() { (void)site_.Wait(edge_->Call<TicketKeysReply>(TicketKeysRequest())); }
  bool alarmed() const { return !site_.lines.Named("signature-refused").empty(); }

 private:
  const std::string folder_;
  FakeSite site_;
  std::unique_ptr<Keys> keys_;
  std::shared_ptr<Channel> edge_, admin_;
};

class KeysScenario : public Scenario {
 public:
  void Prepare(Round& round) override {
    EXPECT_EQ(mkdir((round.folder() + "/store").c_str(), 0700), 0);
    for (const char* name : {"configured", "installed"}) {
      const TestKey made = SelfSigned(NewEcKey(), fmt::format("DNS:{}.example.org", name));
      std::ofstream(round.folder() + "/" + name + ".chain") << made.chain;
      std::ofstream(round.folder() + "/" + name + ".key") << View(made.key);
    }
    KeysWorker worker(round.folder());
    EXPECT_EQ(worker.Certificates(), 1);
  }
  void Work(Round& round) override {
    KeysWorker worker(round.folder());
    (void)worker.Signs("configured");
    if (worker.Installs()) round.Acknowledge("installed");
    const int usable = 2 - worker.unusable();
    if (const int count = worker.Certificates(); round.acknowledged("installed") && count >= 0 && count != usable)
      round.Complain(fmt::format("a certificate was installed, and there are {}", count));
    worker.AskForTickets();
    round.Recover();
    if (usable == 2 && !worker.Signs("configured")) round.Complain("when nothing fails any more, keys does not sign");
    if (!worker.Installs()) round.Complain("when nothing fails any more, no certificate can be installed");
    round.Acknowledge("installed");
    if (!worker.Signs("installed")) round.Complain("it does not sign with an installed key");
    if (worker.alarmed()) round.Complain("an honest handshake is an alarm");
    round.End();
  }
  void Check(Round& round) override {
    KeysWorker worker(round.folder());
    const int count = worker.Certificates();
    EXPECT_TRUE(count == 2 || (count == 1 && !round.acknowledged("installed"))) << count << " certificates";
    EXPECT_TRUE(worker.Signs("configured"));
    EXPECT_TRUE(worker.Installs());
    EXPECT_EQ(worker.Certificates(), 2);
    EXPECT_TRUE(worker.Signs("installed"));
  }
};

}  // namespace

std::unique_ptr<Scenario> NotaryRound() { return std::make_unique<NotaryScenario>(); }
std::unique_ptr<Scenario> KeysRound() { return std::make_unique<KeysScenario>(); }

}  // namespace zoobar::failures
