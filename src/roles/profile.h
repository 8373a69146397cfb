// Role:      profile, which keeps the members' profiles and the files of their programs, and serves the API that
//            programs call.
// Called by: app (get, show, save, try, own); admin (pause, denials).
// Calls:     sanitizer, sandbox, bank (reads, and payments of owners who are being visited; every role may write to
//            logger).
// Holds:     the LMDB environment `profile`; the key it shares with auth for tickets.
// If compromised: it can show false profiles, and read and change the files of programs. It can pay for owners whose
//            profiles are being visited, within bank's limits, because each visit brings a spending ticket that is good
//            for 30 seconds. It cannot put scripts on members' pages: the pages' CSP forbids them. It learns no
//            password and no session.
// Known limits: the sanitizer's time for what a member saves, and for what programs print for that member, comes from
//            the member's share (profile/cleaning.h). A member who uses more than the share sees "busy".
//
// HTML is cleaned once, when it is saved. It is cleaned again when somebody reads it after the allow-list has changed;
// several who read it at the same moment share one cleaning. The saves of one member are done one after the other. A
// profile whose first line is `#!python` runs on each visit (profile/programs.h), and its output is cleaned.
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
#include "site/in_flight.h"
#include "site/role.h"
#include "store/profiles.h"
#include "store/social.h"

namespace zoobar {

class Profile : public RoleBody {
 public:
  struct Options {
    std::string folder = kStoreFolder;
    std::function<std::int64_t()> clock = WallMillis;  // milliseconds since 1970
    std::uint32_t allow_list_version;                  // HTML cleaned by another version is cleaned again
    Options();
  };

  // Opens the store. Ends the process if the store cannot be opened.
  explicit Profile(Site& site, Options options = {});

  Task<Result<Outgoing<GetReply>>> Get(Incoming<GetRequest> call);
  Task<Result<Outgoing<ShowReply>>> Show(Incoming<ShowRequest> call);
  Task<Result<Outgoing<SaveReply>>> Save(Incoming<SaveRequest> call);
  Task<Result<Outgoing<TryReply>>> Try(Incoming<TryRequest> call);
  Task<Result<Outgoing<OwnReply>>> Own(Incoming<OwnRequest> call);
  Task<Result<Outgoing<PauseReply>>> Pause(Incoming<PauseRequest> call);
  Task<Result<Outgoing<DenialsReply>>> Denials(Incoming<DenialsRequest> call);

  void Drain(std::function<void()> done) override { in_flight_.Drain(std::move(done)); }
  void Reload(const Config& config) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t pid, Fd peer_stderr) override;
  void PeerLost(Role role, std::uint32_t instance) override;

 private:
  // The ticket's content, if the ticket is for this act. A refused ticket is written to the security log.
  Result<TicketBody> CheckFor(const Caller& from, const Ticket& ticket, std::string_view method,
                              std::string_view digest);
  struct Loaded {
    std::optional<StoredProfile> profile;  // nullopt: the member has none
    std::uint32_t retry_after_s = 0;       // not 0: the HTML could not be cleaned again in time and is left out
  };
  // Reads the stored profile. Cleans its HTML again if another version of the allow-list cleaned it.
  Task<Result<Loaded>> Load(std::string member, std::int64_t deadline);
  // Cleans the HTML with the present allow-list. Calls for the same member that arrive meanwhile get the same answer.
  Task<Loaded> Renew(std::string member, StoredProfile profile, std::int64_t deadline);
  Task<Loaded> RenewNow(std::string member, StoredProfile profile, std::int64_t deadline);
  // The reply about a run, with its output cleaned. Only the owner gets errors and denials.
  Task<Result<ShowReply>> Present(Programs::Outcome outcome, std::string visitor, std::string owner,
                                  std::int64_t deadline);
  // Cleans `text` into `profile`. OUTCOME_SAVED: it was cleaned and can be saved. Else the answer says why it cannot.
  Task<SaveReply> CleanInto(StoredProfile& profile, const std::string& text, std::string member, std::int64_t deadline);
  // Asks bank for the id of the member with this name. Empty: nobody has the name.
  Task<Result<std::string>> MemberNamed(std::string name);

  Site& site_;
  const Options options_;
  std::uint32_t max_source_bytes_;
  std::unique_ptr<Profiles> profiles_;
  Social social_;
  InFlight in_flight_;
  Programs programs_;
  Cleaning cleaning_;
  FairQueue saves_;  // turns to write a profile
  struct Renewal {
    Loaded loaded;
    std::vector<std::shared_ptr<Promised<bool>>> others;
  };
  std::map<std::string, std::shared_ptr<Renewal>> renewals_;  // those under way, by member
  std::int64_t saved_ = 0, renewed_ = 0, refused_tickets_ = 0;
};

extern const RoleSpec kProfileRole;

}  // namespace zoobar
