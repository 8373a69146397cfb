// Role:      profile, the members' profiles, the files of those that are programs, and the API that programs call.
// Called by: app (get, show, save, try, own); admin (pause, denials).
// Calls:     sanitizer, sandbox, bank (reads, and payments of owners being looked at; every role may write to
//            logger).
// Holds:     the LMDB environment `profile`; the key it shares with auth for tickets.
// If compromised: it can show false profiles, read and change what programs keep, and pay for owners whose profiles are
//            being looked at, within bank's caps: each look brings a spending ticket good for 30 seconds. Members'
//            pages keep scripts out (CSP), whatever it answers. It learns no password and no session.
// Known limits: what a member saves, and what programs print for them, is cleaned from the member's share of the
//            sanitizer (profile/cleaning.h). Who uses more than that sees "busy".
//
// HTML is shown as the sanitizer left it: cleaned once, when it is saved, and again when the allow-list has changed
// since; once, however many come to look at that moment. One member's saves are one after the other. A profile whose
// first line is `#!python` is run each time somebody looks (profile/programs.h), and what it prints is cleaned.
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
    std::uint32_t allow_list_version;                  // the one HTML is shown by
    Options();
  };

  // Opens the store; dies when it cannot.
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
  // What the ticket says, if it is for this act; a refused one goes to the security log.
  Result<TicketBody> CheckFor(const Caller& from, const Ticket& ticket, std::string_view method,
                              std::string_view digest);
  struct Loaded {
    std::optional<StoredProfile> profile;  // nullopt: none
    std::uint32_t retry_after_s = 0;       // not 0: its HTML could not be brought up to date in time, and is left out
  };
  // The stored profile, its HTML up to date.
  Task<Result<Loaded>> Load(std::string member, std::int64_t deadline);
  // Brings the HTML up to the present allow-list. All who ask meanwhile get the one answer.
  Task<Loaded> Renew(std::string member, StoredProfile profile, std::int64_t deadline);
  Task<Loaded> RenewNow(std::string member, StoredProfile profile, std::int64_t deadline);
  // What a run left to show, cleaned.
  Task<Result<ShowReply>> Present(Programs::Outcome outcome, std::string visitor, std::string owner,
                                  std::int64_t deadline);
  // Why HTML is not saved; SAVED: `profile` has it cleaned.
  Task<SaveReply> CleanInto(StoredProfile& profile, const std::string& text, std::string member, std::int64_t deadline);
  // The id of the member of this name, asked of bank; empty: nobody.
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
  std::map<std::string, std::shared_ptr<Renewal>> renewals_;  // under way, by member
  std::int64_t saved_ = 0, renewed_ = 0, refused_tickets_ = 0;
};

extern const RoleSpec kProfileRole;

}  // namespace zoobar
