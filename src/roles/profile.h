// Role:      profile, the members' profiles.
// Called by: app (get, save).
// Calls:     sanitizer, bank (reads, for the programs to come; every role may write to logger).
// Holds:     the LMDB environment `profile`; the key it shares with auth for tickets.
// If compromised: it can show false profiles. Members' pages keep scripts out (CSP), whatever it answers. It learns no
//            password, no session and no balance.
// Known limits: when the allow-list has changed, visitors who come to one profile at the same moment each have it
//            cleaned again.
//
// A profile is shown to everybody as the sanitizer left it, or, when its first line is `#!python`, as a program's
// source. HTML is cleaned once, when it is saved, and again when the allow-list has changed since.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "profile.pb.h"
#include "roles/in_flight.h"
#include "roles/role.h"
#include "sanitizer.pb.h"
#include "store/profiles.h"

namespace zoobar {

// Whether this text is a program: its first line is `#!python`, blanks and a carriage return after it allowed.
bool IsProgram(std::string_view text);

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
  Task<Result<Outgoing<SaveReply>>> Save(Incoming<SaveRequest> call);

  void Drain(std::function<void()> done) override { in_flight_.Drain(std::move(done)); }
  void Reload(const Config& config) override { max_source_bytes_ = config.profile().max_source_bytes(); }

 private:
  Task<Result<CleanReply>> Clean(std::string html);
  // Brings the HTML up to the present allow-list.
  Task<Result<StoredProfile>> Renew(std::string member, StoredProfile profile);

  Site& site_;
  const Options options_;
  std::uint32_t max_source_bytes_;
  std::unique_ptr<Profiles> profiles_;
  InFlight in_flight_;
  std::int64_t saved_ = 0, renewed_ = 0, refused_tickets_ = 0;
};

extern const RoleSpec kProfileRole;

}  // namespace zoobar
