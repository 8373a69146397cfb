// What app decides by itself about a request, without asking any role: small questions with one answer each.
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

// Retry-After where a store has no room: somebody has to make some first.
inline constexpr std::uint32_t kNoRoomSeconds = 60;

// The name under which a cookie is set and looked for. Behind TLS it has the prefix that makes browsers refuse it from
// anybody but this very host (RFC 6265bis, 4.1.3): a neighbour cannot plant one.
std::string CookieName(std::string_view cookie, bool secure);

// Whether a browser says that another site made this request: by Sec-Fetch-Site (W3C Fetch Metadata) or by Origin
// (RFC 6454, 7; "null" is another site), compared with the request's own host without scheme. Clients that send neither
// field are no browsers, and nobody can be tricked through them.
bool IsCrossSite(const RequestHead& head);

// Whether a person waits for this answer in a browser, which can show them a page meanwhile and ask again. A script
// wants one answer, however long it takes. Browsers say Sec-Fetch-Mode: navigate; on a site that is neither local nor
// behind TLS they leave it out (W3C Fetch Metadata, 2) and still say Upgrade-Insecure-Requests.
bool IsBrowser(const RequestHead& head);

// Where to go after the login: `next` if it is a path of this site (one "/", then neither "/" nor "\"; printable ASCII
// alone), else the home page.
std::string_view LocalOrHome(std::string_view next);

// Where the login page is told to come back to afterwards: the path and query of this request, or the path alone for a
// POST, since its fields are gone.
std::string LoginFor(const RequestHead& head);

// Where a browser asks what became of a login that waits; `next`: where to go afterwards.
std::string WaitingFor(std::string_view next);

// An amount as a form holds it: digits, and nothing else. Or what is wrong with it, as a reason a member understands.
std::variant<std::int64_t, std::string_view> ParseZoobars(std::string_view text);

// A whole number without sign; 0 for anything else.
std::uint64_t ParseNumberOrZero(std::string_view text);

// Whether this is the number of one of our own forms (32 hexadecimal digits). Scripts send other things, the same every
// time ("Send"): those are no promise that two requests are one act.
bool IsSubmission(std::string_view text);
// A new one, from the kernel's random source.
std::string FreshSubmission();

// What a cookie may hold for a token: base64url, of a length that could be one. Empty if it holds anything else.
std::string_view TokenOrNothing(std::string_view cookie);

// How a program's run ended, in a sentence for whoever looks; empty: well.
std::string_view NoticeOf(const ShowReply& shown);
// Whether that was the program's own doing, and not want of a place to run it.
bool IsItsFault(const ShowReply& shown);
// For its owner: what it was denied, what its traceback means, which files are not kept.
std::vector<std::string> HintsOf(const ShowReply& shown);

// ToHex's text (ipc/bytes.h) back into bytes; empty for what is no such text.
std::string FromHex(std::string_view text);

}  // namespace zoobar
