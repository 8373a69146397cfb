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
inline constexpr std::string_view kClaimCookie = "PyZoobarClaim";  // while a login or registration waits for its turn

// Retry-After where a disk is full: somebody has to make room first.
inline constexpr std::uint32_t kNoRoomSeconds = 60;

// The full name of a cookie. Behind TLS it has the prefix __Host-: browsers then accept the cookie from this host alone
// (RFC 6265bis, 4.1.3), so a neighbouring host cannot plant one.
std::string CookieName(std::string_view cookie, bool secure);

// Whether a browser says that another site made this request: by Sec-Fetch-Site (W3C Fetch Metadata) or by Origin
// (RFC 6454, 7; "null" is another site), compared with the request's own host without scheme. A client that sends
// neither field is not a browser, so another site cannot have made it send the request.
bool IsCrossSite(const RequestHead& head);

// Whether the request is a browser's navigation. A browser can show a page in the meantime and ask again; a script
// wants one answer, however long it takes. Browsers send Sec-Fetch-Mode: navigate. On a site that is neither local nor
// behind TLS they leave that field out (W3C Fetch Metadata, 2), but still send Upgrade-Insecure-Requests.
bool IsBrowser(const RequestHead& head);

// Where to go after the login: `next` if it is a path of this site (one "/", then neither "/" nor "\"; printable ASCII
// only), else the home page.
std::string_view LocalOrHome(std::string_view next);

// The URL of the login page that leads back to this request's page. It keeps the path and the query; for a POST only
// the path, because the fields of the form are lost.
std::string LoginFor(const RequestHead& head);

// The URL at which a browser asks for the result of a login that waits. next: where to go afterwards.
std::string WaitingFor(std::string_view next);

// The amount in a form, which must consist of digits; else the reason for the member, and what to do.
std::variant<std::int64_t, std::string_view> ParseZoobars(std::string_view text);

// A whole number without a sign; 0 for anything else.
std::uint64_t ParseNumberOrZero(std::string_view text);

// Whether this is the number of one of our own forms (32 hexadecimal digits). Scripts send other texts, and the same
// one each time ("Send"): from those, one cannot conclude that two requests are the same act.
bool IsSubmission(std::string_view text);
// A new one, from the kernel's random source.
std::string FreshSubmission();

// The cookie's value if it can be a token (base64url, at most 64 bytes); else empty.
std::string_view TokenOrNothing(std::string_view cookie);

// How a program's run ended, in a sentence for the visitor; empty: well.
std::string_view NoticeOf(const ShowReply& shown);
// Whether the program caused that end itself. False: there was no room to run it, for example.
bool IsItsFault(const ShowReply& shown);
// For the owner: which actions were blocked, what the traceback means, and which files were not kept.
std::vector<std::string> HintsOf(const ShowReply& shown);

// The bytes of a text that ToHex (ipc/bytes.h) made; empty for any other text.
std::string FromHex(std::string_view text);

}  // namespace zoobar
