// A stand-in for profile, with profiles in a plain map. It runs no programs: tests set what comes of a run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ipc/channel.h"
#include "profile.pb.h"
#include "roles/app/peer_calls.h"

namespace zoobar {

class FakeProfile : public virtual PeerCalls {
 public:
  // For tests to set and read.
  std::map<std::string, std::string> profiles;  // by member id
  std::map<std::string, ShowReply> shows;       // by member id: what a visit to their program gives
  TryReply tried;
  SaveReply saved;  // what a save gives besides its outcome
  OwnReply own;
  std::vector<std::string> own_tickets;
  std::vector<TryRequest> tries;
  std::vector<ShowRequest> looks;

 protected:
  void HandleProfile(Service& service) {
    service.Handle(&FakeProfile::Get, this);
    service.Handle(&FakeProfile::Show, this);
    service.Handle(&FakeProfile::Save, this);
    service.Handle(&FakeProfile::Try, this);
    service.Handle(&FakeProfile::Own, this);
  }

 private:
  Task<Result<Outgoing<GetReply>>> Get(Incoming<GetRequest> call) {
    if (Error* error = Called("Profile.Get")) co_return *error;
    GetReply reply;
    const std::string& text = profiles[call.message.member()];
    reply.set_kind(text.empty()                   ? GetReply::KIND_EMPTY
                   : text.starts_with("#!python") ? GetReply::KIND_PROGRAM
                                                  : GetReply::KIND_HTML);
    if (call.message.source() || reply.kind() == GetReply::KIND_PROGRAM) reply.set_source(text);
    if (reply.kind() == GetReply::KIND_HTML) reply.set_html(text);
    co_return Outgoing<GetReply>(reply);
  }
  Task<Result<Outgoing<ShowReply>>> Show(Incoming<ShowRequest> call) {
    if (Error* error = Called("Profile.Show")) co_return *error;
    looks.push_back(call.message);
    const std::string& owner = call.message.owner();
    if (const auto found = shows.find(owner); found != shows.end()) co_return Outgoing<ShowReply>(found->second);
    ShowReply reply;
    reply.set_kind(profiles[owner].empty() ? GetReply::KIND_EMPTY : GetReply::KIND_HTML);
    reply.set_html(profiles[owner]);
    co_return Outgoing<ShowReply>(reply);
  }
  Task<Result<Outgoing<SaveReply>>> Save(Incoming<SaveRequest> call) {
    if (Error* error = Called("Profile.Save")) co_return *error;
    SaveReply reply = saved;
    reply.set_outcome(SaveReply::OUTCOME_SAVED);
    if (call.message.text().size() > 100) {
      reply.set_outcome(SaveReply::OUTCOME_TOO_LARGE);
      reply.set_limit(100);
    } else {
      profiles[call.message.ticket().body()] = call.message.text();
    }
    co_return Outgoing<SaveReply>(reply);
  }
  Task<Result<Outgoing<TryReply>>> Try(Incoming<TryRequest> call) {
    if (Error* error = Called("Profile.Try")) co_return *error;
    tries.push_back(std::move(call.message));
    co_return tried;
  }
  Task<Result<Outgoing<OwnReply>>> Own(Incoming<OwnRequest> call) {
    if (Error* error = Called("Profile.Own")) co_return *error;
    own_tickets.push_back(call.message.ticket().body());
    if (call.message.remove_files()) own.clear_files();
    co_return own;
  }
};

}  // namespace zoobar
