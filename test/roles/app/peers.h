// Stand-ins for all roles that app calls.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app.pb.h"
#include "dispatcher.pb.h"
#include "echo.pb.h"
#include "ipc/channel.h"
#include "roles/app/fake_auth.h"
#include "roles/app/fake_bank.h"
#include "roles/app/fake_profile.h"

namespace zoobar {

class AppPeers : public FakeAuth, public FakeBank, public FakeProfile {
 public:
  AppPeers() {
    HandleAuth(services_[ROLE_AUTH]);
    HandleBank(services_[ROLE_BANK]);
    HandleProfile(services_[ROLE_PROFILE]);
    services_[ROLE_ECHO].Handle(&AppPeers::Say, this);
    services_[ROLE_DISPATCHER].Handle(&AppPeers::TakeBack, this);
  }

  std::vector<TakeBackRequest> taken_back;
  std::vector<std::string> taken_back_bytes;

  void AddMember(const std::string& name, std::int64_t zoobars = 10) {
    passwords[name] = "supersecretpassword";
    sessions.insert("session" + name);
    balances["id:" + name] = zoobars;
  }
  static std::string CookieOf(const std::string& name) { return "Cookie: PyZoobarLogin=session" + name + "\r\n"; }
  const std::map<Role, Service>& services() const { return services_; }

 private:
  Task<Result<Outgoing<SayReply>>> Say(Incoming<SayRequest> call) {
    if (Error* error = Called("Echo.Say")) co_return *error;
    SayReply reply;
    reply.set_text(call.message.text());
    co_return reply;
  }
  Task<Result<Outgoing<Nothing>>> TakeBack(Incoming<TakeBackRequest> call) {
    taken_back.push_back(call.message);
    taken_back_bytes.emplace_back(View(call.secret));
    Nothing nothing;
    co_return nothing;
  }

  std::map<Role, Service> services_;
};

}  // namespace zoobar
