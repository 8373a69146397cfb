// Stores that do not belong together are found: each rule of Contents, broken alone.
#include <gmock/gmock.h>

#include "backup/check.h"
#include "backup/contents.h"
#include "backup/small_backup.h"
#include "stored.pb.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class BackupContents : public testing::Test {
 protected:
  std::vector<std::string> Faults() {
    const std::string path = folder_.path() + "/backup";
    const Status written = small_.Write(path);
    if (!written.ok()) return {written.error().text};
    const auto checked = backup::Check(path, {});
    if (!checked.ok()) return {checked.error().text};
    const auto& faults = checked->manifest->sums().faults();
    return {faults.begin(), faults.end()};
  }
  Tables& Of(const std::string& role) { return small_.stores[role]; }

  SmallBackup small_;
  TemporaryDirectory folder_;
};

TEST_F(BackupContents, AreSound) { EXPECT_THAT(Faults(), ElementsAre()); }

TEST_F(BackupContents, AnAccountThatAuthDoesNotKnow) {
  Of("auth")["accounts"].erase(SmallBackup::Id('b'));
  Of("profile")["profiles"].erase(SmallBackup::Id('b'));
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("bank has an account that auth does not know")));
}

TEST_F(BackupContents, AJournalThatNotaryDidNotSign) {
  StoredHead head;
  head.set_size(2);
  head.set_root(std::string(32, 'r'));
  Of("notary")["head"]["last"] = head.SerializeAsString();
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("not the one whose head notary signed with 2 entries")));
  head.set_size(4);
  Of("notary")["head"]["last"] = head.SerializeAsString();
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("not the one whose head notary signed with 4 entries")));
  Of("notary").erase("head");
  EXPECT_THAT(Faults(), ElementsAre()) << "nothing was signed yet";
}

// Backups were made before the roles notary and course existed.
TEST_F(BackupContents, AreSoundWithoutNotaryAndCourse) {
  small_.stores.erase("notary");
  small_.stores.erase("course");
  EXPECT_THAT(Faults(), ElementsAre());
}

TEST_F(BackupContents, AProfileThatAuthDoesNotKnow) {
  Of("profile")["wall"][SmallBackup::Id('c') + "12345678"] = "post";
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("profile has a member that auth does not know")));
}

TEST_F(BackupContents, APasswordThatHoneycheckerDoesNotKnow) {
  Of("honeychecker")["indexes"].erase(Of("honeychecker")["indexes"].begin());
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("honeychecker does not know the password that auth has")));
}

TEST_F(BackupContents, ABalanceThatTheJournalDoesNotGive) {
  StoredBankAccount account;
  account.set_zoobars(8);
  Of("bank")["accounts"][SmallBackup::Id('a')] = account.SerializeAsString();
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("is not the one after its last entry"),
                                    HasSubstr("20 zoobars were issued, 21 are held, and 0 are in open offers")));
}

// With an open offer of a's, entry 4, and a correction, entry 5.
class BackupOffers : public BackupContents {
 protected:
  BackupOffers() { small_.AddOfferAndCorrection(); }
  void End(StoredEntry::Kind kind, std::uint64_t offer, std::int64_t zoobars, std::int64_t a_after,
           std::int64_t b_after) {
    StoredEntry end = SmallBackup::Between('a', 'b', kind, zoobars, a_after, b_after);
    end.set_about(offer);
    small_.AddEntry(std::move(end));
  }
};

TEST_F(BackupOffers, OpenAcceptedAndReturnedOnesAreSound) {
  EXPECT_THAT(Faults(), ElementsAre());
  SmallBackup open = small_;
  End(StoredEntry::KIND_ACCEPTED, 4, 5, 5, 15);
  EXPECT_THAT(Faults(), ElementsAre());
  small_ = open;
  End(StoredEntry::KIND_RETURNED, 4, 5, 10, 10);
  EXPECT_THAT(Faults(), ElementsAre());
}

TEST_F(BackupOffers, AreInTheManifest) {
  const std::string path = folder_.path() + "/backup";
  ASSERT_TRUE(small_.Write(path).ok());
  const auto checked = backup::Check(path, {});
  ASSERT_TRUE(checked.ok()) << checked.error().text;
  EXPECT_EQ(checked->manifest->sums().issued(), 20);
  EXPECT_EQ(checked->manifest->sums().held(), 15);
  EXPECT_EQ(checked->manifest->sums().offered(), 5);
}

TEST_F(BackupOffers, OneThatHoldsAnotherAmount) {
  auto& journal = Of("bank")["journal"];
  const auto offer = std::prev(journal.end(), 2);
  StoredEntry entry;
  ASSERT_TRUE(entry.ParseFromString(offer->second));
  entry.set_zoobars(6);
  offer->second = entry.SerializeAsString();
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("20 zoobars were issued, 15 are held, and 6 are in open offers")));
}

TEST_F(BackupOffers, AnEndOfNoOpenOffer) {
  SmallBackup open = small_;
  End(StoredEntry::KIND_RETURNED, 4, 5, 10, 10);
  End(StoredEntry::KIND_RETURNED, 4, 5, 10, 10);
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("entry 7 ends no open offer")));
  small_ = open;
  End(StoredEntry::KIND_ACCEPTED, 3, 5, 5, 15);  // a transfer
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("entry 6 ends no open offer"), HasSubstr("and 5 are in open offers")));
  small_ = open;
  End(StoredEntry::KIND_RETURNED, 4, 4, 9, 10);
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("entry 6 ends an offer of 5 zoobars with 4"),
                                    HasSubstr("19 are held, and 0 are in open offers")));
}

// The balance of the one who gets a correction, too, is the one after the last entry.
TEST_F(BackupOffers, ABalanceFromBeforeTheCorrection) {
  StoredBankAccount account;
  account.set_zoobars(2);
  Of("bank")["accounts"][SmallBackup::Id('a')] = account.SerializeAsString();
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("is not the one after its last entry"), HasSubstr("12 are held")));
}

TEST_F(BackupContents, AGapInTheJournal) {
  auto& journal = Of("bank")["journal"];
  journal.erase(std::next(journal.begin()));
  EXPECT_THAT(Faults(), testing::Contains(HasSubstr("entry 2 of the journal is not at its place")));
}

TEST_F(BackupContents, AValueThatCannotBeRead) {
  Of("bank")["journal"].rbegin()->second = "\xFF\xFF";
  EXPECT_THAT(Faults(), testing::Contains(HasSubstr("of journal is damaged")));
}

TEST_F(BackupContents, AStoreOfAnotherRole) {
  Of("profile")["format"] = Of("keys")["format"];
  Of("keys").erase("format");
  EXPECT_THAT(Faults(),
              ElementsAre(HasSubstr("profile: this is not its store"), HasSubstr("keys: this is not its store")));
}

// What LMDB would refuse when it is restored, or the manifest could not say, must not get into a backup.
TEST_F(BackupContents, NamesAndKeysThatZoobarDoesNotMakeAreRefused) {
  Of("keys")["\xFF"]["key"] = "value";
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("malformed")));
  Of("keys").erase("\xFF");
  Of("keys")["certificates"][std::string(512, 'k')] = "value";
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("malformed")));
  Of("keys").erase("certificates");
  EXPECT_THAT(Faults(), ElementsAre());
}

TEST_F(BackupContents, AStoreThatIsMissing) {
  small_.stores.erase("profile");
  EXPECT_THAT(Faults(), ElementsAre(HasSubstr("it ends before the store of profile")));
}

TEST_F(BackupContents, SaysNoMoreThanTwentyFaults) {
  for (int i = 0; i < 100; ++i) Of("profile")["profiles"][std::string(16, static_cast<char>(i + 100))] = "p";
  EXPECT_EQ(Faults().size(), 20u);
}

TEST_F(BackupContents, MalformedRecordsAreRefused) {
  backup::Contents contents;
  EXPECT_FALSE(contents.Take(backup::kTable, "accounts").ok()) << "a table without a store";
  EXPECT_FALSE(contents.Take(backup::kStoreBegins, "app").ok()) << "a role without a store";
  ASSERT_TRUE(contents.Take(backup::kStoreBegins, "bank").ok());
  EXPECT_FALSE(contents.Take(backup::kStoreBegins, "auth").ok()) << "a store in a store";
  EXPECT_FALSE(contents.Take(backup::kEntries, "").ok()) << "entries without a table";
  EXPECT_FALSE(contents.Take(backup::kSnapshot, "1234567").ok());
  ASSERT_TRUE(contents.Take(backup::kTable, "b").ok());
  EXPECT_FALSE(contents.Take(backup::kTable, "a").ok()) << "tables out of their order";
  const std::string entry = std::string("\2\0\1\0\0\0", 6) + "kkv";
  EXPECT_TRUE(contents.Take(backup::kEntries, entry).ok());
  EXPECT_FALSE(contents.Take(backup::kEntries, entry).ok()) << "a key twice";
  for (std::size_t length = 1; length < entry.size(); ++length)
    EXPECT_FALSE(contents.Take(backup::kEntries, entry.substr(0, length)).ok()) << length;
  EXPECT_FALSE(contents.Take('?', "").ok());
  EXPECT_FALSE(contents.Take(backup::kStoreEnds, std::string(32, 'x')).ok()) << "another hash";
}

}  // namespace
}  // namespace zoobar
