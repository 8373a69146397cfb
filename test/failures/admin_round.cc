// admin with its control socket, and stand-ins. An operator authenticates, looks, and acts.
#include <filesystem>

#include "failures/scenarios.h"
#include "roles/admin/fixture.h"

namespace zoobar::failures {
namespace {

class AdminWorker : public AdminFixture {
 public:
  // Everything is in this folder, because the process may die.
  explicit AdminWorker(const std::string& folder) {
    std::filesystem::remove_all(directory_.path());
    state_ = folder;
    mkdir((state_ + "/control").c_str(), 0700);
    site_.passed["control-listener"] = Listen();
    WriteSecret(std::string(kOperatorSecret) + "\n");
  }
  void TestBody() override {}
  using AdminFixture::Make;

  // What an operator does on a connection of their own. Returns whether all of it was answered.
  bool Operates(Round& round) {
    std::shared_ptr<Channel> channel;
    {
      const Pause pause;
      channel = Connect();
    }
    const std::string outcome = Authenticate(channel);
    if (outcome == "refused") round.Complain("the right secret is refused");
    bool answered = outcome == "accepted";
    if (answered) {
      answered = Answers(channel);
      const std::size_t recorded = recorder_.records.size(), told = site_.told.size();
      answered = Call<ReloadReply>(channel, ReloadRequest()).ok() && answered;
      if (site_.told.size() > told && recorder_.records.size() == recorded)
        round.Complain("an act was carried out that was not recorded");
    }
    Disconnect(channel);
    return answered;
  }
};

class AdminScenario : public Scenario {
 public:
  void Work(Round& round) override {
    std::unique_ptr<AdminWorker> worker;
    {
      const Pause pause;
      worker = std::make_unique<AdminWorker>(round.folder());
    }
    worker->Make();
    for (int i = 0; i < 2; ++i) (void)worker->Operates(round);
    round.Recover();
    if (!worker->Operates(round)) round.Complain("when nothing fails any more, the operator is not answered");
    round.End();
  }
};

}  // namespace

std::unique_ptr<Scenario> AdminRound() { return std::make_unique<AdminScenario>(); }

}  // namespace zoobar::failures
