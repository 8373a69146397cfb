// Role:      console. It shows the site to its operator on one page: the processes and their calls, the last hour, alarms,
//            denials, queues. It has a listener of its own (`console` in the configuration), and changes nothing.
// Called by: nobody. Its work arrives on the listener.
// Calls:     admin (OpenConsole, ShowConsole, CloseConsole), every role (Health: Report).
// Holds:     its listening socket, open connections, figures of the last hour. The operator secret and the tokens of
//            sessions pass through it, in memory that is wiped.
// If compromised: the attacker can show the operator a false page. It learns the counters of all roles, which have no
//            member's name, and the secret of an operator who signs in meanwhile. The secret is of use only to
//            somebody who may open the control socket, which this process cannot reach. With the token of a session
//            the attacker reads what the page shows: process ids, alarms, and lines of the security log, which have
//            names of members. It reaches no store, no password and no request of a member.
// Known limits: whoever can reach the listener can keep others from signing in, by guessing all the time, but not those
//            who have signed in. Browsers send cookies to every port of a host. So the site's own roles see the token
//            of an operator who uses the site under the same host name. They can reach neither this listener nor admin
//            with it.
#pragma once

#include <cstdint>
#include <string>

#include "admin.pb.h"
#include "listen/small_server.h"
#include "pages/console_page.h"
#include "roles/console/history.h"
#include "roles/console/picture.h"
#include "site/in_flight.h"
#include "site/role.h"
#include "site/role_reports.h"

namespace zoobar {

class Console : public RoleBody, private SmallServer {
 public:
  explicit Console(Site& site);

  // The following functions implement RoleBody.
  void Rest() override { RestServer(); }
  void Drain(std::function<void()> done) override;
  void PeerWired(Role role, std::uint32_t instance, std::int32_t, Fd) override { reports_.PeerWired(role, instance); }

 private:
  // The following functions implement HttpHandler.
  Verdict OnHead(HttpConnection& connection, const RequestHead& head) override;
  void OnRequest(Exchange exchange, Request request) override;

  Task<void> SignIn(Exchange exchange, Request request);
  Task<void> SignOut(Exchange exchange, Request request);
  Task<void> Show(Exchange exchange, Request request);
  Task<void> NoteFigures();
  Response SignInForm(int status, std::string warning = {}) const;

  Site& site_;
  RoleReports reports_;
  History history_;
  const Picture picture_;
  const ConsolePages pages_;
  Timer every_;
  InFlight in_flight_;
};

extern const RoleSpec kConsoleRole;

}  // namespace zoobar
