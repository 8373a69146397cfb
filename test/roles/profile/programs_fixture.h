// The role profile with a program that alice has saved, and with a stand-in for the sandbox.
#pragma once

#include <string>

#include "roles/profile/fixture.h"

namespace zoobar {

inline constexpr std::string_view kSource = "#!python\nprint('hello')\n";

class ProgramsFixture : public ProfileFixture {
 protected:
  void SetUp() override {
    Restart();
    WireSandbox();
    ASSERT_EQ(Save("alice", std::string(kSource)), SaveReply::OUTCOME_SAVED);
  }
  ShowRequest Visiting(std::string_view visitor = "bob", std::string_view owner = "alice") const {
    ShowRequest request;
    *request.mutable_ticket() = TicketOf(visitor, kVisitMethod, VisitDigest(Member(owner)));
    request.set_owner(Member(owner));
    request.set_owner_name(std::string(owner));
    return request;
  }
  ShowReply Show(std::string_view visitor = "bob") { return Ask<ShowReply>(app_, Visiting(visitor)); }
  TryReply Try(std::string text = std::string(kSource)) {
    TryRequest request;
    *request.mutable_ticket() = TicketOf("alice", kTryProgramMethod, TryProgramDigest(TextHash(text)));
    request.set_text(std::move(text));
    return Ask<TryReply>(app_, std::move(request));
  }
  OwnReply Own(std::string_view name = "alice", bool remove_files = false) {
    OwnRequest request;
    *request.mutable_ticket() = TicketOf(name, kOwnProgramMethod, OwnProgramDigest());
    request.set_remove_files(remove_files);
    return Ask<OwnReply>(app_, std::move(request));
  }
  bool Pause(const std::string& name, bool pause) {
    PauseRequest request;
    request.set_name(name);
    request.set_pause(pause);
    return Ask<PauseReply>(admin_, std::move(request)).found();
  }
  void Plays(PlayedRun run) {
    sandbox_.play = [run](const Program&) { return run; };
  }
  // A page of alice's program is answered, and the files of that run ("III" in "count") are held back until
  // sandbox_.LetEnd(0).
  void ShowAndHoldItsFiles() {
    Show();
    PlayedRun run;
    run.says_its_end = run.held = true;
    run.files = FilesOf("count", "III");
    Plays(run);
    EXPECT_EQ(Show().run(), ShowReply::RUN_DONE);
  }
  static ProgramFiles FilesOf(const std::string& path, const std::string& content) {
    ProgramFiles files;
    ProgramFiles::File& file = *files.add_files();
    file.set_path(path);
    file.set_content(content);
    return files;
  }
  std::int64_t Counter(const std::string& name) { return site_->counters.at(name)(); }
  // Waits until the sandbox got so many canaries, and then for one visit, so that profile has the last canary's result.
  void AwaitCanaries(int count) {
    site_->RunUntil([&] { return sandbox_.canaries >= count; });
    Show();
  }
};

}  // namespace zoobar
