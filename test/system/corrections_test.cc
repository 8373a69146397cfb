// `zoobar ctl correct` on a running site: the operator gives back what an entry of the journal has moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "live_site/live_site.h"
#include "live_site/page_text.h"

namespace zoobar {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kJournalPath[] = "/zoobar/index.cgi/journal";

class CorrectionsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(site_.Start()) << site_.Output(); }

  Ended Correct(std::uint64_t entry, const std::string& reason) const {
    return site_.Ctl({"correct", std::to_string(entry), "--reason=" + reason, "--yes"});
  }
  // The number of the member's newest entry.
  std::uint64_t Newest(const std::string& name) const {
    const Ended data = site_.Ctl({"member", "export", name});
    EXPECT_EQ(data.status, 0) << data.output;
    const std::string before = "\"number\": \"";
    const std::size_t at = data.output.find(before, data.output.find("\"journal\": ["));
    if (at == std::string::npos) return 0;
    return std::strtoull(data.output.c_str() + at + before.size(), nullptr, 10);
  }
  static std::string Journal(Browser& browser) { return PageText(browser.Get(kJournalPath).body); }
  std::string Verified() const {
    const Ended verified = site_.Ctl({"verify"});
    EXPECT_EQ(verified.status, 0) << verified.output;
    return verified.output;
  }

  LiveSite site_;
};

TEST_F(CorrectionsTest, ATransferIsGivenBackOnceAndBothSeeWhy) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob"), carol = site_.NewMember("carol");
  ASSERT_TRUE(alice.Pay("bob", "4").Has("Sent 4 zoobars"));
  const std::uint64_t paid = Newest("alice");
  const std::string correction = std::to_string(paid + 1);

  const Ended corrected = Correct(paid, "Meant for another Bob.");
  EXPECT_EQ(corrected.status, 0) << corrected.output;
  EXPECT_THAT(corrected.output, HasSubstr("Entry " + correction + " corrects entry " + std::to_string(paid) +
                                          ": bob gives 4 zoobars back to alice."));
  EXPECT_EQ(alice.Balance(), 10);
  EXPECT_EQ(bob.Balance(), 10);
  EXPECT_THAT(Journal(alice), HasSubstr("Meant for another Bob."));
  EXPECT_THAT(Journal(bob), HasSubstr("Meant for another Bob."));
  EXPECT_THAT(Journal(carol), Not(HasSubstr("Meant for another Bob.")));

  const Ended again = Correct(paid, "Once more.");
  EXPECT_EQ(again.status, 1) << again.output;
  EXPECT_THAT(again.output, HasSubstr("entry " + correction));
  EXPECT_EQ(alice.Balance(), 10);

  const Ended undone = Correct(paid + 1, "It was the right Bob.");
  EXPECT_EQ(undone.status, 0) << undone.output;
  EXPECT_THAT(undone.output, HasSubstr("alice gives 4 zoobars back to bob."));
  EXPECT_EQ(alice.Balance(), 6);
  EXPECT_EQ(bob.Balance(), 14);
  EXPECT_THAT(Journal(bob), HasSubstr("It was the right Bob."));
  EXPECT_THAT(Verified(), HasSubstr("issued 30, held 30, set aside in open offers 0"));
}

TEST_F(CorrectionsTest, TheLogsHaveTheActWithEntryAndReason) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  ASSERT_TRUE(alice.Pay("bob", "4").Has("Sent 4 zoobars"));
  const std::uint64_t paid = Newest("alice");
  ASSERT_EQ(Correct(paid, "Said \"twice\".").status, 0);
  const std::string audit = site_.Log("audit");
  EXPECT_THAT(audit, HasSubstr("\"act\":\"correct_entry\""));
  EXPECT_THAT(audit, HasSubstr("\"about\":\"entry " + std::to_string(paid) + "\",\"reason\":\"Said \\\"twice\\\".\""));
  const auto in_money_log = [&] {
    const std::string money = site_.Log("money");
    return money.find("\"event\":\"correction\"") != std::string::npos &&
           money.find("\"about\":\"" + std::to_string(paid) + "\",\"note\":\"Said \\\"twice\\\".\"") !=
               std::string::npos;
  };
  EXPECT_TRUE(Eventually(in_money_log)) << site_.Log("money");
  const Ended verified = site_.Ctl({"log", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.output;
  const Ended json = site_.Ctl({"member", "export", "bob"});
  EXPECT_THAT(json.output, HasSubstr("\"note\": \"Said \\\"twice\\\".\""));
}

TEST_F(CorrectionsTest, WhatCannotBeGivenBackIsRefusedAndNothingMoves) {
  Browser alice = site_.NewMember("alice");
  const std::uint64_t opened = Newest("alice");
  Browser bob = site_.NewMember("bob"), carol = site_.NewMember("carol");
  ASSERT_TRUE(alice.Pay("bob", "10").Has("Sent 10 zoobars"));
  const std::uint64_t paid = Newest("alice");
  ASSERT_TRUE(bob.Pay("carol", "15").Has("Sent 15 zoobars"));

  const Ended spent = Correct(paid, "Alice asks for it.");
  EXPECT_EQ(spent.status, 1) << spent.output;
  EXPECT_THAT(spent.output, HasSubstr("bob holds only 5"));
  EXPECT_THAT(Correct(opened, "why").output, HasSubstr("opened an account"));
  const Ended none = Correct(99'999, "why");
  EXPECT_EQ(none.status, 1) << none.output;
  EXPECT_THAT(none.output, HasSubstr("there is no entry 99999"));

  const Ended unsure = site_.Ctl({"correct", std::to_string(paid), "--reason=why"});
  EXPECT_EQ(unsure.status, 2) << unsure.output;
  EXPECT_THAT(unsure.output, HasSubstr("--yes"));
  EXPECT_EQ(Correct(paid, std::string(201, 'x')).status, 2);
  EXPECT_EQ(Correct(paid, "\xFF").status, 2);
  const std::string other = site_.scratch() + "/other.key";
  std::ofstream(other) << std::string(43, 'A') << '\n';
  const Ended forged = site_.Ctl({"correct", std::to_string(paid), "--reason=why", "--yes", "--operator-key=" + other});
  EXPECT_EQ(forged.status, 3) << forged.output;

  EXPECT_EQ(alice.Balance(), 0);
  EXPECT_EQ(bob.Balance(), 5);
  EXPECT_EQ(carol.Balance(), 25);
  EXPECT_THAT(Journal(alice), Not(HasSubstr("Alice asks for it.")));
  Verified();
}

// A statement has the correction, and whoever checks it offline finds it sound.
TEST_F(CorrectionsTest, AStatementWithACorrectionIsSound) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  ASSERT_TRUE(alice.Pay("bob", "4").Has("Sent 4 zoobars"));
  ASSERT_EQ(Correct(Newest("alice"), "Paid twice.").status, 0);
  const Ended key = site_.Ctl({"journal", "key"});
  ASSERT_EQ(key.status, 0) << key.output;
  const std::string file = site_.scratch() + "/statement.json";
  std::ofstream(file) << bob.Get("/zoobar/index.cgi/statement?format=json").body;
  EXPECT_THAT(ReadWhole(file), HasSubstr("Paid twice."));
  const Ended checked = Execute({"verify-statement", file, "--key", key.output.substr(0, key.output.find('\n'))});
  EXPECT_EQ(checked.status, 0) << checked.output;
}

TEST_F(CorrectionsTest, ABackupWithACorrectionIsWhole) {
  Browser alice = site_.NewMember("alice"), bob = site_.NewMember("bob");
  ASSERT_TRUE(alice.Pay("bob", "4").Has("Sent 4 zoobars"));
  ASSERT_EQ(Correct(Newest("alice"), "Paid twice.").status, 0);
  const std::string file = site_.scratch() + "/backup";
  const Ended backup = site_.Ctl({"backup", file});
  ASSERT_EQ(backup.status, 0) << backup.output;
  EXPECT_THAT(backup.output, HasSubstr("20 issued, 20 held, 0 in open offers"));
  const Ended whole = Execute({"verify-backup", file});
  EXPECT_EQ(whole.status, 0) << whole.output;
}

}  // namespace
}  // namespace zoobar
