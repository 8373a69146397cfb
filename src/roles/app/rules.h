// Decisions about a request that app makes without calling another role.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/head.h"
#include "ipc/bytes.h"
#include "profile.pb.h"

namespace zoobar {

inline constexpr std::string_view kHomePath = "/zoobar/index.cgi/";
inline constexpr std::string_view kLoginPath = "/zoobar/index.cgi/login";
inline constexpr std::string_view kSessionCookie = "PyZoobarLogin";
inline constexpr std::string_view kDeviceCookie = "PyZoobarDevice";
inline constexpr std::string_view kClaimCookie = "PyZoobarClaim";  // used while a login or registration waits

// The Retry-After if a disk is full. It is long, because somebody has to make room first.
inline constexpr std::uint32_t kNoRoomSeconds = 60;

// Returns the full name of a cookie. Behind TLS the name has the prefix __Host-. Browsers accept a cookie with this
// prefix from this host only (RFC 6265bis, 4.1.3), so a neighbouring host cannot set it.
std::string CookieName(std::string_view cookie, bool secure);

// Returns whether another site caused this request. A browser says so in the field Sec-Fetch-Site (W3C Fetch Metadata)
// or Origin (RFC 6454, 7). Origin is compared with the request's own host, without the scheme; "null" counts as another
// site. A client that sends neither field is not a browser, so another site cannot have caused its request.
bool IsCrossSite(const RequestHead& head);

// Returns whether a browser sent the request to show a page (a navigation). A browser can show a page that says "please
// wait", and ask again. A script wants one answer, however long it takes. For a navigation, browsers send
// Sec-Fetch-Mode: navigate. On a site that is neither local nor behind TLS, browsers leave that field out (W3C Fetch
// Metadata, 2), but still send Upgrade-Insecure-Requests.
bool IsBrowser(const RequestHead& head);

// Returns where to go after the login: `next` if it is a path of this site, else the home page. A path of this site
// begins with "/", not followed by "/" or "\", and has only printable ASCII.
std::string_view LocalOrHome(std::string_view next);

// Returns the URL of the login page that leads back to this request's page. The URL contains the path and the query of
// the request. For a POST it contains only the path, because the fields of the form are lost.
std::string LoginFor(const RequestHead& head);

// Returns the URL at which a browser asks for the result of a login that waits. next: where to go after the login.
std::string WaitingFor(std::string_view next);

// Reads the amount in a form, which must consist of digits. If the text is wrong, returns a text that tells the member
// why, and what to do.
std::variant<std::int64_t, std::string_view> ParseZoobars(std::string_view text);

// Reads a whole number without a sign. Returns 0 for any other text.
std::uint64_t ParseNumberOrZero(std::string_view text);

// Returns whether `text` looks like the number of one of our own forms (32 hexadecimal digits). Scripts send other
// texts, for example "Send" each time. Two requests with the same text of that kind need not be the same act.
bool IsSubmission(std::string_view text);
// Makes a new number for a form, from the kernel's random source.
std::string FreshSubmission();

// Returns the cookie's value if it can be a token (base64url, at most 64 bytes), else an empty text.
std::string_view TokenOrNothing(std::string_view cookie);

// Returns a sentence that tells the visitor how a program's run ended. The sentence is empty if the run ended well.
std::string_view NoticeOf(const ShowReply& shown);
// Returns whether the program itself caused the end that NoticeOf describes. Returns false if, for example, there was
// no room to run the program.
bool IsItsFault(const ShowReply& shown);
// Returns hints for the program's owner: which actions were blocked, what the traceback means, and which files were not
// kept.
std::vector<std::string> HintsOf(const ShowReply& shown);

// Returns the bytes of a text that ToHex (ipc/bytes.h) made, or an empty text for any other text.
std::string FromHex(std::string_view text);

}  // namespace zoobar
