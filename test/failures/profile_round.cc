// profile, with stand-ins for sandbox, sanitizer and bank: texts and a program are saved, shown, tried and erased, and the
// program's files are taken back.
#include "failures/scenarios.h"
#include "roles/profile/fixture.h"

namespace zoobar::failures {
namespace {

constexpr const char *kFirstText = "the first text", *kSecondText = "the second text";
constexpr const char *kProgram = "#!python\nprint('hello')\n", *kCount = "III";

class ProfileWorker : public ProfileFixture {
 public:
  ProfileWorker() { rmdir(folder_.path().c_str()); }  // it has the round's folder, and may die
  void TestBody() override {}
  ~ProfileWorker() override { Stop(); }

  // As ProfileFixture::Restart, for the store in this folder.
  void Begin(const std::string& folder) {
    site_ = std::make_unique<FakeSite>();
    site_->ticket_keys = keys_;
    site_->settings.mutable_store()->set_map_bytes(1 << 16);
    Profile::Options options;
    options.folder = folder;
    options.clock = [this] { return now_; };
    options.allow_list_version = sanitizer_.version;
    profile_ = std::make_unique<Profile>(*site_, options);
    {
      const Pause pause;
      site_->Connect(ROLE_PROFILE, ROLE_SANITIZER, sanitizer_.service);
      site_->Connect(ROLE_PROFILE, ROLE_BANK, bank_.service);
      app_ = site_->CallAs(ROLE_APP, ROLE_PROFILE);
      login_ = site_->CallAs(ROLE_LOGIN, ROLE_PROFILE);
      admin_ = site_->CallAs(ROLE_ADMIN, ROLE_PROFILE);
      ProgramFiles files;
      ProgramFiles::File& file = *files.add_files();
      file.set_path("count");
      file.set_content(kCount);
      sandbox_.play = [files](const Program&) {
        PlayedRun run{"output", "a warning"};
        run.files = files;
        return run;
      };
    }
    WireSandbox();
  }

  template <typename Reply, typename Request>
  Result<Incoming<Reply>> Call(Channel& channel, Request request) {
    return site_->Wait(channel.Call<Reply>(std::move(request)));
  }
  bool Saves(std::string_view name, const std::string& text) {
    const auto reply = Call<SaveReply>(*app_, Asking(name, text));
    lied_ = lied_ || (reply.ok() && reply->message.outcome() != SaveReply::OUTCOME_SAVED &&
                      reply->message.outcome() != SaveReply::OUTCOME_BUSY);
    return reply.ok() && reply->message.outcome() == SaveReply::OUTCOME_SAVED;
  }
  // Nullopt: an Error.
  std::optional<GetReply> Gets(std::string_view name) {
    GetRequest request;
    request.set_member(Member(name));
    request.set_source(true);
    auto reply = Call<GetReply>(*app_, std::move(request));
    if (!reply.ok()) return std::nullopt;
    return std::move(reply->message);
  }
  ShowReply::Run Shows() {
    ShowRequest request;
    *request.mutable_ticket() = TicketOf("bob", kVisitMethod, VisitDigest(Member("alice")));
    request.set_owner(Member("alice"));
    request.set_owner_name("alice");
    const auto reply = Call<ShowReply>(*app_, std::move(request));
    return reply.ok() ? reply->message.run() : ShowReply::RUN_UNSPECIFIED;
  }
  void Tries() {
    TryRequest request;
    *request.mutable_ticket() = TicketOf("alice", kTryProgramMethod, TryProgramDigest(TextHash(kProgram)));
    request.set_text(kProgram);
    (void)Call<TryReply>(*app_, std::move(request));
  }
  // read: the file to read.
  std::optional<OwnReply> Owns(const std::string& read = "") {
    OwnRequest request;
    *request.mutable_ticket() = TicketOf("alice", kOwnProgramMethod, OwnProgramDigest());
    request.set_read(read);
    auto reply = Call<OwnReply>(*app_, std::move(request));
    if (!reply.ok()) return std::nullopt;
    return std::move(reply->message);
  }
  bool Erases(std::string_view name) {
    EraseRequest request;
    *request.mutable_ticket() = TicketOf(name, kEraseProfileMethod, EraseProfileDigest());
    const auto reply = Call<EraseReply>(*login_, std::move(request));
    return reply.ok() && !reply->message.ticket_refused();
  }
  bool Pauses(const std::string& name, bool pause) {
    PauseRequest request;
    request.set_name(name);
    request.set_pause(pause);
    const auto reply = Call<PauseReply>(*admin_, std::move(request));
    return reply.ok() && reply->message.found();
  }
  bool lied() const { return lied_; }

 private:
  bool lied_ = false;  // a good text was refused for a reason that is not true
  std::shared_ptr<Channel> login_;
};

// The worker itself is the test's own.
std::unique_ptr<ProfileWorker> NewProfileWorker() {
  const Pause pause;
  return std::make_unique<ProfileWorker>();
}

class ProfileScenario : public Scenario {
 public:
  void Prepare(Round& round) override {
    const auto owned = NewProfileWorker();
    ProfileWorker& worker = *owned;
    worker.Begin(round.folder());
    EXPECT_TRUE(worker.Saves("alice", kProgram));
    for (const char* name : {"bob", "carol"}) EXPECT_TRUE(worker.Saves(name, kFirstText));
  }

  void Work(Round& round) override {
    const auto owned = NewProfileWorker();
    ProfileWorker& worker = *owned;
    worker.Begin(round.folder());
    round.Acknowledge("saving");
    if (worker.Saves("bob", kSecondText)) round.Acknowledge("saved");
    if (const auto bob = worker.Gets("bob"); bob && bob->kind() != GetReply::KIND_HTML)
      round.Complain("bob's profile is not shown");
    (void)worker.Shows();
    worker.Tries();
    (void)worker.Owns();
    if (worker.Pauses("alice", true)) round.Acknowledge("paused");
    round.Acknowledge("erasing");
    if (worker.Erases("carol")) round.Acknowledge("erased");
    round.Recover();
    if (!worker.Saves("dave", kFirstText)) round.Complain("when nothing fails any more, no profile can be saved");
    if (const auto dave = worker.Gets("dave"); !dave || dave->source() != kFirstText)
      round.Complain("when nothing fails any more, a saved profile is not shown");
    if (!worker.Pauses("alice", false)) round.Complain("when nothing fails any more, no program can be paused");
    if (const ShowReply::Run run = worker.Shows(); run != ShowReply::RUN_DONE && run != ShowReply::RUN_NO_WALLS)
      round.Complain(fmt::format("when nothing fails any more, a program is answered {}", ShowReply::Run_Name(run)));
    round.Acknowledge("dave");
    if (worker.lied()) round.Complain("a profile is refused, and the reason is not true");
    round.End();
  }

  void Check(Round& round) override {
    const auto owned = NewProfileWorker();
    ProfileWorker& worker = *owned;
    worker.Begin(round.folder());
    const auto bob = worker.Gets("bob"), carol = worker.Gets("carol"), alice = worker.Gets("alice");
    ASSERT_TRUE(bob && carol && alice);
    EXPECT_TRUE(bob->source() == kSecondText || (bob->source() == kFirstText && !round.acknowledged("saved")))
        << bob->source();
    EXPECT_EQ(bob->html(), fmt::format("[1 {}]", bob->source()));
    EXPECT_EQ(alice->source(), kProgram);
    EXPECT_TRUE(carol->kind() == GetReply::KIND_EMPTY ||
                (carol->source() == kFirstText && !round.acknowledged("erased")))
        << carol->source();
    if (round.acknowledged("dave")) {
      EXPECT_EQ(worker.Gets("dave").value_or(GetReply()).source(), kFirstText);
    }
    const auto own = worker.Owns();
    ASSERT_TRUE(own);
    if (round.acknowledged("paused") && !round.acknowledged("dave")) {
      EXPECT_TRUE(own->state().paused());
    }
    for (const auto& file : own->files()) {
      EXPECT_EQ(file.path(), "count");
      EXPECT_EQ(worker.Owns("count").value_or(OwnReply()).content(), kCount);
    }
    EXPECT_TRUE(worker.Pauses("alice", false));
    EXPECT_EQ(worker.Shows(), ShowReply::RUN_DONE);
    EXPECT_TRUE(worker.Saves("bob", "a third text"));
    EXPECT_EQ(worker.Gets("bob").value_or(GetReply()).source(), "a third text");
  }

  int seconds() const override { return 90; }  // a lost run is given up after 65 seconds
};

}  // namespace

std::unique_ptr<Scenario> ProfileRound() { return std::make_unique<ProfileScenario>(); }

}  // namespace zoobar::failures
