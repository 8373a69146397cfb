// Role:      app, which makes the pages for members.
// Called by: dispatcher, which hands over connections whose next request is for app.
// Calls:     auth (to learn who the member is, and to get tickets for the member's acts), bank, profile, echo,
//            notary (the signed head of the journal), course (what a member has done of the tasks); dispatcher (to give a connection back, or to report that it is closed).
// Holds:     nothing on disk. While it serves a request: the session token and what the member typed, in memory that is
//            wiped afterwards. No password: the pages with passwords are the role login's, and auth takes no password
//            from app.
// If compromised: it acts as every member who uses the site in the meantime, reads what they send to its pages, and shows
//            them any page it likes, even with scripts, because it can leave out the Content-Security-Policy. It can so
//            ask a member for the password on a false page, and it can read what comes next on the connections that it
//            was handed, even a login. It cannot act for members who stay away, because it has no password and no
//            session of theirs, and a ticket lasts 30 seconds. It cannot change balances or the journal, which only bank
//            can write.
// Known limits: if a page needs a role that is down for more than a second, the answer is a 503. When a dispatcher has
//            ended, its connections have half a minute to finish the answers that they wait for. They end earlier if a
//            newer connection needs the place.
//
// The parts: web/page_role (connections, and the way of a request to its page), and the pages in app/.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app.pb.h"
#include "auth.pb.h"
#include "bank.pb.h"
#include "course.pb.h"
#include "ipc/fair_queue.h"
#include "notary.pb.h"
#include "pages/pages.h"
#include "profile.pb.h"
#include "site/role.h"
#include "statement.pb.h"
#include "web/page_role.h"

namespace zoobar {

class App : public PageRole {
 public:
  // open_files: the process's RLIMIT_NOFILE; 0: ask the kernel.
  explicit App(Site& site, std::size_t open_files = 0);

  Task<Result<Outgoing<ServeReply>>> Serve(Incoming<ServeRequest> call);
  Task<Result<Outgoing<Nothing>>> LetGo(Incoming<LetGoRequest> call);

  void Reload(const Config& config) override;

 private:
  static const Route<App> kRoutes[];
  Answered Page(WebRequest& web) override;
  Answered Root(WebRequest& web);

  // Functions that many pages use (app/member.cc). The functions that take a WebRequest use its session token.
  Task<Result<CheckReply>> Check(WebRequest& web, CheckRequest request);
  // Returns the member's balance. Opens the member's account first if bank has none yet.
  Task<Result<std::int64_t>> OwnBalance(WebRequest& web, std::string member);
  Task<Result<std::int64_t>> OpenAccount(Ticket ticket);
  Task<Result<GetReply>> Profile(std::string member, bool source);
  // Gets the profile of the member that `check` found. If the profile is a program, and auth granted the visit, the
  // program is run.
  Task<Result<ShowReply>> Look(WebRequest& web, const CheckReply& check);
  Task<Result<JournalReply>> Journal(std::string member, std::uint64_t before);

  // app/home.cc
  Answered Home(WebRequest& web);
  Answered SaveProfile(WebRequest& web);
  Answered PutExample(WebRequest& web);
  Answered TryProgram(WebRequest& web);
  // Save and Try wait for a turn in texts_, then call profile.
  Task<Result<SaveReply>> Save(WebRequest& web, std::string member, SaveRequest request);
  Task<Result<TryReply>> Try(WebRequest& web, std::string member, TryRequest request);
  // Returns the names of the files that the member's program keeps; nothing, if profile does not tell them now.
  Task<std::optional<std::vector<std::string>>> OwnFiles(Ticket ticket);
  Answered SetLimits(WebRequest& web);
  // Makes the home page. `page` may already hold messages. typed: the text for the form; null: the form shows the saved
  // profile.
  Task<Result<Response>> HomeWith(WebRequest& web, const CheckReply& check, HomePage page, const std::string* typed);
  // app/program.cc
  Answered Program(WebRequest& web);
  Answered Manual(WebRequest& web);
  static ManualPage ManualOf(const Config::Profile& limits);
  // app/members.cc
  Answered Users(WebRequest& web);
  Answered Members(WebRequest& web);
  Answered OwnJournal(WebRequest& web);
  // What others may see of a member's journal: the entries that moved zoobars between two members.
  struct Transferred {
    std::vector<JournalReply::Entry> entries;  // newest first
    std::uint64_t older = 0;                   // there may be more below this number; 0: there are none
  };
  Task<Result<Transferred>> Transfers(std::string member, std::uint64_t before);
  // app/statement.cc
  Answered OwnStatement(WebRequest& web);
  // The signed head of a journal that has the member's newest entry. Its checkpoint is empty if there is none now.
  Task<Result<CheckpointReply>> HeadFor(std::string member);
  Task<Result<StatementReply>> StatementPart(StatementRequest request);
  // Puts the member's entries into the statement, newest first in calls, oldest first in the result.
  Task<Status> Gather(Statement& statement, StatementRequest request);
  // Adds the proof that the journal continues this older size.
  Task<Status> ProveOlder(Statement& statement, std::uint64_t older, std::uint64_t size);
  Task<Result<Response>> StatementPageOf(const CheckReply& check, const CheckpointReply& head, std::uint64_t before);
  // app/transfer.cc
  Answered Transfer(WebRequest& web);
  Answered TransferForm(WebRequest& web);
  Answered Send(WebRequest& web);
  // Checks the session, waits, and then does what Send does. Send checks the session again.
  Answered SendLater(WebRequest& web, std::string_view seconds);
  // app/offers.cc
  Answered Offers(WebRequest& web);
  Answered MakeOffer(WebRequest& web);
  Answered SettleOffer(WebRequest& web, OfferEnd end);
  // Makes the page. `page` may already say what became of an offer.
  Task<Result<Response>> OffersWith(WebRequest& web, const CheckReply& check, OffersPage page);
  // The name of the sender, or of the recipient, of an entry of the member's journal; empty if bank does not tell it.
  Task<std::string> NameIn(std::string member, std::uint64_t entry, bool sender);
  // app/sending.cc
  // Asks bank to move zoobars, and asks a second time if it does not reply. The ticket is the same, so bank moves them at
  // most once. Returns the reply, or nothing.
  template <typename Reply, typename Request>
  Task<std::optional<Reply>> AskTwice(Request request);
  // AskTwice for a TransferRequest or an OfferRequest. Opens the member's account first if bank has none yet.
  template <typename Request>
  Task<std::optional<TransferReply>> Pay(WebRequest& web, Request request);
  // app/account.cc
  Answered Account(WebRequest& web);
  Answered EndSessions(WebRequest& web, LogoutRequest request);
  Answered RemovePasskey(WebRequest& web);
  // Fills in the part of the page about passkeys. `listed` must outlive the page.
  void ShowPasskeys(const WebRequest& web, const PasskeysReply& listed, AccountPage& page) const;
  Answered ShowAccount(WebRequest& web, std::string_view warning, std::string_view notice);
  // app/export.cc
  Answered Export(WebRequest& web);
  // Adds the entries of the member's journal, up to kMostExported, and says whether there are more.
  Task<Status> AddJournal(const std::string& member, MemberData& data);
  // Adds the open offers that the member has made or got.
  Task<Status> AddOffers(const std::string& member, MemberData& data);
  // Adds what profile keeps: the text of the profile, and the program's files.
  Task<Status> AddProfile(const std::string& member, const Ticket& own, MemberData& data);
  // app/tasks.cc
  Answered Tasks(WebRequest& web);
  // app/small.cc
  Answered ZoobarJs(WebRequest& web);
  Answered Echo(WebRequest& web);

  Peer &auth_, &bank_, &profile_, &echo_, &notary_, &course_;
  std::uint32_t min_password_;  // the minimum length of a new password, which the account page names
  bool course_graders_;
  std::vector<std::string> passkey_origins_;
  std::uint32_t profile_limit_;
  Config::Tasks tasks_;  // of a course; none: there is no page for them
  ManualPage manual_;    // the manual page, without its reader's name
  FairQueue texts_;      // calls to profile with the text of a profile
};

extern const RoleSpec kAppRole;

}  // namespace zoobar
