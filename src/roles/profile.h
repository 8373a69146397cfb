// Role:      profile, which keeps the members' profiles and the files of their programs, and serves the API that
//            programs call.
// Called by: app (get, show, save, try, own); login (erase what a member leaves); admin (pause, denials, describe, and what
//            the operator has signed).
// Calls:     sanitizer, sandbox, bank (to read accounts, and to pay for owners whose programs are being visited).
//            (Every role may write to logger.)
// Holds:     the LMDB environment `profile`; the key that it shares with auth, to check tickets.
// If compromised: it can show false profiles, and read and change the files of programs. It can pay for owners whose
//            profiles are being visited, within bank's limits, because each visit brings a spending ticket that is good
//            for 30 seconds. It cannot put scripts on members' pages, because the pages' Content-Security-Policy
//            forbids scripts. It learns no password and no session.
// Known limits: each member has a share of the sanitizer's time (profile/cleaning.h), for what the member saves and for
//            what programs print for that member. A member who uses more than the share sees "busy".
//
// HTML is cleaned when a member saves it. It is cleaned again when somebody reads it after the allow-list has changed.
// Several readers at the same moment share one cleaning. The saves of one member are done one after the other. If the
// first line of a profile is `#!python`, it is a program, which runs on each visit (profile/programs.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/fair_queue.h"
#include "profile.pb.h"
#include "roles/profile/cleaning.h"
#include "roles/profile/programs.h"
#include "sanitizer.pb.h"
#include "site/clock.h"
#include "site/in_flight.h"
#include "site/operator_act.h"
#include "site/role.h"
#include "store/profiles.h"
#include "store/social.h"

namespace zoobar {

class Profile : public RoleBody {
 public:
  struct Options {
    std::string folder;  // of the store
    RoleClock clock;
    std::uint32_t allow_list_version;  // HTML cleaned with another version is cleaned again
    Options();
  };

  // Opens the store. Ends the process if the store cannot be opened.
  Profile(Site& site, Options options);

  Task<Result<Outgoing<GetReply>>> Get(Incoming<GetRequest> call);
  Task<Result<Outgoing<ShowReply>>> Show(Incoming<ShowRequest> call);
  Task<Result<Outgoing<SaveReply>>> Save(Incoming<SaveRequest> call);
  Task<Result<Outgoing<TryReply>>> Try(Incoming<TryRequest> call);
  Task<Result<Outgoing<OwnReply>>> Own(Incoming<OwnRequest> call);
  Task<Result<Outgoing<PauseReply>>> Pause(Incoming<PauseRequest> call);
  Task<Result<Outgoing<DenialsReply>>> Denials(Incoming<DenialsRequest> call);
  Task<Result<Outgoing<EraseReply>>> Erase(Incoming<EraseRequest> call);
  // Checks the operator's signature, and carries out the act (profile/operating.cc).
  Task<Result<Outgoing<SealedAnswer>>> Operate(Incoming<OperateProfileRequest> call);
  Task<Result<Outgoing<DescribeReply>>> Describe(Incoming<DescribeRequest> call);

  void Drain(std::function<void()> done) override { in_flight_.Drain(std::move(done)); }
  void Reload(const Config& config) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;
  void PeerLost(Role role, std::uint32_t instance) override;

 private:
  // Checks that the ticket permits this act, and returns the ticket's content. If the ticket does not permit the act,
  // writes that to the security log and returns an Error.
  Result<TicketBody> CheckFor(const Caller& from, const Ticket& ticket, std::string_view method,
                              std::string_view digest);
  struct Loaded {
    std::optional<StoredProfile> profile;  // nullopt: the member has no profile
    std::uint32_t retry_after_s = 0;       // not 0: the HTML is left out, as it could not be cleaned again in time
  };
  // Reads the stored profile. Cleans its HTML again if it was cleaned with another version of the allow-list.
  Task<Result<Loaded>> Load(std::string member, std::int64_t deadline);
  // Cleans the HTML with the present allow-list. Calls for the same member that arrive during the cleaning get the same
  // answer.
  Task<Loaded> Renew(std::string member, StoredProfile profile, std::int64_t deadline);
  Task<Loaded> RenewNow(std::string member, StoredProfile profile, std::int64_t deadline);
  // Makes the reply about a run, with the run's output cleaned. The reply has errors and denials only if the visitor is
  // the owner.
  Task<Result<ShowReply>> Present(Programs::Outcome outcome, std::string visitor, std::string owner,
                                  std::int64_t deadline);
  // Cleans `text` and puts the result into `profile`. The answer is OUTCOME_SAVED if the profile can now be saved, else
  // the reason why not.
  Task<SaveReply> CleanInto(StoredProfile& profile, const std::string& text, std::string member, std::int64_t deadline);
  // profile/operating.cc
  // Returns all that is kept of a member's profile, for the operator, without the content of files.
  Result<ProfileAnswer> WholeProfile(const std::string& member);
  // Returns a piece of a file that the member's program keeps, at most kPiece bytes. Empty: there is no more.
  Result<std::string> PieceOfFile(const std::string& member, std::string_view path, std::uint64_t offset);
  Task<Status> EraseAll(std::string member, std::string_view by);
  // Asks bank for the id of the member with this name. The id is empty if nobody has the name.
  Task<Result<std::string>> MemberNamed(std::string name);

  Site& site_;
  const Options options_;
  std::uint32_t max_source_bytes_;
  std::unique_ptr<Profiles> profiles_;
  Social social_;
  OperatorActs operator_acts_;
  InFlight in_flight_;
  Programs programs_;
  Cleaning cleaning_;
  FairQueue saves_;  // turns to write a profile
  struct Renewal {
    Loaded loaded;
    std::vector<std::shared_ptr<Promised<bool>>> others;
  };
  std::map<std::string, std::shared_ptr<Renewal>> renewals_;  // the renewals under way, by member id
  std::int64_t saved_ = 0, renewed_ = 0, refused_tickets_ = 0;
};

extern const RoleSpec kProfileRole;

}  // namespace zoobar
