// Decisions about a request that every role with pages makes in the same way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/head.h"

namespace zoobar {

inline constexpr std::string_view kHomePath = "/zoobar/index.cgi/";
inline constexpr std::string_view kLoginPath = "/zoobar/index.cgi/login";
inline constexpr std::string_view kSessionCookie = "PyZoobarLogin";
inline constexpr std::string_view kDeviceCookie = "PyZoobarDevice";

// The Retry-After if a disk is full. It is long, because somebody has to make room first.
inline constexpr std::uint32_t kNoRoomSeconds = 60;

// Returns the full name of a cookie. Behind TLS the name has the prefix __Host-. Browsers accept a cookie with this
// prefix from this host only (RFC 6265bis, 4.1.3), so a neighbouring host cannot set it.
std::string CookieName(std::string_view cookie, bool secure);

// Returns whether another site caused this request. A browser says so in the field Sec-Fetch-Site (W3C Fetch Metadata)
// or Origin (RFC 6454, 7). Origin is compared with the request's own host, without the scheme; "null" counts as another
// site. A client that sends neither field is not a browser, so another site cannot have caused its request.
bool IsCrossSite(const RequestHead& head);

// Returns where to go after the login: `next` if it is a path of this site, else the home page. A path of this site
// begins with "/", not followed by "/" or "\", and has only printable ASCII.
std::string_view LocalOrHome(std::string_view next);

// Returns the URL of the login page that leads back to this request's page. The URL contains the path and the query of
// the request. For a POST it contains only the path, because the fields of the form are lost.
std::string LoginFor(const RequestHead& head);

// Returns the cookie's value if it can be a token (base64url, at most 64 bytes), else an empty text.
std::string_view TokenOrNothing(std::string_view cookie);
// Returns the token in the request's cookie, or an empty text if there is none. secure: as in CookieName.
std::string_view FindToken(const RequestHead& head, std::string_view cookie, bool secure);

// Returns the text percent-encoded, as a part of a query.
std::string Encoded(std::string_view text);

}  // namespace zoobar
