// Decisions about a request that login makes without calling another role.
#pragma once

#include <string>
#include <string_view>

#include "auth.pb.h"
#include "http/head.h"
#include "http/response.h"
#include "ipc/fair_queue.h"

namespace zoobar {

inline constexpr std::string_view kClaimCookie = "PyZoobarClaim";  // used while a login or registration waits

// Returns whether a browser sent the request to show a page (a navigation). A browser can show a page that says "please
// wait", and ask again. A script wants one answer, however long it takes. For a navigation, browsers send
// Sec-Fetch-Mode: navigate. On a site that is neither local nor behind TLS, browsers leave that field out (W3C Fetch
// Metadata, 2), but still send Upgrade-Insecure-Requests.
bool IsBrowser(const RequestHead& head);

// Returns the URL at which a browser asks for the result of a login that waits. next: where to go after the login.
std::string WaitingFor(std::string_view next);

// Returns the URL of the account page that says what was done in this session: `what` is "password_changed_in" or
// "passkey_added_in". app compares the id with that of the present session in auth's list (SessionsReply.Session.id: the
// first 16 bytes of the token's key).
std::string AccountSaying(std::string_view what, std::string_view session_token);

// Returns the reply that auth would give if it were busy. refused: a turn that was not granted.
LoginReply BusyReply(const FairQueue::Turn& refused);
// Returns a text that tells the member why a login, a registration or a change of the password failed.
std::string WhyNotLoggedIn(const LoginReply& reply);
// Sets the status of the page of a failed login, and the time after which another attempt makes sense.
void SetWhyNot(Response& page, const LoginReply& reply);

}  // namespace zoobar
