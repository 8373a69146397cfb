// All scenarios. Each is in a file of its own, NAME_round.cc or a file that several share.
#pragma once

#include <memory>
#include <span>

#include "failures/round.h"

namespace zoobar::failures {

std::unique_ptr<Scenario> BankRound();
std::unique_ptr<Scenario> AuthRound();
std::unique_ptr<Scenario> ProfileRound();
std::unique_ptr<Scenario> LoggerRound();
std::unique_ptr<Scenario> NotaryRound();
std::unique_ptr<Scenario> KeysRound();
std::unique_ptr<Scenario> SanitizerRound();
std::unique_ptr<Scenario> StaticRound();
std::unique_ptr<Scenario> EchoRound();
std::unique_ptr<Scenario> AppRound();
std::unique_ptr<Scenario> LoginRound();
std::unique_ptr<Scenario> DispatcherRound();
std::unique_ptr<Scenario> AdminRound();
std::unique_ptr<Scenario> MasterRound();
std::unique_ptr<Scenario> BackupRound();

struct Named {
  const char* name;
  std::unique_ptr<Scenario> (*make)();
};
inline constexpr Named kScenarios[] = {
    {"bank", BankRound},     {"auth", AuthRound},     {"profile", ProfileRound},     {"logger", LoggerRound},
    {"notary", NotaryRound}, {"keys", KeysRound},     {"sanitizer", SanitizerRound}, {"static", StaticRound},
    {"echo", EchoRound},     {"app", AppRound},       {"login", LoginRound},         {"dispatcher", DispatcherRound},
    {"admin", AdminRound},   {"master", MasterRound}, {"backup", BackupRound},
};

}  // namespace zoobar::failures
