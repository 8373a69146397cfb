// The text of a profile that a member sent when the session had ended. No role keeps it. app answers such a form with a
// redirect that makes the browser send the form again, to the login page (307). The login page carries the text in its own
// form, and so does every refusal of a login. The page that follows the login has the text in the profile's form.
//
// The text comes from the browser and goes back to the same browser, to nobody else: a form that another site sends is
// refused before (IsCrossSite). If another member logs in at that browser, the page does not show them the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/form.h"

namespace zoobar {

inline constexpr std::string_view kTextField = "profile_update";  // the text
inline constexpr std::string_view kWriterField = "profile_of";    // the name of the member who wrote it

struct KeptText {
  // What the fields of the login form besides the text may have, encoded. A text that leaves less room for them in the
  // body of a request is not carried.
  static constexpr std::size_t kBesideText = 8192;

  std::string text = {};    // UTF-8; empty: there is none
  std::string writer = {};  // empty: the form named none
  bool carries = false;     // a login form with this text fits into the body of a request

  // Whether the page after a login may show the text to this member. A form that names no writer is not one of the site's
  // pages, which name one always: its sender is a program, and gets its own text back.
  bool IsFor(std::string_view member) const { return !text.empty() && (writer.empty() || writer == member); }
};

// body_bytes: the most that the body of a request may have.
KeptText KeptTextIn(const FormFields& form, std::size_t body_bytes);

// Returns how many bytes a browser makes of this value in a form (url.spec.whatwg.org, urlencoded serializing). It sends
// each line end as CR LF.
std::size_t EncodedSize(std::string_view value);

}  // namespace zoobar
