// The stores of all roles, as AnyStore.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "fuzz/any_store.h"
#include "fuzz/bank_store.h"
#include "ipc/try.h"
#include "store/certificates.h"
#include "store/credentials.h"
#include "store/deeds.h"
#include "store/heads.h"
#include "store/indexes.h"
#include "store/profiles.h"
#include "store/social.h"

namespace zoobar {

class CredStore : public AnyStore {
 public:
  static Result<std::unique_ptr<AnyStore>> Open(Loop& loop, const std::string& folder) {
    TRY(auto credentials, Credentials::Open(loop, folder, SmallStore()));
    return std::unique_ptr<AnyStore>(new CredStore(loop, std::move(credentials)));
  }
  Environment& environment() override { return credentials_->environment(); }
  std::vector<std::string> tables() const override {
    return {"accounts", "names", "sessions", "member_sessions", "devices", "passkeys", "member_passkeys"};
  }
  void Populate() override { WriteSome(); }
  std::vector<Read> ReadAll() override {
    std::vector<Read> reads;
    const auto read = [&](std::string name, std::vector<std::pair<std::string, std::string>> depends, auto what) {
      auto act = [&](ReadTransaction& tx) -> Result<std::string> { return what(tx); };
      reads.push_back(Made<std::string>(std::move(name), std::move(depends), environment().Read(act),
                                        [](const auto& text) { return text; }));
    };
    for (const std::string name : {"alice", "bob"}) {
      const std::string member = Member(name), key = Long("session " + name);
      read("find", {{"names", name}}, [&](auto& tx) { return credentials_->FindMember(tx, name).value_or("none"); });
      read("account", {{"accounts", member}}, [&](auto& tx) {
        const auto account = credentials_->Account(tx, member);
        return account ? account->SerializeAsString() : "none";
      });
      read("session", {{"sessions", key}}, [&](auto& tx) {
        const auto session = credentials_->Session(tx, key);
        return session ? session->SerializeAsString() : "none";
      });
      read("sessions", {{"sessions", ""}, {"member_sessions", ""}}, [&](auto& tx) {
        std::string text;
        for (const auto& one : credentials_->SessionsOf(tx, member)) text += one.key + one.session.SerializeAsString();
        return text;
      });
      read("passkey", {{"passkeys", Credentials::PasskeyKeyOf(name)}}, [&](auto& tx) {
        const auto passkey = credentials_->Passkey(tx, Credentials::PasskeyKeyOf(name));
        return passkey ? passkey->SerializeAsString() : "none";
      });
      read("passkeys", {{"passkeys", ""}, {"member_passkeys", ""}}, [&](auto& tx) {
        std::string text;
        for (const auto& one : credentials_->PasskeysOf(tx, member)) text += one.key + one.passkey.SerializeAsString();
        return text;
      });
      read("device", {{"devices", member}}, [&](auto& tx) {
        return std::string(credentials_->HasDevice(tx, member, Long("device " + name)) ? "yes" : "no");
      });
    }
    read("names", {{"names", ""}, {"accounts", ""}}, [&](auto& tx) {
      std::string text;
      for (const auto& [id, name] : credentials_->Names(tx, "", "", 100).members) text += id + name;
      return text;
    });
    read("near", {{"accounts", ""}},
         [&](auto& tx) { return std::string(credentials_->RawAccountNear(tx, Member("b")).value_or("")); });
    read("next", {{"accounts", ""}}, [&](auto& tx) {
      std::string text, after;
      for (int i = 0; i < 100; ++i) {
        const auto next = credentials_->NextAccount(tx, after);
        if (!next) break;
        text += next->first;
        after = next->first;
      }
      return text;
    });
    return reads;
  }
  void WriteSome() override {
    for (const std::string name : {"alice", "bob"}) {
      auto act = [&](WriteTransaction& tx) -> Status {
        StoredAccount account;
        account.set_name(name);
        account.set_created_ms(kNow);
        account.mutable_password()->set_salted("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA");
        account.mutable_password()->add_tags(std::string(32, 't'));
        credentials_->AddAccount(tx, Member(name), account, {});
        StoredSession session;
        session.set_member(Member(name));
        session.set_created_ms(kNow);
        session.set_last_used_ms(kNow);
        credentials_->AddSession(tx, Long("session " + name), session, 2);
        credentials_->AddSession(tx, Long("other " + name), session, 2);
        credentials_->SeeDevice(tx, Member(name), Long("device " + name), kNow);
        credentials_->MarkUsed(tx, {{Long("session " + name), kNow + 90'000}});
        StoredPasskey passkey;
        passkey.set_member(Member(name));
        passkey.set_algorithm(-8);
        passkey.set_public_key(std::string(32, 'k'));
        passkey.set_label("My phone");
        passkey.set_credential(name);
        credentials_->AddPasskey(tx, Credentials::PasskeyKeyOf(name), passkey);
        return {};
      };
      Write(std::move(act));
    }
    if (++writes_ == 1) return;  // Populate
    auto act = [&](WriteTransaction& tx) -> Status {
      credentials_->SweepSessions(tx, "", 100, {.idle_ms = 1, .max_ms = 1, .per_member = 2}, kNow + 5);
      credentials_->RemoveSessionsOf(tx, Member("alice"));
      credentials_->RemovePasskeysOf(tx, Member("alice"));
      if (const auto account = credentials_->Account(tx, Member("bob")); account && account->name() == "bob")
        credentials_->CloseAccount(tx, Member("bob"), *account);
      return {};
    };
    Write(std::move(act));
  }

 private:
  CredStore(Loop& loop, std::unique_ptr<Credentials> credentials)
      : AnyStore(loop), credentials_(std::move(credentials)) {}

  std::unique_ptr<Credentials> credentials_;
  int writes_ = 0;
};

class HoneyStore : public AnyStore {
 public:
  static Result<std::unique_ptr<AnyStore>> Open(Loop& loop, const std::string& folder) {
    TRY(auto indexes, Indexes::Open(loop, folder, SmallStore()));
    return std::unique_ptr<AnyStore>(new HoneyStore(loop, std::move(indexes)));
  }
  Environment& environment() override { return indexes_->environment(); }
  std::vector<std::string> tables() const override { return {"indexes"}; }
  void Populate() override { WriteSome(); }
  std::vector<Read> ReadAll() override {
    std::vector<Read> reads;
    for (const std::string name : {"alice", "bob"}) {
      reads.push_back(Made<std::optional<StoredIndex>>(
          "index", {{"indexes", Member(name) + Member("words")}}, indexes_->Get(Member(name), Member("words")),
          [](const auto& index) { return index ? index->SerializeAsString() : "none"; }));
    }
    return reads;
  }
  void WriteSome() override {
    for (const std::string name : {"alice", "bob"}) {
      StoredIndex index;
      index.set_name(name);
      index.set_index(3);
      std::ignore = Wait(indexes_->Set(Member(name), Member("words"), Member("before"), index)).ok();
    }
  }

 private:
  HoneyStore(Loop& loop, std::unique_ptr<Indexes> indexes) : AnyStore(loop), indexes_(std::move(indexes)) {}

  std::unique_ptr<Indexes> indexes_;
};

class KeysStore : public AnyStore {
 public:
  static Result<std::unique_ptr<AnyStore>> Open(Loop& loop, const std::string& folder) {
    TRY(auto store, CertificateStore::Open(loop, folder, SmallStore()));
    return std::unique_ptr<AnyStore>(new KeysStore(loop, std::move(store)));
  }
  Environment& environment() override { return store_->environment(); }
  std::vector<std::string> tables() const override { return {"certificates"}; }
  void Populate() override { WriteSome(); }
  std::vector<Read> ReadAll() override {
    std::vector<Read> reads;
    const auto all = store_->All();
    Require(all.ok(), "a damaged certificate takes no other away");
    for (const char* id : {"first", "second"}) {
      const auto found = std::ranges::find(all->installed, Long(id), &CertificateStore::Installed::id);
      const bool there = found != all->installed.end();
      reads.push_back(Made<std::string>(
          "certificate", {{"certificates", Long(id)}},
          there ? found->id + std::to_string(found->installed_ms) + found->chain + std::string(View(found->key))
                : "none",
          [](const auto& text) { return text; }));
    }
    for (const std::string& why : all->damaged)
      Require(why.starts_with("certificates: the entry "), "the error names the entry");
    return reads;
  }
  void WriteSome() override {
    for (const char* id : {"first", "second"}) {
      const CertificateStore::Installed fresh{Long(id), kNow, "chain", ToBytes("key")};
      std::ignore = Wait(store_->Put(fresh, {Long("old")})).ok();
    }
  }

 private:
  KeysStore(Loop& loop, std::unique_ptr<CertificateStore> store) : AnyStore(loop), store_(std::move(store)) {}

  std::unique_ptr<CertificateStore> store_;
};

class NotaryStore : public AnyStore {
 public:
  static Result<std::unique_ptr<AnyStore>> Open(Loop& loop, const std::string& folder) {
    TRY(auto store, HeadStore::Open(loop, folder, SmallStore()));
    return std::unique_ptr<AnyStore>(new NotaryStore(loop, std::move(store)));
  }
  Environment& environment() override { return store_->environment(); }
  std::vector<std::string> tables() const override { return {"key", "head"}; }
  void Populate() override {
    Require(store_->TakeKey().ok(), "a fresh store gives a key");
    WriteSome();
  }
  std::vector<Read> ReadAll() override {
    std::vector<Read> reads;
    reads.push_back(Made<HeadStore::Key>("key", {{"key", ""}}, store_->TakeKey(),
                                         [](const auto& key) { return key.name + std::string(View(key.seed)); }));
    reads.push_back(Made<StoredHead>("last", {{"head", "last"}}, store_->Last(),
                                     [](const auto& head) { return head.SerializeAsString(); }));
    return reads;
  }
  void WriteSome() override {
    StoredHead head;
    head.set_size(7);
    head.set_root(Long("root"));
    head.set_checkpoint("text");
    std::ignore = Wait(store_->Put(head)).ok();
  }

 private:
  NotaryStore(Loop& loop, std::unique_ptr<HeadStore> store) : AnyStore(loop), store_(std::move(store)) {}

  std::unique_ptr<HeadStore> store_;
};

class CourseStore : public AnyStore {
 public:
  static Result<std::unique_ptr<AnyStore>> Open(Loop& loop, const std::string& folder) {
    TRY(auto store, DeedStore::Open(loop, folder, SmallStore()));
    return std::unique_ptr<AnyStore>(new CourseStore(loop, std::move(store)));
  }
  Environment& environment() override { return store_->environment(); }
  std::vector<std::string> tables() const override { return {"deeds"}; }
  void Populate() override { WriteSome(); }
  std::vector<Read> ReadAll() override {
    std::vector<Read> reads;
    reads.push_back(Made<std::vector<DeedStore::Deed>>("all", {{"deeds", ""}}, store_->All(), [](const auto& all) {
      std::string text;
      for (const DeedStore::Deed& deed : all) text += deed.member + " " + deed.task + ";";
      return text;
    }));
    return reads;
  }
  void WriteSome() override {
    std::ignore = Wait(store_->Keep({{"alice", "pay", 7}, {"bob", "pay", 8}}, {"carol"})).ok();
  }

 private:
  CourseStore(Loop& loop, std::unique_ptr<DeedStore> store) : AnyStore(loop), store_(std::move(store)) {}

  std::unique_ptr<DeedStore> store_;
};

class ProfileStore : public AnyStore {
 public:
  static Result<std::unique_ptr<AnyStore>> Open(Loop& loop, const std::string& folder) {
    TRY(auto profiles, Profiles::Open(loop, folder, SmallStore()));
    return std::unique_ptr<AnyStore>(new ProfileStore(loop, std::move(profiles)));
  }
  Environment& environment() override { return profiles_->environment(); }
  std::vector<std::string> tables() const override {
    return {"profiles", "files", "programs", "visits", "doors", "wall", "messages", "shared"};
  }
  void Populate() override {
    for (const std::string name : {"alice", "bob"}) Fill(name);
  }
  std::vector<Read> ReadAll() override {
    std::vector<Read> reads;
    for (const std::string name : {"alice", "bob"}) {
      const std::string id = Member(name), other = Member("carol");
      const auto text_of = [](const auto& message) { return message.SerializeAsString(); };
      reads.push_back(
          Made<std::optional<StoredProfile>>("profile", {{"profiles", id}}, profiles_->Get(id),
                                             [](const auto& one) { return one ? one->SerializeAsString() : "none"; }));
      reads.push_back(Made<ProgramFiles>("files", {{"files", id}}, profiles_->Files(id), text_of));
      reads.push_back(Made<StoredProgram>("program", {{"programs", id}}, profiles_->Program(id), text_of));
      reads.push_back(Made<std::optional<std::vector<StoredVisit>>>("visits", {{"visits", id}, {"doors", id}},
                                                                    social_.Visits(id, other, 10), [](const auto& all) {
                                                                      std::string text = all ? "" : "shut";
                                                                      if (all) {
                                                                        for (const auto& one : *all)
                                                                          text += one.SerializeAsString();
                                                                      }
                                                                      return text;
                                                                    }));
      for (const auto door : {Social::Door::kVisits, Social::Door::kWall, Social::Door::kMessages})
        reads.push_back(Made<StoredAudience>("door", {{"doors", id}}, social_.OpenTo(id, door), text_of));
      for (const auto place : {Social::Place::kWall, Social::Place::kMessages}) {
        reads.push_back(Made<std::optional<std::vector<Social::Post>>>(
            "posts", {{"wall", id}, {"messages", id}, {"doors", id}}, social_.Posts(place, id, id, 10),
            [](const auto& all) {
              std::string text = all ? "" : "shut";
              if (all) {
                for (const auto& one : *all) text += std::to_string(one.number) + one.post.SerializeAsString();
              }
              return text;
            }));
      }
      reads.push_back(Made<std::vector<Social::Shared>>("shared", {{"shared", id}}, social_.SharedFiles(id, id),
                                                        [](const auto& all) {
                                                          std::string text;
                                                          for (const auto& one : all)
                                                            text += one.path + one.to.SerializeAsString();
                                                          return text;
                                                        }));
      reads.push_back(Made<bool>("may read", {{"shared", id}}, social_.MayRead(id, "notes", other),
                                 [](const bool may) { return may ? "yes" : "no"; }));
    }
    return reads;
  }
  void WriteSome() override {
    for (const std::string name : {"alice", "bob"}) Fill(name);
    const std::string id = Member("alice");
    std::ignore = Wait(social_.Remove(Social::Place::kWall, id, id, kNow, true)).ok();
    std::ignore = Wait(social_.ShutAll(id)).ok();
    std::ignore = Wait(social_.Erase(id)).ok();
    std::ignore = Wait(profiles_->Erase(id)).ok();
  }

 private:
  ProfileStore(Loop& loop, std::unique_ptr<Profiles> profiles)
      : AnyStore(loop), profiles_(std::move(profiles)), social_(profiles_->environment()) {}
  void Fill(const std::string& name) {
    const std::string id = Member(name), other = Member("carol");
    StoredProfile profile;
    profile.set_kind(StoredProfile::KIND_PROGRAM);
    profile.set_text("#!python\n");
    profile.set_name(name);
    profile.set_saved_ms(kNow);
    std::ignore = Wait(profiles_->Save(id, profile)).ok();
    ProgramFiles files;
    files.add_files()->set_path("notes");
    std::ignore = Wait(profiles_->Note(id, files, [](StoredProgram& program) {
                    program.set_failed_ms(program.failed_ms() + 1);
                  })).ok();
    std::ignore = Wait(social_.RecordVisit(id, other, "carol", kNow + ++time_)).ok();
    std::ignore = Wait(social_.RecordVisit(id, Member("dave"), "dave", kNow + time_)).ok();
    StoredAudience everybody;
    everybody.set_everybody(true);
    for (const auto door : {Social::Door::kVisits, Social::Door::kWall, Social::Door::kMessages})
      std::ignore = Wait(social_.Open(id, door, everybody)).ok();
    StoredPost post;
    post.mutable_author()->set_id(other);
    post.mutable_author()->set_name("carol");
    post.set_text("hello");
    post.set_time_ms(kNow);
    for (const auto place : {Social::Place::kWall, Social::Place::kMessages})
      std::ignore = Wait(social_.Add(place, id, post, true)).ok();
    std::ignore = Wait(social_.ShareFile(id, "notes", everybody, true)).ok();
  }

  std::unique_ptr<Profiles> profiles_;
  Social social_;
  std::int64_t time_ = 0;
};

inline Result<std::unique_ptr<AnyStore>> OpenStore(Loop& loop, StoreKind kind, const std::string& folder) {
  switch (kind) {
    case StoreKind::kBank:
      return BankStore::Open(loop, folder);
    case StoreKind::kCred:
      return CredStore::Open(loop, folder);
    case StoreKind::kHoney:
      return HoneyStore::Open(loop, folder);
    case StoreKind::kProfile:
      return ProfileStore::Open(loop, folder);
    case StoreKind::kKeys:
      return KeysStore::Open(loop, folder);
    case StoreKind::kNotary:
      return NotaryStore::Open(loop, folder);
    case StoreKind::kCourse:
      return CourseStore::Open(loop, folder);
  }
  return Error{"no such store"};
}

}  // namespace zoobar
