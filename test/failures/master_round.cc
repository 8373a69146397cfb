// What the master and `zoobar ctl` do with files: the configuration, secrets, files that are replaced as a whole, new files,
// listening sockets. A file has its old or its new content, and an Error says what was wrong.
#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "config/config.h"
#include "failures/scenarios.h"
#include "ipc/try.h"
#include "master/listeners.h"
#include "master/secret_file.h"
#include "master/whole_file.h"
#include "operator/new_file.h"

namespace zoobar::failures {
namespace {

constexpr const char* kOldContent = "the old content\n";

std::string NewContent() { return std::string(10'000, 'n') + "\n"; }

std::string WholeContent(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class MasterScenario : public Scenario {
 public:
  void Prepare(Round& round) override {
    std::ofstream(round.folder() + "/whole") << kOldContent;
    std::ofstream(round.folder() + "/secret") << "secret\n";
    std::ofstream(round.folder() + "/zoobar.textproto") << "listen { address: \"127.0.0.1\" port: 0 }\n";
  }

  void Work(Round& round) override {
    DoAll(round, [](const char*, const Status&) {});
    round.Recover();
    unlink((round.folder() + "/new").c_str());
    DoAll(round, [&round](const char* what, const Status& status) {
      if (!status.ok())
        round.Complain(fmt::format("when nothing fails any more, {} fails: {}", what, status.error().text));
    });
    round.End();
  }

  void Check(Round& round) override {
    const std::string whole = WholeContent(round.folder() + "/whole");
    EXPECT_TRUE(whole == NewContent() || (whole == kOldContent && !round.acknowledged("whole"))) << whole.size();
    if (round.acknowledged("new")) {
      EXPECT_EQ(WholeContent(round.folder() + "/new"), NewContent());
    }
    EXPECT_TRUE(WriteWhole(round.folder() + "/whole", kOldContent).ok());
    EXPECT_EQ(WholeContent(round.folder() + "/whole"), kOldContent);
  }

 private:
  using See = std::function<void(const char* what, const Status& status)>;

  static Status Configure(const std::string& folder) {
    const Fd directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return Error::FromErrno(folder);
    ConfigSources sources;
    sources.file = folder + "/zoobar.textproto";
    TRY(sources.text, ReadConfigFile(directory.get(), "zoobar.textproto"));
    TRY(const Config config, CompleteConfig(sources));
    TRY(const Fd listener, BindListener(config.listen(0)));
    return {};
  }
  static Status MakeNew(const std::string& path) {
    TRY(const Fd file, NewFile(path));
    return WriteTo(file, path, NewContent());
  }

  static void DoAll(Round& round, const See& see) {
    const auto done = [&](const char* what, const Status& status) {
      if (status.ok()) round.Acknowledge(what);
      // "Success" and an empty text say nothing.
      if (!status.ok() && (status.error().text.empty() || status.error().text.ends_with(": Success")))
        round.Complain(fmt::format("{} fails, and gives no reason: \"{}\"", what, status.error().text));
      see(what, status);
    };
    const Result<Bytes> secret = ReadSecretFile(round.folder() + "/secret");
    if (secret.ok() && View(*secret) != "secret") round.Complain("a part of the secret was read");
    done("secret", secret.ok() ? Status() : Status(secret.error()));
    done("whole", WriteWhole(round.folder() + "/whole", NewContent()));
    done("new", MakeNew(round.folder() + "/new"));
    done("configuration", Configure(round.folder()));
  }
};

}  // namespace

std::unique_ptr<Scenario> MasterRound() { return std::make_unique<MasterScenario>(); }

}  // namespace zoobar::failures
