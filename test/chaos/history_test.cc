// What the checker of histories finds, and that it finds nothing in a history that is right.
#include "chaos/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace zoobar::chaos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    history_.initial_zoobars = 100;
    history_.members = {"alice", "bob"};
    Add(kOpened, "", "alice", 100);
    Add(kOpened, "", "bob", 100);
  }

  std::uint64_t Add(std::uint32_t kind, const std::string& from, const std::string& to, std::int64_t zoobars,
                    std::uint64_t about = 0, const std::string& note = {}) {
    journal_.push_back({journal_.size() + 1, kind, from, to, zoobars, about, note});
    return journal_.size();
  }
  // A payment from Alice to Bob that was asked for and acknowledged at these times.
  void Paid(Moment invoked, Moment returned, std::int64_t zoobars, Outcome outcome = Outcome::kAcknowledged) {
    history_.payments.push_back({invoked, returned, "alice", "bob", zoobars, false, outcome});
  }
  void Offered(Moment invoked, Moment returned, std::int64_t zoobars, Outcome outcome = Outcome::kAcknowledged) {
    history_.payments.push_back({invoked, returned, "alice", "bob", zoobars, true, outcome});
  }
  void Saw(const std::string& member, Moment invoked, Moment returned, std::int64_t zoobars) {
    history_.reads.push_back({invoked, returned, member, zoobars});
  }
  Verdict Checked() const { return Check(history_, journal_); }
  // The history must be wrong, with these words.
  void ExpectFault(const std::string& words, std::size_t lost, std::size_t doubled) const {
    const Verdict verdict = Checked();
    EXPECT_THAT(verdict.faults, testing::Contains(HasSubstr(words)));
    EXPECT_EQ(verdict.lost, lost);
    EXPECT_EQ(verdict.doubled, doubled);
  }

  History history_;
  std::vector<Entry> journal_;
};

TEST_F(HistoryTest, WhatWasAcknowledgedOnceAndIsThereOnceIsRight) {
  Paid(10, 20, 1);
  Paid(30, 40, 2);
  Saw("alice", 45, 50, 97);
  Saw("bob", 45, 50, 103);
  Add(kTransfer, "alice", "bob", 1);
  Add(kTransfer, "alice", "bob", 2);
  const Verdict verdict = Checked();
  EXPECT_THAT(verdict.faults, IsEmpty());
  EXPECT_EQ(verdict.acknowledged, 2u);
}

TEST_F(HistoryTest, WhatWasAcknowledgedAndIsNotThereIsLost) {
  Paid(10, 20, 1);
  ExpectFault("the transfer of 1 zoobars from alice to bob was acknowledged", 1, 0);
}

TEST_F(HistoryTest, WhatIsThereTwiceIsDoubledWhetherAcknowledgedOrNot) {
  Paid(10, 20, 1);
  Paid(30, 40, 2, Outcome::kUnknown);
  Add(kTransfer, "alice", "bob", 1);
  Add(kTransfer, "alice", "bob", 2);
  EXPECT_THAT(Checked().faults, IsEmpty());
  Add(kTransfer, "alice", "bob", 1);
  Add(kTransfer, "alice", "bob", 2);
  ExpectFault("the transfer of 2 zoobars from alice to bob was asked for once and is entry 6 too", 0, 2);
}

TEST_F(HistoryTest, WhatIsUnknownMayBeThereOrNot) {
  Paid(10, 20, 1, Outcome::kUnknown);
  Paid(30, 40, 2, Outcome::kUnknown);
  Add(kTransfer, "alice", "bob", 2);
  EXPECT_THAT(Checked().faults, IsEmpty());
}

TEST_F(HistoryTest, WhatWasRefusedIsNotThere) {
  Paid(10, 20, 1, Outcome::kRefused);
  EXPECT_THAT(Checked().faults, IsEmpty());
  Add(kTransfer, "alice", "bob", 1);
  ExpectFault("was refused and is entry 3", 0, 1);
}

TEST_F(HistoryTest, NobodyMovesWhatNobodyAskedFor) {
  Paid(10, 20, 1);
  Add(kTransfer, "alice", "bob", 1);
  Add(kTransfer, "bob", "alice", 1);
  ExpectFault("entry 4 moves 1 zoobars from bob to alice, which nobody asked for", 0, 1);
  journal_.pop_back();
  Add(kCorrection, "bob", "alice", 1, 3);
  ExpectFault("entry 4 has the kind 3", 0, 1);
}

TEST_F(HistoryTest, AnAccountIsOpenedOnceAndForWhomItWasAsked) {
  history_.members.push_back("carol");
  ExpectFault("carol has no account", 1, 0);
  Add(kOpened, "", "carol", 100);
  history_.perhaps_members = {"dora", "edith"};
  Add(kOpened, "", "dora", 100);
  EXPECT_THAT(Checked().faults, IsEmpty());
  Add(kOpened, "", "bob", 100);
  Add(kOpened, "", "mallory", 100);
  Add(kOpened, "", "edith", 99);
  const Verdict verdict = Checked();
  EXPECT_THAT(verdict.faults, ElementsAre(HasSubstr("opens the account of bob again"), HasSubstr("mallory, who never"),
                                          HasSubstr("gives 99 zoobars to edith")));
}

TEST_F(HistoryTest, ActsThatFollowEachOtherAreInThatOrder) {
  Paid(10, 20, 1);
  Paid(21, 30, 2);
  Add(kTransfer, "alice", "bob", 2);
  Add(kTransfer, "alice", "bob", 1);
  ExpectFault("entry 3 was asked for after entry 4 was acknowledged", 0, 0);
  history_.payments[1].invoked = 19;  // at the same time: either order
  EXPECT_THAT(Checked().faults, IsEmpty());
}

TEST_F(HistoryTest, ABalanceIsNotOlderThanWhatWasAcknowledgedBefore) {
  Paid(10, 20, 1);
  Add(kTransfer, "alice", "bob", 1);
  Saw("bob", 19, 25, 100);  // the page was asked for before the acknowledgement
  EXPECT_THAT(Checked().faults, IsEmpty());
  Saw("bob", 21, 25, 100);
  ExpectFault("bob read 100 zoobars, which was the balance at no entry from 3 to 3", 0, 0);
}

TEST_F(HistoryTest, ABalanceIsNotNewerThanWhatWasAskedForBefore) {
  Paid(10, 20, 1);
  Add(kTransfer, "alice", "bob", 1);
  Saw("alice", 5, 11, 99);
  EXPECT_THAT(Checked().faults, IsEmpty());
  Saw("alice", 5, 9, 99);
  ExpectFault("alice read 99 zoobars, which was the balance at no entry from 0 to 2", 0, 0);
}

TEST_F(HistoryTest, ABalanceNeverGoesBack) {
  Paid(10, 90, 1);
  Add(kTransfer, "alice", "bob", 1);
  Saw("alice", 20, 30, 99);
  Saw("alice", 31, 40, 99);
  EXPECT_THAT(Checked().faults, IsEmpty());
  Saw("bob", 41, 50, 100);  // although Bob never saw the new one: Alice did
  ExpectFault("bob read 100 zoobars", 0, 0);
}

TEST_F(HistoryTest, ABalanceThatNeverWasIsFound) {
  Paid(10, 20, 1);
  Add(kTransfer, "alice", "bob", 1);
  Saw("alice", 11, 12, 98);
  ExpectFault("alice read 98 zoobars", 0, 0);
  history_.reads = {{30, 40, "nobody", 100}};
  ExpectFault("nobody read 100 zoobars", 0, 0);
}

TEST_F(HistoryTest, OffersAreSetAsideUntilTheyEndOnce) {
  Offered(10, 20, 5);
  Offered(21, 30, 6);
  Offered(31, 40, 7);
  const std::uint64_t first = Add(kOffer, "alice", "bob", 5), second = Add(kOffer, "alice", "bob", 6);
  const std::uint64_t third = Add(kOffer, "alice", "bob", 7);
  history_.settlings = {{50, 60, "bob", first, End::kAccept, Outcome::kAcknowledged},
                        {55, 70, "bob", first, End::kAccept, Outcome::kUnknown},  // on another device
                        {50, 60, "alice", second, End::kWithdraw, Outcome::kUnknown},
                        {50, 60, "bob", second, End::kDecline, Outcome::kUnknown}};
  Saw("alice", 45, 48, 82);
  Add(kAccepted, "alice", "bob", 5, first);
  Add(kReturned, "alice", "bob", 6, second, "withdrawn");
  Add(kReturned, "alice", "bob", 7, third, "expired");
  Saw("alice", 80, 90, 95);
  Saw("bob", 80, 90, 105);
  EXPECT_THAT(Checked().faults, IsEmpty());
  Add(kReturned, "alice", "bob", 6, second, "declined");
  ExpectFault("entry 9 ends offer 4, which is not open", 0, 1);
}

TEST_F(HistoryTest, AnOfferEndsAsItsMembersWereTold) {
  Offered(10, 20, 5);
  const std::uint64_t offer = Add(kOffer, "alice", "bob", 5);
  history_.settlings = {{30, 40, "bob", offer, End::kAccept, Outcome::kAcknowledged}};
  ExpectFault("bob was told that offer 3 is accepted", 1, 0);
  Add(kReturned, "alice", "bob", 5, offer, "declined");
  ExpectFault("offer 3 was declined, which bob never asked for", 1, 1);
  journal_.back() = {4, kAccepted, "alice", "bob", 4, offer, ""};
  ExpectFault("with other members or another amount", 0, 0);
}

TEST_F(HistoryTest, MoreThanAMemberHasIsNeverMoved) {
  Paid(10, 20, 101);
  Add(kTransfer, "alice", "bob", 101);
  ExpectFault("after entry 3 the balance of alice is -1", 0, 0);
}

TEST_F(HistoryTest, TwoActsThatCannotBeToldApartAndAJournalWithAGapAreNotJudged) {
  Paid(10, 20, 1);
  Paid(30, 40, 1);
  ExpectFault("was asked for as two acts", 0, 0);
  history_.payments.pop_back();
  journal_.push_back({4, kTransfer, "alice", "bob", 1, 0, ""});
  ExpectFault("entry 3 of the journal has the number 4", 0, 0);
}

// A site that is right, and members whose requests overlap at random: no fault. Then one entry is moved, repeated or
// removed: always a fault.
TEST_F(HistoryTest, AnyHistoryOfARightSiteIsRightAndNoChangedOneIs) {
  std::mt19937 random(6);
  for (int round = 0; round < 300; ++round) {
    history_.payments.clear();
    history_.reads.clear();
    journal_.resize(2);
    std::int64_t alice = 10'000, bob = 10'000;
    journal_[0].zoobars = journal_[1].zoobars = history_.initial_zoobars = 10'000;
    for (Moment now = 1000; now < 31'000; now += 1000) {  // the site acts at this moment, inside the request
      const auto begin = now - 1 - static_cast<Moment>(random() % 3000),
                 end = now + 1 + static_cast<Moment>(random() % 3000);
      if (random() % 2 == 0) {
        const auto zoobars = static_cast<std::int64_t>(now / 1000);
        Paid(begin, end, zoobars, random() % 4 == 0 ? Outcome::kUnknown : Outcome::kAcknowledged);
        Add(kTransfer, "alice", "bob", zoobars);
        alice -= zoobars;
        bob += zoobars;
      } else {
        const bool hers = random() % 2 == 0;
        Saw(hers ? "alice" : "bob", begin, end, hers ? alice : bob);
      }
    }
    ASSERT_THAT(Checked().faults, IsEmpty()) << round;
    if (journal_.size() < 4) continue;
    const std::size_t place = 2 + random() % (journal_.size() - 2);
    std::vector<Entry> right = journal_;
    journal_.insert(journal_.begin() + static_cast<std::ptrdiff_t>(place), journal_[place]);
    for (std::size_t i = 0; i < journal_.size(); ++i) journal_[i].number = i + 1;
    EXPECT_EQ(Checked().doubled, 1u) << round;
    journal_ = std::move(right);
    const auto wanted = std::ranges::find(history_.payments, journal_[place].zoobars, &Payment::zoobars);
    wanted->outcome = Outcome::kAcknowledged;
    journal_.erase(journal_.begin() + static_cast<std::ptrdiff_t>(place));
    for (std::size_t i = 0; i < journal_.size(); ++i) journal_[i].number = i + 1;
    EXPECT_EQ(Checked().lost, 1u) << round;
  }
}

}  // namespace
}  // namespace zoobar::chaos
