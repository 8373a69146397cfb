// The table of security events, the code that raises them, and docs/logs.md agree.
#include "roles/logger/kinds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace zoobar {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Kinds that a file below src/ passes to Security in a variable.
const std::multimap<std::string, std::string> kByVariable = {
    {"roles/auth/entrance.cc", "login-failed"},
    {"roles/auth/change.cc", "password-change-failed"},  // through Auth::Refuse, which is in entrance.cc
    {"roles/auth/operating.cc", "member-added"},
    {"roles/auth/operating.cc", "password-reset"},
    {"roles/auth/operating.cc", "account-locked-by-operator"},
    {"roles/auth/operating.cc", "account-unlocked"},
    {"roles/auth/operating.cc", "sessions-ended-by-operator"},
    {"roles/admin/connections.cc", "control-misbehaved"},
    {"roles/admin/connections.cc", "control-idle"}};

// All events that files below src/ raise as security events. The key is the file's path below src/.
std::multimap<std::string, std::string> Raised() {
  std::multimap<std::string, std::string> raised = kByVariable;
  // Matches what is between the bracket and the fields: a literal, a choice of literals, or a variable.
  static const std::regex call(R"((?:\.|->)Security\(\s*([^{;]*?)\s*(?:,\s*\{|\)\s*;))"),
      literal(R"re("([a-z0-9-]+)")re");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(ZOOBAR_SOURCE_DIR "/src")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string name = std::filesystem::relative(entry.path(), ZOOBAR_SOURCE_DIR "/src");
    const std::string text = ReadFile(entry.path());
    for (std::sregex_iterator found(text.begin(), text.end(), call), end; found != end; ++found) {
      const std::string what = (*found)[1];
      const std::sregex_iterator first(what.begin(), what.end(), literal);
      if (first == std::sregex_iterator()) {
        EXPECT_TRUE(kByVariable.contains(name)) << name << " raises " << what << ": which kinds are these?";
      }
      for (std::sregex_iterator each = first; each != std::sregex_iterator(); ++each) raised.emplace(name, (*each)[1]);
    }
  }
  return raised;
}

TEST(SecurityKinds, EverySecurityEventOfTheSourceIsInTheTable) {
  const auto raised = Raised();
  EXPECT_GT(raised.size(), 20u);
  for (const auto& [file, event] : raised) {
    EXPECT_TRUE(std::ranges::any_of(SecurityKinds(), [&](const SecurityKind& kind) { return kind.event == event; }))
        << file << " raises " << event << ", which src/roles/logger/kinds.cc does not classify";
  }
}

TEST(SecurityKinds, TheKindsHandedOnByNameAreStillNamedInTheirFiles) {
  for (const auto& [file, event] : kByVariable) {
    EXPECT_NE(ReadFile(std::string(ZOOBAR_SOURCE_DIR "/src/") + file).find('"' + event + '"'), std::string::npos)
        << file << " " << event;
  }
}

TEST(SecurityKinds, ThePageListsEachKindWithWhetherItIsAnAlarm) {
  const std::string page = ReadFile(ZOOBAR_SOURCE_DIR "/docs/logs.md");
  std::set<std::string> listed;
  static const std::regex row(R"re(\| `([a-z0-9-]+)` \| ([^|]+) \| (yes|no) \|)re");
  for (std::sregex_iterator found(page.begin(), page.end(), row), end; found != end; ++found) {
    listed.insert((*found)[1]);
    const auto kind = std::ranges::find(SecurityKinds(), (*found)[1].str(), &SecurityKind::event);
    ASSERT_NE(kind, SecurityKinds().end()) << (*found)[1] << " is on the page and not in the table";
    EXPECT_EQ(kind->alarm, (*found)[3] == "yes") << (*found)[1];
  }
  for (const SecurityKind& kind : SecurityKinds()) EXPECT_TRUE(listed.contains(std::string(kind.event))) << kind.event;
}

TEST(SecurityKinds, ARoleRaisesItsOwnKindsAlone) {
  for (const SecurityKind& kind : SecurityKinds()) {
    for (int role = ROLE_MASTER; role < Role_ARRAYSIZE; ++role) {
      const bool own = std::ranges::any_of(SecurityKinds(), [&](const SecurityKind& each) {
        return each.event == kind.event && (each.raised_by == role || each.raised_by == ROLE_UNSPECIFIED);
      });
      EXPECT_EQ(FindSecurityKind(static_cast<Role>(role), kind.event) != nullptr, own) << kind.event << " " << role;
    }
  }
  EXPECT_EQ(FindSecurityKind(ROLE_APP, "ledger-fault"), nullptr);
  EXPECT_EQ(FindSecurityKind(ROLE_BANK, "no-such-kind"), nullptr);
}

TEST(SecurityKinds, NoAlarmIsRaisedByTheRolesThatAnonymousClientsTalkTo) {
  for (const SecurityKind& kind : SecurityKinds()) {
    EXPECT_FALSE(kind.alarm && (kind.raised_by == ROLE_DISPATCHER || kind.raised_by == ROLE_APP)) << kind.event;
  }
}

}  // namespace
}  // namespace zoobar
