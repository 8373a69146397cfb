#include "store/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <limits>

#include "live_site/temporary_directory.h"

namespace zoobar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Id(char c) { return std::string(Credentials::kMemberIdBytes, c); }
std::string Key(char c) { return std::string(Credentials::kTokenKeyBytes, c); }

StoredAccount Named(const std::string& name) {
  StoredAccount account;
  account.set_name(name);
  return account;
}

StoredSession Of(const std::string& member, std::int64_t created_ms, std::int64_t last_used_ms) {
  StoredSession session;
  session.set_member(member);
  session.set_created_ms(created_ms);
  session.set_last_used_ms(last_used_ms);
  return session;
}

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { Open(); }

  void Open() {
    store_.reset();
    Config::Store config;
    config.set_map_bytes(1 << 20);
    Result<std::unique_ptr<Credentials>> opened = Credentials::Open(loop_, folder_, config);
    if (!opened.ok()) Die(opened.error().text);
    store_ = std::move(*opened);
  }

  // Calls `act` in a write transaction and waits for its commit.
  template <typename Act>
  void Write(Act act) {
    bool done = false;
    Spawn(WriteAndTell(std::move(act), &done));
    while (!done) loop_.Run();
  }
  template <typename Act>
  Task<void> WriteAndTell(Act act, bool* done) {
    auto run = [&act](WriteTransaction& tx) -> Result<bool> {
      act(tx);
      return true;
    };
    const Result<bool> written = co_await store_->environment().Write(std::move(run));
    EXPECT_TRUE(written.ok());
    *done = true;
    loop_.Stop();
  }
  template <typename Act>
  void Read(Act act) {
    auto run = [&act](ReadTransaction& tx) -> Result<bool> {
      act(tx);
      return true;
    };
    EXPECT_TRUE(store_->environment().Read(run).ok());
  }

  std::vector<std::string> KeysOf(const std::string& member) {
    std::vector<std::string> keys;
    Read([&](ReadTransaction& tx) {
      keys.clear();
      for (const auto& each : store_->SessionsOf(tx, member)) keys.push_back(each.key);
    });
    return keys;
  }

  const TemporaryDirectory directory_;
  const std::string folder_ = directory_.path();
  Loop loop_;
  std::unique_ptr<Credentials> store_;
};

TEST_F(CredentialsTest, ANameLeadsToItsAccountAlsoAfterReopening) {
  Write([&](WriteTransaction& tx) { EXPECT_TRUE(store_->AddAccount(tx, Id('a'), Named("../x"), {})); });
  Open();
  Read([&](ReadTransaction& tx) {
    EXPECT_EQ(store_->FindMember(tx, "../x"), Id('a'));
    EXPECT_EQ(store_->Account(tx, Id('a'))->name(), "../x");
    EXPECT_EQ(store_->FindMember(tx, "x"), std::nullopt);
    EXPECT_FALSE(store_->Account(tx, Id('b')));
  });
}

TEST_F(CredentialsTest, ADelegationIsPartOfTheAccount) {
  StoredAccount account = Named("alice");
  Write([&](WriteTransaction& tx) { EXPECT_TRUE(store_->AddAccount(tx, Id('a'), account, {})); });
  Open();
  Read([&](ReadTransaction& tx) { EXPECT_FALSE(store_->Account(tx, Id('a'))->has_delegation()); });
  account.mutable_delegation()->set_per_hour(20);
  Write([&](WriteTransaction& tx) { store_->PutAccount(tx, Id('a'), account); });
  Open();
  Read([&](ReadTransaction& tx) {
    EXPECT_EQ(store_->Account(tx, Id('a'))->delegation().per_hour(), 20u);
    EXPECT_EQ(store_->FindMember(tx, "alice"), Id('a'));
  });
}

TEST_F(CredentialsTest, NeitherANameNorAnIdIsGivenTwice) {
  Write([&](WriteTransaction& tx) {
    EXPECT_TRUE(store_->AddAccount(tx, Id('a'), Named("alice"), {}));
    EXPECT_FALSE(store_->AddAccount(tx, Id('b'), Named("alice"), {}));
    EXPECT_FALSE(store_->AddAccount(tx, Id('a'), Named("bob"), {}));
    EXPECT_TRUE(store_->AddAccount(tx, Id('b'), Named("Alice"), {}));
  });
  Read([&](ReadTransaction& tx) {
    EXPECT_EQ(store_->FindMember(tx, "alice"), Id('a'));
    EXPECT_EQ(store_->FindMember(tx, "bob"), std::nullopt);
  });
}

TEST_F(CredentialsTest, NamesComeInTheOrderOfTheirBytesPageByPage) {
  Write([&](WriteTransaction& tx) {
    char id = 'a';
    for (const char* name : {"b", "\xc3\xa9", "B", "ba", "a", "bb", "c"})
      store_->AddAccount(tx, Id(id++), Named(name), {});
  });
  const auto page = [&](std::string_view prefix, std::string_view after, std::size_t limit, bool more) {
    std::vector<std::string> names;
    Read([&](ReadTransaction& tx) {
      names.clear();
      const Credentials::NamesPage found = store_->Names(tx, prefix, after, limit);
      for (const auto& [id, name] : found.members) {
        names.push_back(name);
        EXPECT_EQ(store_->FindMember(tx, name), id);
      }
      EXPECT_EQ(found.more, more);
    });
    return names;
  };
  EXPECT_THAT(page("", "", 100, false), ElementsAre("B", "a", "b", "ba", "bb", "c", "\xc3\xa9"));
  EXPECT_THAT(page("", "", 3, true), ElementsAre("B", "a", "b"));
  EXPECT_THAT(page("", "b", 3, true), ElementsAre("ba", "bb", "c"));
  EXPECT_THAT(page("", "c", 3, false), ElementsAre("\xc3\xa9"));
  EXPECT_THAT(page("", "b!", 1, true), ElementsAre("ba"));  // a name that does not exist
  EXPECT_THAT(page("b", "", 100, false), ElementsAre("b", "ba", "bb"));
  EXPECT_THAT(page("b", "ba", 100, false), ElementsAre("bb"));
  EXPECT_THAT(page("b", "a", 2, true), ElementsAre("b", "ba"));
  EXPECT_THAT(page("b", "bb", 100, false), IsEmpty());
  EXPECT_THAT(page("x", "", 100, false), IsEmpty());
}

TEST_F(CredentialsTest, ASessionBelongsToOneMemberAndEndsAlone) {
  Write([&](WriteTransaction& tx) {
    store_->AddSession(tx, Key('1'), Of(Id('a'), 1, 1), 20);
    store_->AddSession(tx, Key('2'), Of(Id('a'), 2, 2), 20);
    store_->AddSession(tx, Key('3'), Of(Id('b'), 3, 3), 20);
  });
  EXPECT_THAT(KeysOf(Id('a')), ElementsAre(Key('1'), Key('2')));
  Write([&](WriteTransaction& tx) {
    EXPECT_TRUE(store_->RemoveSession(tx, Key('1')));
    EXPECT_FALSE(store_->RemoveSession(tx, Key('1')));
  });
  EXPECT_THAT(KeysOf(Id('a')), ElementsAre(Key('2')));
  Write([&](WriteTransaction& tx) { EXPECT_EQ(store_->RemoveSessionsOf(tx, Id('a')), 1u); });
  EXPECT_THAT(KeysOf(Id('a')), IsEmpty());
  EXPECT_THAT(KeysOf(Id('b')), ElementsAre(Key('3')));
}

TEST_F(CredentialsTest, TheSessionUsedLongestAgoMakesRoom) {
  Write([&](WriteTransaction& tx) {
    store_->AddSession(tx, Key('1'), Of(Id('a'), 1, 30), 3);
    store_->AddSession(tx, Key('2'), Of(Id('a'), 2, 10), 3);
    store_->AddSession(tx, Key('3'), Of(Id('a'), 3, 20), 3);
    store_->AddSession(tx, Key('4'), Of(Id('a'), 40, 40), 3);
  });
  EXPECT_THAT(KeysOf(Id('a')), ElementsAre(Key('1'), Key('3'), Key('4')));
  Write([&](WriteTransaction& tx) { store_->AddSession(tx, Key('5'), Of(Id('a'), 50, 50), 1); });
  EXPECT_THAT(KeysOf(Id('a')), ElementsAre(Key('5')));
}

TEST_F(CredentialsTest, ALastUseOnlyMovesForwardAndRevivesNothing) {
  Write([&](WriteTransaction& tx) {
    store_->AddSession(tx, Key('1'), Of(Id('a'), 1, 10), 20);
    store_->MarkUsed(tx, {{Key('1'), 5}, {Key('2'), 5}});
  });
  Read([&](ReadTransaction& tx) {
    EXPECT_EQ(store_->Session(tx, Key('1'))->last_used_ms(), 10);
    EXPECT_FALSE(store_->Session(tx, Key('2')));
  });
  Write([&](WriteTransaction& tx) { store_->MarkUsed(tx, {{Key('1'), 15}}); });
  Read([&](ReadTransaction& tx) { EXPECT_EQ(store_->Session(tx, Key('1'))->last_used_ms(), 15); });
}

TEST_F(CredentialsTest, TheSweepTakesExpiredSessionsPartByPart) {
  Write([&](WriteTransaction& tx) {
    for (char c = 'a'; c <= 'j'; ++c) {
      store_->AddSession(tx, Key(c), Of(Id('m'), 1000, (c - 'a') % 2 == 0 ? 1000 : 2000), 20);
    }
  });
  const Credentials::SessionLimits limits{.idle_ms = 1000, .max_ms = 100000};
  std::string from;
  std::size_t removed = 0;
  for (int part = 0; part < 4; ++part) {
    Credentials::Swept swept;
    Write([&](WriteTransaction& tx) { swept = store_->SweepSessions(tx, from, 3, limits, 2000); });
    EXPECT_EQ(swept.next.empty(), part == 3);
    from = swept.next;
    removed += swept.removed;
  }
  EXPECT_EQ(removed, 5u);
  EXPECT_THAT(KeysOf(Id('m')), ElementsAre(Key('b'), Key('d'), Key('f'), Key('h'), Key('j')));
}

TEST_F(CredentialsTest, ASessionExpiresByIdlenessAndByAge) {
  const Credentials::SessionLimits limits{.idle_ms = 100, .max_ms = 1000};
  EXPECT_FALSE(Credentials::Expired(Of("m", 0, 0), limits, 99));
  EXPECT_TRUE(Credentials::Expired(Of("m", 0, 0), limits, 100));
  EXPECT_FALSE(Credentials::Expired(Of("m", 0, 950), limits, 999));
  EXPECT_TRUE(Credentials::Expired(Of("m", 0, 950), limits, 1000));
  // Of a damaged file.
  EXPECT_TRUE(Credentials::Expired(Of("m", std::numeric_limits<std::int64_t>::min(), 950), limits, 1000));
  EXPECT_FALSE(Credentials::Expired(Of("m", 950, std::numeric_limits<std::int64_t>::max()), limits, -10));
}

TEST_F(CredentialsTest, DevicesAreTheMembersOwnAndBounded) {
  Write([&](WriteTransaction& tx) {
    store_->SeeDevice(tx, Id('a'), Key('A'), 1);
    store_->SeeDevice(tx, Id('a'), Key('B'), 2);
    store_->SeeDevice(tx, Id('a'), Key('A'), 3);  // this device logs in again
    for (std::size_t i = 0; i < Credentials::kDevicesPerMember - 1; ++i) {
      store_->SeeDevice(tx, Id('a'), Key(static_cast<char>('a' + i)), static_cast<std::int64_t>(10 + i));
    }
  });
  Read([&](ReadTransaction& tx) {
    EXPECT_TRUE(store_->HasDevice(tx, Id('a'), Key('A')));
    EXPECT_FALSE(store_->HasDevice(tx, Id('a'), Key('B')));
    EXPECT_TRUE(store_->HasDevice(tx, Id('a'), Key('a')));
    EXPECT_FALSE(store_->HasDevice(tx, Id('b'), Key('A')));
  });
}

std::vector<std::string> LowerCase(std::string_view name) {
  std::string look(name);
  for (char& c : look) c = static_cast<char>(std::tolower(c));
  look.resize(32);
  return {look};
}

TEST_F(CredentialsTest, LooksAreMadeOfTheNamesThatAreThere) {
  // Written by a program that knows no looks.
  Write([&](WriteTransaction& tx) {
    const Table names = store_->environment().table("names"), accounts = store_->environment().table("accounts");
    for (const auto& [id, name] : {std::pair(Id('a'), "Alice"), std::pair(Id('b'), "alice")}) {
      tx.Put(names, name, id);
      tx.PutMessage(accounts, id, Named(name));
    }
  });
  const auto has = [&](std::string_view name) {
    auto look = [&](ReadTransaction& tx) -> Result<bool> { return store_->HasLook(tx, LowerCase(name)); };
    const Result<bool> found = store_->environment().Read(look);
    return found.ok() && *found;
  };
  Open();
  ASSERT_TRUE(store_->MakeLooks("1", LowerCase).ok());
  EXPECT_TRUE(has("ALICE"));
  EXPECT_FALSE(has("bob"));
  Write([&](WriteTransaction& tx) { EXPECT_TRUE(store_->AddAccount(tx, Id('c'), Named("Bob"), LowerCase("Bob"))); });
  EXPECT_TRUE(has("bob"));
  // Nothing is missing now, so nothing is made.
  Open();
  int made = 0;
  const auto count = [&](std::string_view name) {
    ++made;
    return LowerCase(name);
  };
  ASSERT_TRUE(store_->MakeLooks("1", count).ok());
  EXPECT_EQ(made, 0);
  // Another version makes all anew, and removes the old ones.
  Open();
  const auto other = [&](std::string_view name) {
    ++made;
    return LowerCase("other " + std::string(name));
  };
  ASSERT_TRUE(store_->MakeLooks("2", other).ok());
  EXPECT_EQ(made, 3);
  EXPECT_FALSE(has("bob"));
  EXPECT_TRUE(has("other bob"));
}

StoredPasskey PasskeyOf(const std::string& member, const std::string& credential, std::int64_t created_ms) {
  StoredPasskey passkey;
  passkey.set_member(member);
  passkey.set_credential(credential);
  passkey.set_created_ms(created_ms);
  return passkey;
}

TEST_F(CredentialsTest, APasskeyBelongsToOneMember) {
  const std::string first = Credentials::PasskeyKeyOf("first"), second = Credentials::PasskeyKeyOf("second");
  EXPECT_EQ(first.size(), Credentials::kTokenKeyBytes);
  EXPECT_NE(first, second);
  Write([&](WriteTransaction& tx) {
    EXPECT_TRUE(store_->AddPasskey(tx, first, PasskeyOf(Id('a'), "first", 2)));
    EXPECT_TRUE(store_->AddPasskey(tx, second, PasskeyOf(Id('a'), "second", 1)));
    EXPECT_FALSE(store_->AddPasskey(tx, first, PasskeyOf(Id('b'), "first", 3)));
  });
  Read([&](ReadTransaction& tx) {
    const auto passkeys = store_->PasskeysOf(tx, Id('a'));
    ASSERT_EQ(passkeys.size(), 2u);
    EXPECT_EQ(passkeys[0].key, second) << "the oldest first";
    EXPECT_EQ(passkeys[1].passkey.credential(), "first");
    EXPECT_EQ(store_->CountPasskeysOf(tx, Id('a')), 2u);
    EXPECT_EQ(store_->CountPasskeysOf(tx, Id('b')), 0u);
  });
}

TEST_F(CredentialsTest, RemovedPasskeysAreGoneFromBothTables) {
  const std::string first = Credentials::PasskeyKeyOf("first"), second = Credentials::PasskeyKeyOf("second");
  const std::string others = Credentials::PasskeyKeyOf("others");
  Write([&](WriteTransaction& tx) {
    store_->AddPasskey(tx, first, PasskeyOf(Id('a'), "first", 1));
    store_->AddPasskey(tx, second, PasskeyOf(Id('a'), "second", 2));
    store_->AddPasskey(tx, others, PasskeyOf(Id('b'), "others", 3));
    EXPECT_TRUE(store_->RemovePasskey(tx, first));
    EXPECT_FALSE(store_->RemovePasskey(tx, first));
    EXPECT_EQ(store_->CountPasskeysOf(tx, Id('a')), 1u);
    EXPECT_EQ(store_->RemovePasskeysOf(tx, Id('a')), 1u);
  });
  Open();
  Read([&](ReadTransaction& tx) {
    EXPECT_FALSE(store_->Passkey(tx, first) || store_->Passkey(tx, second));
    EXPECT_EQ(store_->CountPasskeysOf(tx, Id('a')), 0u);
    EXPECT_TRUE(store_->Passkey(tx, others));
  });
}

}  // namespace
}  // namespace zoobar
